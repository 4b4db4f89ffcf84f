package email

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"yingda/desk"
	"yingda/internal/testkit"
)

// client signs in to Dovecot as another program would.
func client(t *testing.T, server *testkit.DovecotServer) *imapclient.Client {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	c := imapclient.New(conn, nil)
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login("ann", "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// place puts a mail into a folder over IMAP, received at the given moment.
func place(t testing.TB, c *imapclient.Client, folder string, raw []byte, at time.Time) {
	t.Helper()
	cmd := c.Append(folder, int64(len(raw)), &imap.AppendOptions{Time: at})
	if _, err := cmd.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func onDovecot(server *testkit.DovecotServer) func(*Deps) {
	return func(d *Deps) {
		d.Network.TLS = server.TLS
		d.Timing = Timing{Idle: 5 * time.Second, Retry: 10 * time.Millisecond, RetryMax: 100 * time.Millisecond}
	}
}

// each checks that the record has every mail of a range once.
func (r *record) each(t *testing.T, n int) {
	t.Helper()
	got := r.subjects()
	slices.Sort(got)
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("mail %d", i))
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("taken in: got %d mails, want each of %d once", len(got), n)
	}
}

// UP-E3: 200 mails arrive while the line is away, half are marked read by another program, and the server changes
// UIDVALIDITY. All are messages, once, without anybody's help.
func TestOutageWithNewUIDValidity(t *testing.T) {
	t.Parallel()
	server, r := testkit.Dovecot(t, testkit.DovecotOptions{}), newRecord()
	server.Deliver(t, "ann", letter(0))
	inbox := inboxAt(t, server.Addr, func(s *Settings) { s.Since = &time.Time{} })
	reads(t, r, inbox, onDovecot(server))
	r.until(t, "the first mail", func() bool { return len(r.got) == 1 })
	server.Stop()
	for n := 1; n <= 200; n++ {
		server.Deliver(t, "ann", letter(n))
	}
	server.ForgetUIDs(t, "ann")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	other := client(t, server)
	if _, err := other.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	var half imap.SeqSet
	half.AddRange(1, 100)
	if err := other.Store(half, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	r.until(t, "all of them", func() bool { return len(r.got) == 201 })
	r.each(t, 201)
}

// UP-E3: other programs flag, move away and expunge while we read, on connections of their own, with CONDSTORE in use.
func TestOthersWorkInTheMailbox(t *testing.T) {
	t.Parallel()
	server, r := testkit.Dovecot(t, testkit.DovecotOptions{}), newRecord()
	reads(t, r, inboxAt(t, server.Addr, func(s *Settings) { s.Since = &time.Time{} }), onDovecot(server))
	r.until(t, "the first poll", func() bool { return len(r.states) == 1 })
	const n = 120
	a, b := client(t, server), client(t, server)
	if err := a.Create("Later", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*imapclient.Client{a, b} {
		if _, err := c.Select("INBOX", &imap.SelectOptions{CondStore: true}).Wait(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		server.Deliver(t, "ann", letter(i))
		if i%40 != 39 {
			continue
		}
		// What others take away is in the record before they do.
		r.until(t, "what was delivered", func() bool { return len(r.got) == i+1 })
		var some imap.SeqSet
		some.AddRange(1, 10)
		if err := a.Noop().Wait(); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Move(some, "Later").Wait(); err != nil {
			t.Fatal(err)
		}
		if err := b.Noop().Wait(); err != nil {
			t.Fatal(err)
		}
		if err := b.Store(some, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}}, nil).Close(); err != nil {
			t.Fatal(err)
		}
		if err := b.Expunge().Close(); err != nil {
			t.Fatal(err)
		}
	}
	r.until(t, "all of them", func() bool { return len(r.got) == n })
	r.each(t, n)
}

// UP-E13, UP-E3: news nobody asked for, and answers in another order, lose nothing.
func TestUnsolicitedNews(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.noise, server.backwards, server.junk = true, true, 2
	for n := range 50 {
		server.add(uint32(3*n+1), letter(n), time.Now())
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "all of them", func() bool { return len(r.got) == 50 })
	r.each(t, 50)
}

// UP-E13: answers come in another order and one mail stalls: that one is put aside, no innocent neighbour.
func TestStallAmongOthers(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.backwards = true
	server.stall[7] = 100
	for n := range 12 {
		server.add(uint32(n+1), letter(n), time.Now())
	}
	reads(t, r, inboxAt(t, server.addr, nil), impatient)
	r.until(t, "eleven messages and one in quarantine", func() bool { return len(r.got) == 11 && len(r.quarantine) == 1 })
	if _, ok := r.quarantine["INBOX 1 7"]; !ok {
		t.Errorf("quarantine: got %v, want uid 7", r.quarantine)
	}
}

// UP-E3: UIDVALIDITY changes under an open connection, or the UIDs go back under the same one.
func TestUIDsChangeUnderAnOpenLine(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hostile){
		"validity": func(h *hostile) { h.validity = 9 },
		"back":     func(h *hostile) { h.next = 40 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, r := newHostile(t), newRecord()
			server.add(100, letter(0), time.Now())
			server.add(101, letter(1), time.Now())
			reads(t, r, inboxAt(t, server.addr, nil), nil)
			r.until(t, "both", func() bool { return len(r.got) == 2 })
			server.mu.Lock()
			server.mails = []hostileMail{{11, letter(0), time.Now()}, {12, letter(1), time.Now()}, {13, letter(2), time.Now()}}
			change(server)
			server.mu.Unlock()
			r.until(t, "the third", func() bool { return len(r.got) == 3 })
			r.each(t, 3)
		})
	}
}

// UP-E2: a server that refuses what is to be done with received mail holds up nothing and is not asked for ever.
func TestRefusedMoveHoldsUpNothing(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.caps, server.refuse = "MOVE UIDPLUS", "UID MOVE"
	for n := range 3 {
		server.add(uint32(n+1), letter(n), time.Now())
	}
	reads(t, r, inboxAt(t, server.addr, func(s *Settings) { s.After, s.MoveTo = AfterMove, "Done" }), nil)
	r.until(t, "all of them", func() bool { return r.cursors["inbox-1/INBOX"].UID == 3 })
	server.mu.Lock()
	defer server.mu.Unlock()
	for uid, n := range server.downloads {
		if n != 1 {
			t.Errorf("downloads of uid %d: got %d, want 1", uid, n)
		}
	}
}

// Received mail is never expunged by accident: without MOVE the copy is made first, alone, and only UID EXPUNGE is used.
func TestMoveWithoutMove(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, caps, refuse string
		never              []string
		once               string
	}{
		{"copy refused", "UIDPLUS", "UID COPY", []string{"UID EXPUNGE", "EXPUNGE", "UID STORE 1 +FLAGS.SILENT (\\DELETED"}, "UID COPY 1"},
		{"copy and expunge that one", "UIDPLUS", "", []string{"EXPUNGE"}, "UID EXPUNGE 1"},
		{"neither", "CHILDREN", "", []string{"EXPUNGE", "UID EXPUNGE", "UID COPY"}, "UID STORE 1 +FLAGS.SILENT (\\SEEN)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server, r := newHostile(t), newRecord()
			server.caps, server.refuse = c.caps, c.refuse
			server.add(1, letter(0), time.Now())
			reads(t, r, inboxAt(t, server.addr, func(s *Settings) { s.After, s.MoveTo = AfterMove, "Done" }), nil)
			r.until(t, "the mail dealt with", func() bool { return r.cursors["inbox-1/INBOX"].UID == 1 })
			for _, v := range c.never {
				if n := server.heard(v); n != 0 {
					t.Errorf("%s: got %d, want none", v, n)
				}
			}
			if server.heard(c.once) == 0 {
				t.Errorf("got commands %q, want %q among them", server.commands, c.once)
			}
		})
	}
}

// Received mail gets a keyword, or another folder that is made when it is missing; on a real server.
func TestAfterReceiptOnDovecot(t *testing.T) {
	t.Parallel()
	server := testkit.Dovecot(t, testkit.DovecotOptions{})
	c := client(t, server)
	server.Deliver(t, "ann", letter(0))
	marked := newRecord()
	reads(t, marked, inboxAt(t, server.Addr, func(s *Settings) { s.Since, s.After = &time.Time{}, AfterKeyword }), onDovecot(server))
	marked.until(t, "the marked mail", func() bool { return marked.cursors["inbox-1/INBOX"].UID == 1 })
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	got, err := c.Fetch(imap.UIDSetNum(1), &imap.FetchOptions{Flags: true}).Collect()
	if err != nil || len(got) != 1 || !slices.ContainsFunc(got[0].Flags, func(f imap.Flag) bool { return strings.EqualFold(string(f), "Yingda") }) {
		t.Errorf("flags: got %+v, %v, want the keyword", got, err)
	}
	moved := newRecord()
	reads(t, moved, inboxAt(t, server.Addr, func(s *Settings) { s.Since, s.After, s.MoveTo = &time.Time{}, AfterMove, "完成/2026" }), onDovecot(server))
	moved.until(t, "the moved mail", func() bool { return moved.cursors["inbox-1/INBOX"].UID == 1 })
	status, err := c.Status("完成/2026", &imap.StatusOptions{NumMessages: true}).Wait()
	if err != nil || *status.NumMessages != 1 {
		t.Errorf("folder: got %+v, %v, want one mail", status, err)
	}
}

// crash is a process that dies at its n-th step: from then on nothing it does reaches the record.
type crash struct {
	*record
	mu      sync.Mutex
	left    int
	after   bool // the step itself is still done, but nobody hears of it
	died    chan struct{}
	diedYet bool
}

var errDead = desk.Refuse(desk.Unavailable, "store_down")

// step runs f unless the process is dead, and may die before or after it.
func (c *crash) step(f func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.diedYet {
		return errDead
	}
	c.left--
	if c.left > 0 {
		return f()
	}
	c.diedYet = true
	defer close(c.died)
	if c.after {
		return errors.Join(f(), errDead)
	}
	return errDead
}

func (c *crash) Put(ctx context.Context, r io.Reader) (sum string, n int64, err error) {
	err = c.step(func() (err error) { sum, n, err = c.record.Put(ctx, r); return err })
	return sum, n, err
}

func (c *crash) PutBlobs(ctx context.Context, blobs [][]byte) error {
	return c.step(func() error { return c.record.PutBlobs(ctx, blobs) })
}

func (c *crash) Receive(ctx context.Context, in desk.Inbound) (got desk.Received, err error) {
	err = c.step(func() (err error) { got, err = c.record.Receive(ctx, in); return err })
	return got, err
}

func (c *crash) SaveCursor(ctx context.Context, inbox desk.InboxID, mailbox string, cur Cursor) error {
	return c.step(func() error { return c.record.SaveCursor(ctx, inbox, mailbox, cur) })
}

func (c *crash) Attempt(ctx context.Context, inbox desk.InboxID, mailbox string, validity, uid uint32) (n int, err error) {
	err = c.step(func() (err error) { n, err = c.record.Attempt(ctx, inbox, mailbox, validity, uid); return err })
	return n, err
}

func (c *crash) Quarantine(ctx context.Context, u Unreadable) error {
	return c.step(func() error { return c.record.Quarantine(ctx, u) })
}

// UP-E1, UP-E3: whichever two steps of intake the process dies between, each mail is a message once, with its raw bytes
// and files, and the bad one stands in quarantine once.
func TestDeathBetweenAnyTwoSteps(t *testing.T) {
	t.Parallel()
	server := newHostile(t)
	for n := range 6 {
		server.add(uint32(n+1), letter(n), time.Now())
	}
	server.add(7, []byte("\x00\x01\x02 no mail at all"), time.Now())
	server.add(8, withFile(6), time.Now())
	const mails = 7
	for steps, ended := 1, false; !ended; steps++ {
		for _, after := range []bool{false, true} {
			r := newRecord()
			c := &crash{record: r, left: steps, after: after, died: make(chan struct{})}
			ended = !livesUntil(t, server, c, mails)
			survive(t, server, r, mails)
			r.each(t, mails)
			if len(r.quarantine) != 1 {
				t.Errorf("died at step %d (after: %v): got %d in quarantine, want 1", steps, after, len(r.quarantine))
			}
			for _, in := range r.got {
				if r.blobs[in.Message.Raw] == nil {
					t.Errorf("died at step %d (after: %v): %s has no raw bytes", steps, after, in.Message.Subject)
				}
				for _, a := range in.Message.Attachments {
					if r.blobs[a.Blob] == nil {
						t.Errorf("died at step %d (after: %v): %s has lost a file", steps, after, in.Message.Subject)
					}
				}
			}
		}
	}
}

// livesUntil runs a mailbox until its process dies; false: it did all there was to do.
func livesUntil(t *testing.T, server *hostile, c *crash, mails int) bool {
	t.Helper()
	_, stop := begins(t, inboxAt(t, server.addr, nil), Deps{Intake: c, Blobs: c, Cursors: c, Quarantine: c, Secrets: c, Now: time.Now, Timing: fast()})
	defer stop()
	for {
		c.record.mu.Lock()
		all, changed := len(c.got) == mails && c.cursors["inbox-1/INBOX"].UID == 8, c.record.changed
		c.record.mu.Unlock()
		if all {
			return false
		}
		select {
		case <-c.died:
			return true
		case <-changed:
		case <-time.After(30 * time.Second):
			t.Fatal("neither dead nor done")
		}
	}
}

func survive(t *testing.T, server *hostile, r *record, mails int) {
	t.Helper()
	_, stop := begins(t, inboxAt(t, server.addr, nil), Deps{Intake: r, Blobs: r, Cursors: r, Quarantine: r, Secrets: r, Now: time.Now, Timing: fast()})
	defer stop()
	r.until(t, "everything after the crash", func() bool {
		return len(r.got) == mails && len(r.quarantine) == 1 && r.cursors["inbox-1/INBOX"].UID == 8
	})
}

// withFile is a letter with an attachment.
func withFile(n int) []byte {
	return bytes.Replace(letter(n), []byte("\r\n\r\nWhere is"), []byte("\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nWhere is\r\n--x\r\n"+
		"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\n\r\nWhere is"), 1)
}

// UP-E2: a large mail that fails after its files were read is downloaded three times at most, however often it is polled,
// keeps one copy of its bytes, and stands in quarantine.
func TestLargeMailThatFails(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	raw := append(withFile(1), bytes.Repeat([]byte("x 25 MB would be slow\r\n"), 100_000)...)
	server.add(1, raw, time.Now())
	server.add(2, letter(2), time.Now())
	r.refuse = func(in desk.Inbound) error {
		if in.Message.Subject == "mail 1" {
			return errors.New("column too narrow")
		}
		return nil
	}
	reads(t, r, inboxAt(t, server.addr, nil), func(d *Deps) { d.Timing.Insist, d.Timing.Idle = time.Nanosecond, 10*time.Millisecond })
	r.until(t, "the quarantine and the neighbour", func() bool { return len(r.quarantine) == 1 && len(r.got) == 1 })
	for range 60 {
		server.breakAll()
		polls := server.heard("UID FETCH")
		r.untilHeard(t, server, polls)
	}
	sum := sha256.Sum256(raw)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.blobs[hex.EncodeToString(sum[:])]) != len(raw) || len(r.blobs) != 3 {
		t.Errorf("blobs: got %d, want the mail, its file and the neighbour", len(r.blobs))
	}
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.downloads[1] > maxAttempts {
		t.Errorf("downloads: got %d, want at most %d", server.downloads[1], maxAttempts)
	}
}

// untilHeard waits until the server was asked for mails again.
func (r *record) untilHeard(t *testing.T, server *hostile, before int) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for server.heard("UID FETCH") <= before {
		if time.Now().After(deadline) {
			t.Fatal("no further poll")
		}
		<-tick.C
	}
}

// Mails that have something to do with each other are handed over one after the other, in order; the others share commits.
func TestWavesKeepOrder(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	for n := range 60 {
		raw := letter(n)
		if n%3 > 0 { // three to a conversation: a mail, its writer's second, somebody's answer to the first
			raw = bytes.Replace(raw, []byte("\r\nMessage-ID"), fmt.Appendf(nil, "\r\nIn-Reply-To: <m%d@customer.example>\r\nMessage-ID", n-n%3), 1)
		}
		if n%3 == 1 {
			raw = bytes.Replace(raw, fmt.Appendf(nil, "li%d@", n), fmt.Appendf(nil, "li%d@", n-1), 1)
		}
		server.add(uint32(n+1), raw, time.Now())
	}
	reads(t, r, inboxAt(t, server.addr, nil), nil)
	r.until(t, "all of them", func() bool { return len(r.got) == 60 })
	r.each(t, 60)
	at := map[string]int{}
	for i, in := range r.mails() {
		at[in.Message.RFCMessageID] = i
	}
	for n := 0; n < 60; n += 3 {
		a, b, c := at[fmt.Sprintf("m%d@customer.example", n)], at[fmt.Sprintf("m%d@customer.example", n+1)], at[fmt.Sprintf("m%d@customer.example", n+2)]
		if a > b || b > c {
			t.Errorf("conversation %d: got order %d, %d, %d", n, a, b, c)
		}
	}
}

// UP-E13: a server that sends far more than it said loses the line, not our patience; the neighbours are read.
func TestServerLiesAboutSizes(t *testing.T) {
	t.Parallel()
	server, r := newHostile(t), newRecord()
	server.add(1, letter(0), time.Now())
	server.add(2, append(letter(1), bytes.Repeat([]byte("0123456789"), 400_000)...), time.Now())
	server.sizes = map[uint32]int{2: 500}
	server.add(3, letter(2), time.Now())
	reads(t, r, inboxAt(t, server.addr, func(s *Settings) { s.MaxMail = 100 << 10 }), nil)
	r.until(t, "two messages and one in quarantine", func() bool { return len(r.got) == 2 && len(r.quarantine) == 1 })
}
