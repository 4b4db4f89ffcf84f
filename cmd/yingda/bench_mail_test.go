package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/channels"
	"yingda/channels/email"
	"yingda/desk"
	"yingda/internal/bench"
	"yingda/internal/testkit"
	"yingda/sla"
)

// figureOutbox is answers that lie queued in the record until the next server has them and the record says so, from one
// mailbox, beside a bare client that hands over ready bytes of the same size on as many connections.
func figureOutbox(b *testing.B, engine string) {
	url := "sqlite:" + filepath.Join(b.TempDir(), "outbox.db")
	if engine == "postgres" {
		url = testkit.PostgresServer(b, testkit.PostgresOptions{Durable: true}).Database(b)
	}
	db := benchRecord(b, url)
	var taken atomic.Int64
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return swallow{&taken}, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = server.Serve(l) }() // ends with Close
	b.Cleanup(func() { _ = server.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	channel := json.RawMessage(`{"receive":"push","smtp":{"host":"127.0.0.1","port":` + port + `,"tls":"none","auth":"none"}}`)
	inbox := desk.Inbox{ID: "help", Name: "Help", Medium: desk.Email, Address: "help@yingda.test", Enabled: true, Channel: channel}
	svc := desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: time.Now, NewID: newID})
	if _, err := svc.SaveSetting(b.Context(), desk.System(), document(desk.SettingInbox, "help", inbox)); err != nil {
		b.Fatal(err)
	}
	const mails, senders = 1000, 4
	words := strings.Repeat("Your refund has been made and will reach you in three working days.\n", 70)
	for i := range mails {
		_, _, err := svc.Begin(b.Context(), desk.NewMail{Inbox: "help", Reply: desk.Reply{
			Actor: desk.AgentActor("ann", desk.RoleAgent), Subject: "Refund " + strconv.Itoa(i), Body: desk.Body{Text: words},
			To: []desk.Address{{Address: fmt.Sprintf("c%d@customer.test", i)}},
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	s, err := email.NewSender(inbox, email.SenderDeps{Starter: db, Blobs: mailBlobs{db}, Secrets: inboxSecrets{db, "help"}, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	o := channels.NewOutbox(channels.OutboxConfig{
		Spool: db, Results: svc, Sender: func(desk.InboxID) (channels.Sender, bool) { return s, true }, Node: "bench", Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- o.Run(ctx) }()
	for {
		if next, err := db.Next(b.Context()); err != nil {
			b.Fatal(err)
		} else if next.IsZero() && taken.Load() == mails {
			break
		}
		rest(b.Context(), 5*time.Millisecond)
	}
	ours := mails / time.Since(began).Seconds()
	stop()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	bench.Row{
		Name: "outbox, from the record to the next server and back, " + engine, Unit: "/s", Ours: ours, Floor: bareSends(b, l.Addr().String(), words, mails, senders),
		FloorIs: "go-smtp client, ready bytes",
	}.Report(b)
}

// bareSends is how many mails a second a bare client hands over.
func bareSends(b *testing.B, addr, words string, mails, senders int) float64 {
	b.Helper()
	raw := []byte("From: help@yingda.test\r\nTo: c@customer.test\r\nSubject: Refund\r\n\r\n" + strings.ReplaceAll(strings.Repeat(words, 2), "\n", "\r\n"))
	idle := make(chan *smtp.Client, senders)
	for range senders {
		c, err := smtp.Dial(addr)
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		idle <- c
	}
	side := &bench.Side{Do: func(int) error {
		c := <-idle
		defer func() { idle <- c }()
		return c.SendMail("help@yingda.test", []string{"c@customer.test"}, bytes.NewReader(raw))
	}}
	bench.Turns(b, 1, mails, senders, side)
	return side.Rate()
}

// swallow counts what it takes.
type swallow struct{ taken *atomic.Int64 }

func (swallow) Mail(string, *smtp.MailOptions) error { return nil }
func (swallow) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (swallow) Reset()                               {}
func (swallow) Logout() error                        { return nil }

func (d swallow) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	d.taken.Add(1)
	return err
}
