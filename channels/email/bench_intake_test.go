package email

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"
	"github.com/google/uuid"

	"yingda/desk"
	"yingda/internal/bench"
	"yingda/internal/testkit"
	"yingda/sla"
	"yingda/store"
)

// ledger is the real record: SQLite that syncs every commit, and the desk over it.
type ledger struct {
	db  *store.DB
	svc *desk.Service
	got atomic.Int64
}

func newLedger(b *testing.B) *ledger {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{URL: "sqlite:" + filepath.Join(b.TempDir(), "yingda.db"), Readers: 2, Now: time.Now}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		<-done
		_ = db.Close()
	})
	l := &ledger{db: db, svc: desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: time.Now, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }})}
	for kind, doc := range map[desk.SettingKind]any{
		desk.SettingQueue: desk.Queue{ID: "q", Name: "Q"},
		desk.SettingInbox: desk.Inbox{ID: "inbox-1", Name: "Support", Medium: desk.Email, Queue: "q", Address: "support@firm.example", Enabled: true},
	} {
		raw, err := json.Marshal(doc)
		if err != nil {
			b.Fatal(err)
		}
		id := map[desk.SettingKind]string{desk.SettingQueue: "q", desk.SettingInbox: "inbox-1"}[kind]
		if _, err := l.svc.SaveSetting(ctx, desk.System(), desk.Setting{Kind: kind, ID: id, Doc: raw}); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

func (l *ledger) Put(ctx context.Context, r io.Reader) (string, int64, error) {
	return l.db.PutBlob(ctx, r, LargestMail+2<<20)
}

func (l *ledger) PutBlobs(ctx context.Context, blobs [][]byte) error {
	return l.db.PutBlobs(ctx, blobs)
}

func (l *ledger) Open(ctx context.Context, sum string) (io.ReadCloser, error) {
	body, _, err := l.db.OpenBlob(ctx, sum)
	return body, err
}

func (l *ledger) Cursor(ctx context.Context, inbox desk.InboxID, mailbox string) (Cursor, error) {
	c, err := l.db.Cursor(ctx, inbox, mailbox)
	return Cursor(c), err
}

func (l *ledger) SaveCursor(ctx context.Context, inbox desk.InboxID, mailbox string, c Cursor) error {
	return l.db.SaveCursor(ctx, inbox, mailbox, store.MailCursor(c))
}

func (l *ledger) Attempt(ctx context.Context, inbox desk.InboxID, mailbox string, validity, uid uint32) (int, error) {
	return l.db.Reading(ctx, inbox, mailbox, validity, uid)
}

func (l *ledger) Quarantine(_ context.Context, u Unreadable) error {
	return fmt.Errorf("quarantined: %s", u.Cause)
}

func (l *ledger) Receive(ctx context.Context, in desk.Inbound) (desk.Received, error) {
	got, err := l.svc.Receive(ctx, in)
	if err == nil && !got.Duplicate {
		l.got.Add(1)
	}
	return got, err
}

func (l *ledger) Secret(context.Context, string) (string, error)   { return "secret", nil }
func (l *ledger) SaveSecret(context.Context, string, string) error { return nil }
func (l *ledger) deps() Deps {
	return Deps{Intake: l, Blobs: l, Cursors: l, Quarantine: l, Secrets: l, Now: time.Now}
}

// page is a mail of about 10 KB.
func page(n int) []byte {
	return append(letter(n), strings.Repeat("I ordered three weeks ago and nothing came, please tell me where it is.\r\n", 140)...)
}

// readAll runs a mailbox into the ledger until it holds so many mails, and returns how long that took.
func readAll(b *testing.B, l *ledger, addr string, want int64) time.Duration {
	b.Helper()
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		b.Fatal(err)
	}
	doc := fmt.Sprintf(`{"imap":{"host":%q,"port":%s,"tls":"none","username":"ann","secret":"pw"},"smtp":{"host":"127.0.0.1","tls":"none","auth":"none"},`+
		`"since":"2000-01-01T00:00:00Z","sent":"none","max_mail_bytes":%d}`, host, p, LargestMail)
	m, err := NewMailbox(desk.Inbox{ID: "inbox-1", Medium: desk.Email, Address: "support@firm.example", Enabled: true, Channel: []byte(doc)}, l.deps())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- m.Run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for l.got.Load() < want {
		<-tick.C
		if time.Since(began) > 20*time.Minute {
			b.Fatalf("after 20 minutes: got %d of %d", l.got.Load(), want)
		}
	}
	took := time.Since(began)
	stop()
	<-done
	return took
}

// figureIMAP is intake from a real Dovecot to the committed fact, beside the bare library that only fetches.
func figureIMAP(b *testing.B) {
	server := testkit.Dovecot(b, testkit.DovecotOptions{})
	const n = 1000
	for i := range n {
		server.Deliver(b, "ann", page(i))
	}
	var ours, floor time.Duration
	for round := range 3 {
		took := bareFetch(b, server.Addr, n)
		mine := readAll(b, newLedger(b), server.Addr, n)
		if round > 0 { // Dovecot has indexed by now
			floor, ours = floor+took, ours+mine
		}
	}
	bench.Row{
		Name: "mails of 10 KB from Dovecot into the record", Unit: "/s", Ours: 2 * n / ours.Seconds(), Floor: 2 * n / floor.Seconds(),
		FloorIs: "go-imap fetches and forgets",
	}.Report(b)
}

func bareFetch(b *testing.B, addr string, n int) time.Duration {
	b.Helper()
	began := time.Now()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	c := imapclient.New(conn, nil)
	defer func() { _ = c.Close() }()
	if err := c.Login("ann", "secret").Wait(); err != nil {
		b.Fatal(err)
	}
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		b.Fatal(err)
	}
	var set imap.UIDSet
	set.AddRange(1, 0)
	cmd := c.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}})
	seen := 0
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		for item := msg.Next(); item != nil; item = msg.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok {
				if _, err := io.Copy(io.Discard, body.Literal); err != nil {
					b.Fatal(err)
				}
				seen++
			}
		}
	}
	if err := cmd.Close(); err != nil || seen != n {
		b.Fatalf("fetched %d of %d: %v", seen, n, err)
	}
	return time.Since(began)
}

// figureFirstSync is the memory a first sync needs above idle: one mail of 50 MB with 40 files, then very many small
// ones (UP-E14).
func figureFirstSync(b *testing.B) {
	n := 5000
	if bench.Full() {
		n = 100_000
	}
	server := testkit.Dovecot(b, testkit.DovecotOptions{})
	server.Deliver(b, "ann", huge(50<<20, 40))
	for i := 1; i <= n; i++ {
		server.Deliver(b, "ann", letter(i))
	}
	l := newLedger(b)
	debug.FreeOSMemory()
	idle := held()
	stop, peak := make(chan struct{}), make(chan uint64)
	go func() {
		most := uint64(0)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-tick.C:
				most = max(most, held())
			}
		}
	}()
	took := readAll(b, l, server.Addr, int64(n)+1)
	close(stop)
	mb := float64(<-peak-min(idle, held())) / (1 << 20)
	bench.Row{Name: fmt.Sprintf("memory of a first sync: 50 MB with 40 files, then %d mails", n), Unit: "MiB", Ours: mb, AtMost: 256}.Report(b)
	bench.Row{Name: fmt.Sprintf("first sync of %d small mails", n), Unit: "/s", Ours: float64(n) / took.Seconds()}.Report(b)
}

// held is the memory this process holds of the system's, in bytes.
func held() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// huge is a mail of about so many bytes, in so many files.
func huge(size, files int) []byte {
	var m bytes.Buffer
	m.Write(bytes.Replace(letter(0), []byte("\r\n\r\n"), []byte("\r\nContent-Type: multipart/mixed; boundary=zz\r\n\r\n--zz\r\n\r\n"), 1))
	line := strings.Repeat("QUJD", 19) + "\r\n"
	each := size / files / len(line)
	for f := range files {
		fmt.Fprintf(&m, "--zz\r\nContent-Type: application/octet-stream; name=f%d.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n%c%s", f, 'A'+f%26, line[1:])
		for range each {
			m.WriteString(line)
		}
	}
	m.WriteString("--zz--\r\n")
	return m.Bytes()
}

// figureListener is mail that is pushed by eight senders at once into the record, beside a bare server that takes it and
// forgets.
func figureListener(b *testing.B) {
	l := newLedger(b)
	doc := []byte(`{"receive":"push","sender_per_hour":-1,"smtp":{"host":"127.0.0.1","tls":"none","auth":"none"}}`)
	inbox := desk.Inbox{ID: "inbox-1", Medium: desk.Email, Address: "support@firm.example", Enabled: true, Channel: doc}
	cfg := DefaultIn()
	cfg.PerMinute = 0
	in, err := NewListener(cfg, InDeps{Inboxes: func() []desk.Inbox { return []desk.Inbox{inbox} }, Now: time.Now, Taker: func(i desk.Inbox) (*Taker, error) {
		s, err := ParseSettings(i.Channel)
		return NewTaker(i, s, l.deps()), err
	}})
	if err != nil {
		b.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx, ln) }()
	bare := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return forgetful{}, nil }))
	bareLn, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = bare.Serve(bareLn) }() // ends with Close
	const senders = 8
	ours, floor := newPushers(b, ln.Addr().String(), senders), newPushers(b, bareLn.Addr().String(), senders)
	a, z := &bench.Side{Do: ours.push}, &bench.Side{Do: floor.push}
	bench.Turns(b, 3, 400, senders, a, z)
	bench.Row{
		Name: "mails of 10 KB pushed into the record, 8 senders", Unit: "/s", Ours: a.Rate(), Floor: z.Rate(), FloorIs: "go-smtp takes and forgets",
	}.Report(b)
	ours.close()
	floor.close()
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	_ = bare.Close()
}

// forgetful reads what it is sent.
type forgetful struct{}

func (forgetful) Mail(string, *smtp.MailOptions) error { return nil }
func (forgetful) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (forgetful) Reset()                               {}
func (forgetful) Logout() error                        { return nil }
func (forgetful) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// pushers are connections that push.
type pushers struct {
	free chan *smtp.Client
	once sync.Once
}

func newPushers(b *testing.B, addr string, n int) *pushers {
	b.Helper()
	p := &pushers{free: make(chan *smtp.Client, n)}
	for range n {
		c, err := smtp.Dial(addr)
		if err != nil {
			b.Fatal(err)
		}
		p.free <- c
	}
	return p
}

func (p *pushers) push(i int) error {
	c := <-p.free
	defer func() { p.free <- c }()
	return c.SendMail("li@customer.example", []string{"support@firm.example"}, bytes.NewReader(page(i)))
}

func (p *pushers) close() {
	p.once.Do(func() {
		for range cap(p.free) {
			_ = (<-p.free).Close()
		}
	})
}
