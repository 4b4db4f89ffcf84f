package main

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/internal/testkit"
)

// figureMailLag times from the APPEND of a mail in a real Dovecot to the frame on ann's console, beside a bare client that
// idles there and only hears that something came.
func figureMailLag(b *testing.B) {
	server := testkit.Dovecot(b, testkit.DovecotOptions{Users: map[string]string{"ann": "secret", "bo": "secret"}})
	channel := fmt.Sprintf(`{"imap":{"host":"127.0.0.1","port":%s,"tls":"none","username":"ann","secret":"password"},`+
		`"smtp":{"host":"127.0.0.1","tls":"none","auth":"none"},"sent":"none","sender_per_hour":-1}`, port(server.Addr))
	g := openGauge(b, "sqlite", document(desk.SettingInbox, "mail", desk.Inbox{
		ID: "mail", Name: "Mail", Medium: desk.Email, Queue: "one", Address: "mail@gauge.test", Enabled: true, Skills: []desk.Skill{}, Channel: []byte(channel),
	}))
	if err := g.node.db.SaveSecret(b.Context(), "mail", "password", "secret"); err != nil {
		b.Fatal(err)
	}
	until(b, "the mailbox is read", func() bool {
		statuses, err := g.node.db.ChannelStatuses(b.Context())
		return err == nil && len(statuses) == 1 && statuses[0].Up
	})
	e := newEars()
	g.console(e.listener())
	put := appender(b, server.Addr, "ann")
	ours := &bench.Side{Do: func(i int) error {
		l := newLetter(fmt.Sprintf("c%d@customer.test", i), fmt.Sprintf("lag-%d-end", i), "Where is my order?")
		return e.after(func() error { return put(l.bytes()) }, `"kind":"conversation"`, l.subject)
	}}
	heard, tell := idles(b, server.Addr, "bo"), appender(b, server.Addr, "bo")
	floor := &bench.Side{Do: func(i int) error {
		l := newLetter("c@customer.test", fmt.Sprint(i), "Where is my order?")
		if err := tell(l.bytes()); err != nil {
			return err
		}
		<-heard
		return nil
	}}
	bench.Turns(b, 4, 25, 1, ours, floor)
	// Dovecot tells an idle client half a second late by design: what is ours to keep short begins there.
	bench.Row{Name: "APPEND to the agent's screen, p99, beyond what Dovecot takes to tell", Unit: "ms", Ours: ours.P99() - floor.Median(), AtMost: 300}.Report(b)
	bench.Row{Name: "APPEND to the agent's screen, median", Unit: "ms", Ours: ours.Median(), Floor: floor.Median(), FloorIs: "Dovecot tells an idle client"}.Report(b)
}

func mailClient(b testing.TB, addr, user string, hear func()) *imapclient.Client {
	b.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	c := imapclient.New(conn, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil && hear != nil {
				hear()
			}
		},
	}})
	b.Cleanup(func() { _ = c.Close() })
	if err := c.Login(user, "secret").Wait(); err != nil {
		b.Fatal(err)
	}
	return c
}

// appender puts mails into a user's INBOX.
func appender(b testing.TB, addr, user string) func(raw []byte) error {
	b.Helper()
	c := mailClient(b, addr, user, nil)
	return func(raw []byte) error {
		cmd := c.Append("INBOX", int64(len(raw)), &imap.AppendOptions{Time: time.Now()})
		if _, err := cmd.Write(raw); err != nil {
			return err
		}
		if err := cmd.Close(); err != nil {
			return err
		}
		_, err := cmd.Wait()
		return err
	}
}

// idles tells of every EXISTS a bare client hears.
func idles(b *testing.B, addr, user string) <-chan struct{} {
	b.Helper()
	heard := make(chan struct{}, 100)
	c := mailClient(b, addr, user, func() { heard <- struct{}{} })
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		b.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = idle.Close() })
	return heard
}
