package main

import (
	"context"
	"time"

	"yingda/channels/email"
	"yingda/desk"
	"yingda/webui"
)

// letters shows administrators how their mail looks, and makes its signing keys.
type letters struct{ n *node }

// Preview composes a sample answer, and the acknowledgements before it, by an inbox's document.
func (l letters) Preview(inbox desk.Inbox, sample webui.LetterSample) (webui.Letter, error) {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return webui.Letter{}, err
	}
	now := l.n.now()
	customer := desk.Message{
		From: desk.Address{Name: sample.Customer, Address: "customer@example.com"}, At: now, Subject: "Order 1042",
		Body: desk.Body{Text: "Where is my order?"},
	}
	conv := desk.Conversation{Number: 1042, Subject: customer.Subject, ContactName: sample.Customer, Locale: sample.Locale}
	c := email.Composer{Inbox: inbox, Settings: settings, Tokens: l.n.mail.tokens}
	p := c.Preview(desk.Outbound{
		Conversation: conv, References: []string{"sample@example.com"}, Answers: &customer,
		Message: desk.Message{AuthorName: sample.Agent, Subject: customer.Subject, Body: desk.Body{Text: sample.Text}, CreatedAt: now},
	})
	out := webui.Letter{Subject: p.Subject, Text: p.Text, HTML: p.HTML}
	due := []desk.Clock{{Target: desk.FirstResponse, StartedAt: now, DueAt: now.Add(desk.DefaultTarget)}}
	for open, into := range map[bool]*string{true: &out.Ack, false: &out.AckShut} {
		courtesy := email.Courtesy{Hours: sampleHours(l.n, open)}
		ack := desk.Acknowledgement{Inbox: inbox, Conversation: conv, Clocks: due, Message: customer, Now: now}
		if body, ok := courtesy.Acknowledge(ack); ok {
			*into = body.Text
		}
	}
	return out, nil
}

// sampleHours are the calendar's own hours, with the door as the sample wants it.
func sampleHours(n *node, open bool) func(string, time.Time) (bool, time.Time) {
	return func(calendar string, at time.Time) (bool, time.Time) {
		_, next := hours{n}.Open(calendar, at)
		return open, next
	}
}

// SigningRecord is the DNS record of an inbox's key. Errors: NotFound.
func (l letters) SigningRecord(ctx context.Context, inbox desk.Inbox) (string, error) {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return "", err
	}
	private, err := l.n.db.Secret(ctx, inbox.ID, settings.DKIM.SecretName())
	if err != nil {
		return "", err
	}
	return email.DKIMRecord(private)
}

// MakeSigningKey makes and keeps a new key; the old one is gone.
func (l letters) MakeSigningKey(ctx context.Context, inbox desk.Inbox) (string, error) {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return "", err
	}
	private, record, err := email.NewDKIMKey()
	if err != nil {
		return "", err
	}
	return record, l.n.db.SaveSecret(ctx, inbox.ID, settings.DKIM.SecretName(), private)
}

// signIns sign mailboxes in at their providers.
type signIns struct{ n *node }

func (s signIns) SignInURL(inbox desk.Inbox, redirect, state, challenge string) (string, error) {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return "", err
	}
	return settings.SignInURL(email.SignIn{Redirect: redirect, State: state, Challenge: challenge, Hint: inbox.Address})
}

func (s signIns) Redeem(ctx context.Context, inbox desk.Inbox, code, verifier, redirect string) error {
	settings, err := email.ParseSettings(inbox.Channel)
	if err != nil {
		return err
	}
	return settings.Redeem(ctx, code, verifier, redirect, inboxSecrets{s.n.db, inbox.ID})
}
