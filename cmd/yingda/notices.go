package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"yingda/channels/email"
	"yingda/channels/notify"
	"yingda/channels/webhook"
	"yingda/desk"
	"yingda/store"
)

// buildNotices makes those who tell people by mail and other systems by webhook.
func (n *node) buildNotices() {
	n.notifier = notify.New(notify.Deps{
		Spool: n.db, Records: n.db, Post: dutyPost{n}, Now: n.now, NewID: newID, Log: n.log, Metrics: notify.NewMetrics(n.metrics),
		Link:   func(id desk.ConversationID) string { return n.trimmed() + "/inbox/all/" + string(id) },
		Alerts: n.trimmed() + "/board/alerts", Opening: func(c string, at time.Time) time.Time { return n.promises.Book().Opening(c, at) },
	})
	n.reporter = notify.NewReporter(notify.ReporterDeps{
		Reports: mailed{n}, Spool: n.db, Post: dutyPost{n}, Page: n.trimmed() + "/reports", Now: n.now, Log: n.log, Metrics: n.notifier.Metrics,
	})
	n.teller = webhook.New(webhook.Deps{
		Spool: n.db, Book: hookBook{n.db}, Config: n.cfg.Webhooks, Now: n.now, Random: rand.Float64, Log: n.log, Metrics: webhook.NewMetrics(n.metrics),
	})
}

// notify mails on the node that holds the lease.
func (n *node) notify(ctx context.Context) error {
	if n.cfg.Notices.Off {
		return nil
	}
	return n.leased(ctx, "notices", n.notifier.Run)
}

// mailReports mails reports on the node that holds the lease.
func (n *node) mailReports(ctx context.Context) error {
	return n.leased(ctx, "reports", n.reporter.Run)
}

// tell tells webhooks on the node that holds the lease.
func (n *node) tell(ctx context.Context) error { return n.leased(ctx, "webhooks", n.teller.Run) }

// pack packs the hours that reports read, on the node that holds the lease.
func (n *node) pack(ctx context.Context) error { return n.leased(ctx, "promises", n.db.PackPromises) }

// leaseRetry is the pause after a lease could not be had or was lost.
const leaseRetry = 2 * time.Second

// leased runs a loop wherever the lease is, until ctx ends.
func (n *node) leased(ctx context.Context, name string, run func(context.Context) error) error {
	for ctx.Err() == nil {
		if err := n.db.Hold(ctx, name, run); err != nil && ctx.Err() == nil {
			n.log.Warn("a lease was lost or not to be had", "lease", name, "err", err)
			rest(ctx, leaseRetry)
		}
	}
	return nil
}

// dutyPost sends notices through a mail inbox of ours.
type dutyPost struct{ n *node }

// Notify sends by the configured inbox, else by the first, in order of name, that can.
func (p dutyPost) Notify(ctx context.Context, m notify.Mail) error {
	var files []email.DutyFile
	for _, f := range m.Files {
		files = append(files, email.DutyFile(f))
	}
	for _, inbox := range p.n.db.Directory().Inboxes() {
		if p.n.cfg.Notices.Inbox != "" && string(inbox.ID) != p.n.cfg.Notices.Inbox {
			continue
		}
		sender, ok := p.n.mail.sender(inbox.ID)
		if !ok {
			continue
		}
		if s, ok := sender.(*email.Sender); ok {
			return s.SendDuty(ctx, email.DutyMail{ID: m.ID, To: m.To, Subject: m.Subject, Text: m.Text, Files: files})
		}
	}
	return fmt.Errorf("no enabled mail inbox sends notices (notices.inbox %q)", p.n.cfg.Notices.Inbox)
}

// hookBook is what webhooks there are, with their secrets.
type hookBook struct{ db *store.DB }

// Webhooks are those that are not deleted.
func (b hookBook) Webhooks(ctx context.Context) ([]desk.Webhook, error) {
	docs, err := b.db.Settings(ctx, desk.SettingWebhook)
	if err != nil {
		return nil, err
	}
	out := make([]desk.Webhook, 0, len(docs))
	for _, s := range docs {
		var w desk.Webhook
		if err := json.Unmarshal(s.Doc, &w); err != nil {
			return nil, fmt.Errorf("read webhook %s: %w", s.ID, err)
		}
		w.ID = s.ID
		out = append(out, w)
	}
	return out, nil
}

// hookOwner is whose secret a webhook's is.
func hookOwner(id string) desk.InboxID { return desk.InboxID("webhook:" + id) }

const signingSecret = "signing"

// Secret is what signs a webhook's deliveries.
func (b hookBook) Secret(ctx context.Context, id string) (string, error) {
	return b.db.Secret(ctx, hookOwner(id), signingSecret)
}

// hooks let administrators look after webhooks.
type hooks struct{ n *node }

// MakeSecret makes and keeps a new one; the old one is gone.
func (h hooks) MakeSecret(ctx context.Context, id string) (string, error) {
	secret, err := webhook.NewSecret()
	if err != nil {
		return "", err
	}
	return secret, h.n.db.SaveSecret(ctx, hookOwner(id), signingSecret, secret)
}

// HasSecret reports whether there is one.
func (h hooks) HasSecret(ctx context.Context, id string) (bool, error) {
	names, err := h.n.db.SecretNames(ctx, hookOwner(id))
	return len(names) > 0, err
}

// Try queues a delivery that only tries the line.
func (h hooks) Try(ctx context.Context, id string) (desk.HookDelivery, error) {
	last, err := h.n.db.LastSeq(ctx)
	if err != nil {
		return desk.HookDelivery{}, err
	}
	now := h.n.now()
	d, err := webhook.Delivery(id, desk.StoredFact{
		Seq: last, Kind: desk.HookTest, At: now, Actor: desk.System(), Subject: desk.SettingWebhook.Subject(id), Body: "{}",
	}, now)
	if err != nil {
		return d, err
	}
	return d, cmp.Or(h.n.db.AddHook(ctx, d), h.n.teller.Hear(ctx, desk.Event{}))
}
