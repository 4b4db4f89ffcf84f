package email

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/desk"
	"yingda/internal/bench"
)

// figureSend is one mailbox's mail leaving: composed, marked as on the wire and handed over on kept connections, beside
// a bare client that hands over ready bytes on connections it never closes.
func figureSend(b *testing.B) {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return forgetful{}, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = server.Serve(l) }() // ends with Close
	defer func() { _ = server.Close() }()
	r := newRecord()
	host, port := hostPort(b, l.Addr().String())
	side := Server{Host: host, Port: port, TLS: TLSLoopback, Auth: AuthNone}
	s := &Sender{
		inbox:    desk.Inbox{ID: "inbox-1", Medium: desk.Email, Address: "support@firm.example"},
		settings: Settings{SMTP: side}, deps: SenderDeps{Starter: r, Blobs: r, Secrets: r, Now: time.Now, Command: time.Minute, Answer: time.Minute},
	}
	defer s.Close()
	m := answer()
	m.Message.Cc, m.Message.Bcc, m.Message.Body = nil, nil, desk.Body{Text: strings.Repeat("Your refund has been made and will reach you in three working days.\n", 70)}
	var raw bytes.Buffer
	if err := (Composer{Inbox: s.inbox, Settings: s.settings, Blobs: r}).Compose(b.Context(), &raw, m); err != nil {
		b.Fatal(err)
	}
	const senders = 4 // the outbox's own bound for one mailbox
	idle := make(chan *smtp.Client, senders)
	for range senders {
		c, err := smtp.Dial(l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		idle <- c
	}
	ours := &bench.Side{Do: func(int) error {
		_, err := s.Send(b.Context(), m)
		return err
	}}
	floor := &bench.Side{Do: func(int) error {
		c := <-idle
		defer func() { idle <- c }()
		return c.SendMail("support@firm.example", []string{"lilei@customer.example"}, bytes.NewReader(raw.Bytes()))
	}}
	bench.Turns(b, 3, 800, senders, ours, floor)
	bench.Row{
		Name: "mails of 10 KB composed and sent, one mailbox", Unit: "/s", Ours: ours.Rate(), Floor: floor.Rate(), FloorIs: "go-smtp client, ready bytes",
		AtLeast: 0.3,
	}.Report(b)
}
