package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yingda/desk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// record is a small record that keeps everything in memory: blobs, cursors, quarantine, messages.
type record struct {
	mu         sync.Mutex
	blobs      map[string][]byte
	puts       int
	cursors    map[string]Cursor
	attempts   map[string]int
	quarantine map[string]Unreadable
	states     []desk.ChannelState
	got        []desk.Inbound
	seen       map[string]bool
	repeats    int
	refuse     func(desk.Inbound) error
	secrets    map[string]string
	sent       []desk.Inbound
	known      map[string]bool // Message-IDs of ours
	places     map[desk.MessageID]Unreadable
	key        func(desk.Inbound) string
	changed    chan struct{}
}

func newRecord() *record {
	return &record{
		blobs: map[string][]byte{}, cursors: map[string]Cursor{}, attempts: map[string]int{}, quarantine: map[string]Unreadable{},
		seen: map[string]bool{}, known: map[string]bool{}, places: map[desk.MessageID]Unreadable{}, secrets: map[string]string{"pw": "secret"}, changed: make(chan struct{}),
	}
}

// tell wakes whoever waits for a change; the caller holds the lock.
func (r *record) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *record) Put(_ context.Context, rd io.Reader) (string, int64, error) {
	b, err := io.ReadAll(rd)
	if err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(b)
	key := hex.EncodeToString(sum[:])
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[key], r.puts = b, r.puts+1
	return key, int64(len(b)), nil
}

func (r *record) PutBlobs(ctx context.Context, blobs [][]byte) error {
	for _, b := range blobs {
		if _, _, err := r.Put(ctx, bytes.NewReader(b)); err != nil {
			return err
		}
	}
	return nil
}

func (r *record) Open(_ context.Context, sum string) (io.ReadCloser, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	b, ok := r.blobs[sum]
	if !ok {
		return nil, desk.ErrNotFound
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (r *record) Cursor(_ context.Context, inbox desk.InboxID, mailbox string) (Cursor, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cursors[string(inbox)+"/"+mailbox], nil
}

func (r *record) SaveCursor(_ context.Context, inbox desk.InboxID, mailbox string, c Cursor) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cursors[string(inbox)+"/"+mailbox] = c
	r.tell()
	return nil
}

func (r *record) Attempt(_ context.Context, inbox desk.InboxID, mailbox string, validity, uid uint32) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprint(inbox, mailbox, validity, uid)
	r.attempts[key]++
	return r.attempts[key], nil
}

func (r *record) Quarantine(_ context.Context, u Unreadable) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quarantine[fmt.Sprintf("%s %d %d", u.Mailbox, u.Validity, u.UID)] = u
	r.tell()
	return nil
}

func (r *record) ChannelState(_ context.Context, _ desk.InboxID, s desk.ChannelState) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states = append(r.states, s)
	r.tell()
	return nil
}

func (r *record) Receive(_ context.Context, in desk.Inbound) (desk.Received, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		if err := r.refuse(in); err != nil {
			return desk.Received{}, err
		}
	}
	key := in.External
	if r.key != nil {
		key = r.key(in)
	}
	if r.seen[key] {
		r.repeats++
		return desk.Received{Duplicate: true}, nil
	}
	r.seen[key] = true
	r.got = append(r.got, in)
	r.tell()
	return desk.Received{New: true, Message: desk.MessageID(in.External)}, nil
}

func (r *record) Elsewhere(_ context.Context, in desk.Inbound) (desk.Received, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[in.Message.RFCMessageID] || r.seen[in.External] || in.Copy != "" && len(in.Thread) == 0 {
		r.repeats++
		r.tell()
		return desk.Received{Conversation: "c", Duplicate: true}, nil
	}
	for _, id := range in.Thread {
		for _, got := range r.got {
			if got.Message.RFCMessageID == id {
				r.seen[in.External] = true
				r.sent = append(r.sent, in)
				r.tell()
				return desk.Received{Conversation: "c"}, nil
			}
		}
	}
	return desk.Received{}, nil
}

func (r *record) Secret(_ context.Context, name string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.secrets[name], nil
}

func (r *record) SaveSecret(_ context.Context, name, value string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets[name] = value
	return nil
}

func (r *record) KeepPlace(_ context.Context, m desk.MessageID, u Unreadable) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.places[m] = u
	r.tell()
	return nil
}

func (r *record) Sending(context.Context, desk.MessageID) error { return nil }

// until waits for a condition over the record, under its lock.
func (r *record) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		r.mu.Lock()
		done, changed := ok(), r.changed
		n, q, s := len(r.got), len(r.quarantine), r.states
		r.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("waiting for %s: got %d messages, %d in quarantine, states %+v", what, n, q, s)
		}
	}
}

func (r *record) subjects() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, in := range r.got {
		out = append(out, in.Message.Subject)
	}
	return out
}

// mails, blob, aside and again read the record while others write it.
func (r *record) mails() []desk.Inbound {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *record) blob(sum string) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.blobs[sum]
}

func (r *record) aside() map[string]Unreadable {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.quarantine)
}

func (r *record) again() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.repeats
}

func hostPort(t testing.TB, addr string) (string, int) {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return host, n
}

// inboxAt is a mail inbox whose IMAP (and SMTP) server is at addr, on this machine without TLS.
func inboxAt(t *testing.T, addr string, edit func(*Settings)) desk.Inbox {
	t.Helper()
	host, port := hostPort(t, addr)
	server := Server{Host: host, Port: port, TLS: TLSLoopback, Username: "ann", Secret: "pw"}
	s := Settings{IMAP: server, SMTP: server, FromName: "应答客服"}
	if edit != nil {
		edit(&s)
	}
	doc, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return desk.Inbox{ID: "inbox-1", Name: "Support", Medium: desk.Email, Address: "support@firm.example", Enabled: true, Channel: doc}
}

// fast are timings for servers that misbehave on purpose, but answer: a busy machine needs its time for five thousand mails.
func fast() Timing {
	return Timing{
		Command: 20 * time.Second, Download: 20 * time.Second, Parse: 20 * time.Second, Idle: 300 * time.Millisecond, Insist: time.Second,
		Retry: 5 * time.Millisecond, RetryMax: 20 * time.Millisecond,
	}
}

// impatient is for servers that stall: each stall costs as long.
func impatient(d *Deps) { d.Timing.Command, d.Timing.Download = time.Second, time.Second }

// reads runs a mailbox until the test ends.
func reads(t *testing.T, r *record, inbox desk.Inbox, edit func(*Deps)) *Mailbox {
	t.Helper()
	d := Deps{Intake: r, Blobs: r, Cursors: r, Quarantine: r, Reporter: r, Secrets: r, Elsewhere: r, Remote: r, Now: time.Now, Timing: fast()}
	if edit != nil {
		edit(&d)
	}
	m, _ := begins(t, inbox, d)
	return m
}

// begins runs a mailbox until stop, or the end of the test.
func begins(t *testing.T, inbox desk.Inbox, d Deps) (*Mailbox, func()) {
	t.Helper()
	if d.Log == nil && testing.Verbose() {
		d.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	m, err := NewMailbox(inbox, d)
	if err != nil {
		t.Fatalf("new mailbox: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
	t.Cleanup(stop)
	return m, stop
}

// letter is a small mail.
func letter(n int) []byte {
	return []byte(strings.ReplaceAll(fmt.Sprintf("From: Li Lei <li%d@customer.example>\nTo: support@firm.example\nSubject: mail %d\nMessage-ID: <m%d@customer.example>\n"+
		"Date: Mon, 1 Jan 2018 00:00:00 +0000\n\nWhere is my order %d?\n", n, n, n, n), "\n", "\r\n"))
}
