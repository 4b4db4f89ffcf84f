package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"yingda/channels"
	"yingda/channels/email"
	"yingda/desk"
)

// mailrooms runs one mailbox reader per enabled mail inbox, on the node that holds the inbox's lease, and starts them
// anew when their settings change. It also knows who sends for an inbox.
type mailrooms struct {
	n      *node
	tokens *email.Tokens
	met    *email.Metrics

	mu      sync.Mutex
	ctx     context.Context // of Run; nil before
	wg      sync.WaitGroup
	running map[desk.InboxID]*mailroom
	senders map[desk.InboxID]*counter
}

// mailroom is one inbox's reader.
type mailroom struct {
	doc  []byte
	stop context.CancelFunc
}

func newMailrooms(n *node) *mailrooms {
	return &mailrooms{
		n: n, tokens: email.NewTokens(n.key("reply addresses")), met: email.NewMetrics(n.metrics), running: map[desk.InboxID]*mailroom{}, senders: map[desk.InboxID]*counter{},
	}
}

// Run reads until ctx ends.
func (m *mailrooms) Run(ctx context.Context) error {
	m.mu.Lock()
	m.ctx = ctx
	m.mu.Unlock()
	m.arrange()
	<-ctx.Done()
	m.wg.Wait()
	return nil
}

// Hear arranges the readers anew after an inbox's settings changed.
func (m *mailrooms) Hear(_ context.Context, e desk.Event) error {
	if f, ok := e.Fact.(desk.SettingChanged); ok && f.Setting == desk.SettingInbox {
		m.arrange()
	}
	return nil
}

// arrange starts and stops readers so that they match the settings.
func (m *mailrooms) arrange() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ctx == nil || m.ctx.Err() != nil {
		return
	}
	want := map[desk.InboxID]desk.Inbox{}
	for _, inbox := range m.n.db.Directory().Inboxes() {
		if inbox.Medium == desk.Email && inbox.Enabled {
			want[inbox.ID] = inbox
		}
	}
	for id, room := range m.running {
		if inbox, ok := want[id]; !ok || !bytes.Equal(docOf(inbox), room.doc) {
			room.stop()
			delete(m.running, id)
		}
	}
	for id, inbox := range want {
		if m.running[id] == nil {
			m.running[id] = m.start(inbox)
		}
	}
}

func docOf(i desk.Inbox) []byte {
	raw, err := json.Marshal(i)
	if err != nil {
		panic(err) // it was JSON before
	}
	return raw
}

func (m *mailrooms) start(inbox desk.Inbox) *mailroom {
	ctx, stop := context.WithCancel(m.ctx)
	m.wg.Go(func() {
		for ctx.Err() == nil {
			err := m.n.db.Hold(ctx, "inbox:"+string(inbox.ID), func(ctx context.Context) error { return m.read(ctx, inbox) })
			if err != nil && ctx.Err() == nil {
				m.n.log.Warn("mail: an inbox is not read", "inbox", inbox.ID, "err", err)
				rest(ctx, mailRetry)
			}
		}
	})
	return &mailroom{doc: docOf(inbox), stop: stop}
}

func (m *mailrooms) read(ctx context.Context, inbox desk.Inbox) error {
	box, err := email.NewMailbox(inbox, email.Deps{
		Intake: m.n.desk, Blobs: mailBlobs{m.n.db}, Cursors: mailCursors{m.n.db}, Quarantine: quarantine{m.n}, Reporter: channelLog{m.n},
		Secrets: inboxSecrets{m.n.db, inbox.ID}, Elsewhere: m.n.desk, Remote: remoteMails{m.n.db}, Tokens: m.tokens, Now: m.n.now, Random: rand.Float64, Log: m.n.log, Metrics: m.met,
	})
	if err != nil {
		report := desk.ChannelState{Cause: desk.ReasonOf(err)}
		if logged := (channelLog{m.n}).ChannelState(ctx, inbox.ID, report); logged != nil {
			return logged
		}
		<-ctx.Done() // until the settings change
		return nil
	}
	if box.Pushed() {
		return m.watchPush(ctx, inbox.ID)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return box.Run(ctx) })
	g.Go(func() error { m.touch(ctx, box); return nil })
	return g.Wait()
}

// touchEvery is how old the board's "last good" may be beside the poll itself.
const touchEvery = 15 * time.Second

// touch keeps the inbox's last good moment fresh (UP-E11): state changes are facts, the passing of time is not.
func (m *mailrooms) touch(ctx context.Context, box *email.Mailbox) {
	for ctx.Err() == nil {
		rest(ctx, touchEvery)
		if s := box.State(); s.Up {
			if err := m.n.db.TouchChannel(ctx, box.Inbox(), s.LastGood); err != nil && ctx.Err() == nil {
				m.n.log.Debug("mail: last good moment", "inbox", box.Inbox(), "err", err)
			}
		}
	}
}

// sender is who sends for an inbox; false when it is disabled or its settings are not usable.
func (m *mailrooms) sender(id desk.InboxID) (channels.Sender, bool) {
	inbox, ok := m.n.db.Directory().Inbox(id)
	if !ok || !inbox.Enabled || inbox.Medium != desk.Email {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	doc := docOf(inbox)
	if have := m.senders[id]; have != nil {
		if bytes.Equal(have.doc, doc) {
			return have.sender, true
		}
		have.sender.Close()
		delete(m.senders, id)
	}
	s, err := email.NewSender(inbox, email.SenderDeps{
		Starter: m.n.db, Blobs: mailBlobs{m.n.db}, Secrets: inboxSecrets{m.n.db, id}, Tokens: m.tokens, Now: m.n.now, Gone: m.gone,
	})
	if err != nil {
		return nil, false
	}
	m.senders[id] = &counter{doc, s}
	return s, true
}

// counter is where an inbox's mail leaves, kept with the settings it was made of so that its connections are used again.
type counter struct {
	doc    []byte
	sender *email.Sender
}

// gone keeps an address that a server says does not exist from being written to again.
func (m *mailrooms) gone(ctx context.Context, id desk.MessageID, address, words string) {
	if err := m.n.desk.Undeliverable(ctx, id, address, words); err != nil {
		m.n.log.Warn("mail: an address that does not exist was not noted", "message", id, "err", err)
	}
}
