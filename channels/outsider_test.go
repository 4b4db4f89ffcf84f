package channels_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/channels"
	"yingda/desk"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

// wecom is a channel as somebody outside would write it: WeCom customer service, whose server is played by two Go
// channels. It uses what every channel may use and nothing else: an intake, the feed and the desk's word of delivery.
type wecom struct {
	inbox   desk.InboxID
	intake  channels.Intake
	desk    *desk.Service
	records *store.DB
	calls   chan call      // the provider's callbacks
	pushed  chan [2]string // what was sent through its API: whom, what
}

// call is one callback. The provider repeats it until it is answered.
type call struct {
	id, user, nick, text string
	answer               chan error
}

var _ channels.Channel = (*wecom)(nil)

func (w *wecom) Inbox() desk.InboxID { return w.inbox }

// Run takes callbacks in until ctx ends.
func (w *wecom) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-w.calls:
			_, err := w.intake.Receive(ctx, desk.Inbound{
				Inbox: w.inbox, Medium: desk.Chat, External: "wecom:" + c.id, At: time.Now(), FromName: c.nick, Locale: "zh-CN",
				From: desk.Identity{Kind: desk.ByExternal, Value: "wecom:" + c.user}, Message: desk.Message{Body: desk.Body{Text: c.text}},
			})
			c.answer <- err // after the commit
		}
	}
}

// hear pushes what agents said. A fact may be heard twice: the provider knows its message by our id.
func (w *wecom) hear(ctx context.Context, e desk.Event) error {
	sent, ok := e.Fact.(desk.MessageSent)
	if !ok {
		return nil
	}
	m, err := w.records.Message(ctx, sent.Message)
	if err != nil || m.Inbox != w.inbox {
		return err
	}
	c, _, err := w.records.Conversation(ctx, m.Conversation)
	if err != nil {
		return err
	}
	who, err := w.records.Contact(ctx, c.Contact)
	if err != nil {
		return err
	}
	w.pushed <- [2]string{who.Identities[0].Value, m.Body.Text}
	return w.desk.Delivered(ctx, desk.ContactActor(c.Contact), c.ID, m.Number)
}

// UP-N4: a channel for WeCom needs no change outside its own package: its customers become conversations with clocks,
// doubled callbacks are one message, answers go out, and delivery is told.
func TestChannelOfAnOutsider(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{URL: storetest.SQLite(t), Readers: 2}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	service := desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }})
	w := &wecom{inbox: "wecom", intake: service, desk: service, records: db, calls: make(chan call), pushed: make(chan [2]string, 9)}
	feed := desk.NewFeed(db, slog.New(slog.DiscardHandler))
	feed.Listen("wecom", 0, w.hear)
	delivered := make(chan int64, 9)
	feed.Listen("test", 0, func(_ context.Context, e desk.Event) error {
		if f, ok := e.Fact.(desk.MessageDelivered); ok {
			delivered <- f.Number
		}
		return nil
	})
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{db.Run, feed.Run, w.Run} {
		wg.Go(func() { _ = run(ctx) })
	}
	t.Cleanup(func() { stop(); wg.Wait(); _ = db.Close() })
	for kind, doc := range map[desk.SettingKind]any{
		desk.SettingQueue: desk.Queue{ID: "general", Name: "General"},
		desk.SettingInbox: desk.Inbox{ID: "wecom", Name: "企业微信", Medium: desk.Chat, Queue: "general", Enabled: true},
		desk.SettingAgent: desk.Agent{ID: "ann", Name: "Ann", Email: "ann@shop.example", Role: desk.RoleAgent, Queues: []desk.QueueID{"general"}},
	} {
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		id := map[desk.SettingKind]string{desk.SettingQueue: "general", desk.SettingInbox: "wecom", desk.SettingAgent: "ann"}[kind]
		if _, err := service.SaveSetting(ctx, desk.System(), desk.Setting{Kind: kind, ID: id, Doc: raw}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []call{{"1", "u7", "李雷", "在吗？", nil}, {"1", "u7", "李雷", "在吗？", nil}, {"2", "u7", "李雷", "退款", nil}} {
		c.answer = make(chan error, 1)
		w.calls <- c
		if err := <-c.answer; err != nil {
			t.Fatal(err)
		}
	}
	list, err := db.Conversations(ctx, desk.ConversationQuery{Scope: desk.Scope{All: true}, List: desk.ListAll, Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("conversations: got %d, %v; want one", len(list), err)
	}
	conv, clocks, err := db.Conversation(ctx, list[0].ID)
	if err != nil || conv.Messages != 2 || conv.ContactName != "李雷" || len(clocks) == 0 {
		t.Errorf("got %d messages of %q with %d clocks, %v; want both, 李雷's, with clocks", conv.Messages, conv.ContactName, len(clocks), err)
	}
	if _, err := service.Reply(ctx, desk.Reply{
		Actor: desk.AgentActor("ann", desk.RoleAgent), Conversation: conv.ID, Body: desk.Body{Text: "您好，在的。"}, Seen: conv.Messages,
	}); err != nil {
		t.Fatal(err)
	}
	feed.Wake()
	select {
	case got := <-w.pushed:
		if want := [2]string{"wecom:u7", "您好，在的。"}; got != want {
			t.Errorf("pushed: got %v, want %v", got, want)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the answer was not pushed")
	}
	select {
	case n := <-delivered:
		if n != 3 {
			t.Errorf("delivered: got message %d, want the answer, 3", n)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("delivery was not told")
	}
}
