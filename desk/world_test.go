package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/desk"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

// world is a desk over a real store, with a clock the test moves. The tests of this package speak through it.
type world struct {
	t   testing.TB
	db  *store.DB
	svc *desk.Service
	now atomic.Int64 // Unix ms
}

const (
	mailbox = desk.InboxID("support-mail")
	widget  = desk.InboxID("shop-chat")
	hotline = desk.InboxID("hotline")
	general = desk.QueueID("general")
	ann     = desk.AgentID("ann")
	bob     = desk.AgentID("bob")
	lead    = desk.AgentID("lea")
)

// monday is Monday 2026-09-21 09:00 in Shanghai.
var monday = time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t}
	w.now.Store(monday.UnixMilli())
	ctx, stop := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{URL: storetest.SQLite(t), Readers: 2, Now: w.clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open the store: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		_ = db.Close()
	})
	w.db = db
	w.svc = desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: w.clock, NewID: newID})
	w.furnish()
	return w
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (w *world) clock() time.Time { return time.UnixMilli(w.now.Load()).UTC() }

func (w *world) passes(d time.Duration) { w.now.Add(d.Milliseconds()) }

func (w *world) ctx() context.Context { return w.t.Context() }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) furnish() {
	w.t.Helper()
	put := func(kind desk.SettingKind, id string, doc any) {
		raw, err := json.Marshal(doc)
		w.must(err)
		_, err = w.svc.SaveSetting(w.ctx(), desk.System(), desk.Setting{Kind: kind, ID: id, Doc: raw})
		w.must(err)
	}
	put(desk.SettingQueue, string(general), desk.Queue{ID: general, Name: "General"})
	put(desk.SettingQueue, "refunds", desk.Queue{ID: "refunds", Name: "Refunds"})
	put(desk.SettingInbox, string(mailbox), desk.Inbox{ID: mailbox, Name: "Shop", Medium: desk.Email, Queue: general, Address: "help@shop.example", Enabled: true})
	put(desk.SettingInbox, string(widget), desk.Inbox{ID: widget, Name: "Chat", Medium: desk.Chat, Queue: general, Enabled: true})
	put(desk.SettingInbox, string(hotline), desk.Inbox{ID: hotline, Name: "Hotline", Medium: desk.Voice, Queue: general, Enabled: true})
	for i, a := range []desk.AgentID{ann, bob, lead} {
		role := desk.RoleAgent
		if a == lead {
			role = desk.RoleSupervisor
		}
		put(desk.SettingAgent, string(a), desk.Agent{
			ID: a, Name: strings.ToUpper(string(a)), Email: string(a) + "@shop.example", Role: role, Extension: fmt.Sprint(801 + i), Queues: []desk.QueueID{general},
		})
	}
}

// mail is a mail from address; edit adds what the case is about.
func (w *world) mail(address, subject string, edit ...func(*desk.Inbound)) desk.Received {
	w.t.Helper()
	id := newID()
	in := desk.Inbound{
		Inbox: mailbox, Medium: desk.Email, External: id, At: w.clock(), From: desk.Identity{Kind: desk.ByEmail, Value: address},
		Message: desk.Message{
			Subject: subject, Body: desk.Body{Text: "About: " + subject}, From: desk.Address{Address: address},
			To: []desk.Address{{Address: "help@shop.example"}}, RFCMessageID: id + "@customer.example",
		},
	}
	for _, e := range edit {
		e(&in)
	}
	got, err := w.svc.Receive(w.ctx(), in)
	w.must(err)
	return got
}

func (w *world) chat(visitor, text string) desk.Received {
	w.t.Helper()
	got, err := w.svc.Receive(w.ctx(), desk.Inbound{
		Inbox: widget, Medium: desk.Chat, External: visitor + ":" + newID(), At: w.clock(),
		From: desk.Identity{Kind: desk.ByVisitor, Value: visitor}, Message: desk.Message{Body: desk.Body{Text: text}},
	})
	w.must(err)
	return got
}

func (w *world) conversation(id desk.ConversationID) desk.Conversation {
	w.t.Helper()
	c, _, err := w.db.Conversation(w.ctx(), id)
	w.must(err)
	return c
}

func (w *world) assign(id desk.ConversationID, a desk.AgentID) {
	w.t.Helper()
	w.must(w.svc.Assign(w.ctx(), desk.Assign{Conversation: id, Agent: a, Offer: desk.OfferID(newID()), Actor: agent(a)}))
}

func agent(a desk.AgentID) desk.Actor {
	if a == lead {
		return desk.AgentActor(a, desk.RoleSupervisor)
	}
	return desk.AgentActor(a, desk.RoleAgent)
}

// answers sends a reply that has seen everything, and lets the outbox's word arrive when it is mail.
func (w *world) answers(id desk.ConversationID, a desk.AgentID, edit ...func(*desk.Reply)) desk.Message {
	w.t.Helper()
	m := w.writes(id, a, edit...)
	if m.Delivery == desk.DeliveryQueued {
		w.must(w.svc.Sent(w.ctx(), m.ID, desk.Receipt{At: w.clock()}))
	}
	return m
}

func (w *world) writes(id desk.ConversationID, a desk.AgentID, edit ...func(*desk.Reply)) desk.Message {
	w.t.Helper()
	c := w.conversation(id)
	r := desk.Reply{
		Actor: agent(a), Conversation: id, Body: desk.Body{Text: "Here is your answer."}, Seen: c.Messages,
		To: []desk.Address{{Address: "customer@example.com"}},
	}
	for _, e := range edit {
		e(&r)
	}
	m, err := w.svc.Reply(w.ctx(), r)
	w.must(err)
	return m
}

// kinds lists the facts about a conversation in order.
func (w *world) kinds(id desk.ConversationID) []string {
	w.t.Helper()
	events, err := w.db.EventsAfter(w.ctx(), 0, 100000)
	w.must(err)
	var out []string
	for _, e := range events {
		if e.Subject.ID == string(id) {
			out = append(out, e.Fact.Kind())
		}
	}
	return out
}

// fact finds the last fact of type F about a conversation.
func fact[F desk.Fact](w *world, id desk.ConversationID) F {
	w.t.Helper()
	events, err := w.db.EventsAfter(w.ctx(), 0, 100000)
	w.must(err)
	var last F
	found := false
	for _, e := range events {
		if f, ok := e.Fact.(F); ok && e.Subject.ID == string(id) {
			last, found = f, true
		}
	}
	if !found {
		w.t.Fatalf("got no %s about %s", last.Kind(), id)
	}
	return last
}

func wantReason(t testing.TB, err error, reason string) {
	t.Helper()
	if got := desk.ReasonOf(err); got != reason {
		t.Fatalf("got %q (%v), want %q", got, err, reason)
	}
}
