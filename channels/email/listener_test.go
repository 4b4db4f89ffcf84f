package email

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"yingda/desk"
	"yingda/internal/testkit"
)

// pushes runs a listener over the record until the test ends, and returns its address.
func pushes(t testing.TB, r *record, edit func(*InConfig)) (string, *Listener) {
	t.Helper()
	cfg := DefaultIn()
	cfg.Listen = "127.0.0.1:0"
	if edit != nil {
		edit(&cfg)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	doc := `{"receive":"push","aliases":["sales@firm.example"],"smtp":{"host":"127.0.0.1","tls":"none","auth":"none"}}`
	inboxes := []desk.Inbox{
		{ID: "inbox-1", Medium: desk.Email, Address: "Support@firm.example", Enabled: true, Channel: []byte(doc)},
		{ID: "inbox-2", Medium: desk.Email, Address: "billing@firm.example", Enabled: true, Channel: []byte(strings.Replace(doc, "sales", "money", 1))},
		{ID: "inbox-3", Medium: desk.Email, Address: "closed@firm.example", Channel: []byte(doc)},
	}
	l, err := NewListener(cfg, InDeps{
		Inboxes: func() []desk.Inbox { return inboxes }, Now: time.Now,
		Taker: func(i desk.Inbox) (*Taker, error) {
			s, err := ParseSettings(i.Channel)
			return NewTaker(i, s, Deps{Intake: r, Blobs: r, Quarantine: r, Tokens: NewTokens([]byte("key")), Now: time.Now, Random: func() float64 { return 0 }}), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: got %v, want nil", err)
		}
	})
	return ln.Addr().String(), l
}

func deliver(addr, from string, raw []byte, to ...string) error {
	c, err := smtp.Dial(addr)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.SendMail(from, to, bytes.NewReader(raw))
}

func codeOf(err error) int {
	var a *smtp.SMTPError
	if errors.As(err, &a) {
		return a.Code
	}
	return 0
}

// Mail for an inbox, its alias or its plus part is in the record before 250 is said; other people's is refused before DATA.
func TestPushedMail(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, l := pushes(t, r, nil)
	token := NewTokens([]byte("key")).Address("support@firm.example", "01890a5d-ac96-774b-bcce-b302099a8057")
	for n, to := range []string{"support@FIRM.example", "sales@firm.example", "support+shop@firm.example", token} {
		if err := deliver(addr, "li@customer.example", letter(n), to); err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
		if len(r.subjects()) != n+1 {
			t.Fatalf("to %s: 250 came before the record had it", to)
		}
	}
	in := r.mails()[3]
	if in.Token != "01890a5d-ac96-774b-bcce-b302099a8057" {
		t.Errorf("token of the envelope: got %q", in.Token)
	}
	raw := string(r.blob(in.Message.Raw))
	if !strings.HasPrefix(raw, "Return-Path: <li@customer.example>\r\nDelivered-To: support+r-") || !strings.Contains(raw, "\r\nReceived: from localhost ([127.0.0.1])") {
		t.Errorf("trace: got %.200q", raw)
	}
	for _, to := range []string{"nobody@firm.example", "closed@firm.example", "li@customer.example"} {
		if err := deliver(addr, "li@customer.example", letter(9), to); codeOf(err) != 550 {
			t.Errorf("to %s: got %v, want 550", to, err)
		}
	}
	if l.Down() != "" {
		t.Errorf("down: got %q while it listens", l.Down())
	}
}

// The same mail pushed twice is one, also when the envelope differs; for two inboxes it is one each.
func TestPushedTwice(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, _ := pushes(t, r, nil)
	for _, to := range [][]string{{"support@firm.example"}, {"support@firm.example"}, {"sales@firm.example", "support+x@firm.example"}} {
		if err := deliver(addr, "li@customer.example", letter(1), to...); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.mails()) != 1 || r.again() != 2 {
		t.Errorf("got %d mails and %d repeats, want 1 and 2", len(r.mails()), r.again())
	}
	perInbox := map[desk.InboxID]int{}
	r.key = func(in desk.Inbound) string { return string(in.Inbox) + in.External }
	if err := deliver(addr, "li@customer.example", letter(2), "support@firm.example", "billing@firm.example", "money@firm.example"); err != nil {
		t.Fatal(err)
	}
	for _, in := range r.mails()[1:] {
		perInbox[in.Inbox]++
	}
	if perInbox["inbox-1"] != 1 || perInbox["inbox-2"] != 1 {
		t.Errorf("two inboxes: got %v, want one each", perInbox)
	}
}

// A store that is down is 451 and the mail is not said to be taken; when it is back, the next try is.
func TestPushWhileStoreIsDown(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, l := pushes(t, r, nil)
	taker, err := l.taker(l.deps.Inboxes()[0])
	if err != nil {
		t.Fatal(err)
	}
	taker.deps.Timing.Insist = time.Nanosecond
	r.refuse = func(desk.Inbound) error { return desk.Refuse(desk.Unavailable, "store_down") }
	if err := deliver(addr, "li@customer.example", letter(1), "support@firm.example"); codeOf(err) != 451 {
		t.Fatalf("got %v, want 451", err)
	}
	r.mu.Lock()
	r.refuse = nil
	r.mu.Unlock()
	if err := deliver(addr, "li@customer.example", letter(1), "support@firm.example"); err != nil || len(r.subjects()) != 1 {
		t.Fatalf("got %v and %d mails, want it taken once", err, len(r.subjects()))
	}
}

// UP-E1: what cannot be read is kept whole in quarantine, and that is 250: sending it again would change nothing.
func TestPushedAndUnreadable(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, _ := pushes(t, r, nil)
	r.refuse = func(desk.Inbound) error { panic("a bug of ours") }
	if err := deliver(addr, "", letter(1), "support@firm.example"); err != nil {
		t.Fatal(err)
	}
	for key, u := range r.aside() {
		if !strings.HasPrefix(key, pushKey) || !bytes.HasSuffix(r.blob(u.Raw), letter(1)) || !bytes.HasPrefix(r.blob(u.Raw), []byte("Return-Path: <>\r\n")) {
			t.Errorf("quarantine: got %s, %.100q", key, r.blob(u.Raw))
		}
	}
	if len(r.aside()) != 1 {
		t.Errorf("quarantine: got %d, want 1", len(r.aside()))
	}
}

// LMTP answers for each recipient: one inbox has it, the other comes later.
func TestLMTP(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, l := pushes(t, r, func(c *InConfig) { c.LMTP = true })
	r.key = func(in desk.Inbound) string { return string(in.Inbox) + in.External }
	r.refuse = func(in desk.Inbound) error {
		if in.Inbox == "inbox-2" {
			return desk.Refuse(desk.Unavailable, "store_down")
		}
		return nil
	}
	for _, i := range l.deps.Inboxes()[:2] {
		taker, err := l.taker(i)
		if err != nil {
			t.Fatal(err)
		}
		taker.deps.Timing.Insist = time.Nanosecond
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer func() { _ = c.Close() }()
	if err := c.Mail("li@customer.example", nil); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"support@firm.example", "billing@firm.example", "sales@firm.example"} {
		if err := c.Rcpt(to, nil); err != nil {
			t.Fatal(err)
		}
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(letter(1)); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	taken, err := w.CloseWithLMTPResponse()
	for rcpt := range taken {
		got[rcpt] = 250
	}
	var refused smtp.LMTPDataError
	errors.As(err, &refused)
	for rcpt, why := range refused {
		got[rcpt] = why.Code
	}
	want := map[string]int{"support@firm.example": 250, "billing@firm.example": 451, "sales@firm.example": 250}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(r.mails()) != 1 {
		t.Errorf("answers: got %v and %d mails, want %v and 1", got, len(r.mails()), want)
	}
}

// talk speaks to the listener byte by byte.
type talk struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func dialTalk(t testing.TB, addr string) *talk {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	return &talk{t, conn, bufio.NewReader(conn)}
}

// says sends text and returns the code of the last line of the answer.
func (k *talk) says(text string) string {
	k.t.Helper()
	if text != "" {
		if _, err := io.WriteString(k.conn, text); err != nil {
			return "closed"
		}
	}
	for {
		line, err := k.r.ReadString('\n')
		if err != nil {
			return "closed"
		}
		if len(line) > 3 && line[3] == ' ' {
			return line[:3]
		}
	}
}

func (k *talk) upToData(to string) {
	k.t.Helper()
	for _, step := range [][2]string{{"", "220"}, {"EHLO peer.example\r\n", "250"}, {"MAIL FROM:<li@customer.example>\r\n", "250"}, {"RCPT TO:<" + to + ">\r\n", "250"}, {"DATA\r\n", "354"}} {
		if got := k.says(step[0]); got != step[1] {
			k.t.Fatalf("%q: got %s, want %s", step[0], got, step[1])
		}
	}
}

// SMTP smuggling: no line ending but CRLF ends a mail, what hides behind another one is never a second mail, and where it
// can be seen the whole is refused.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	const second = "MAIL FROM:<boss@firm.example>\r\nRCPT TO:<billing@firm.example>\r\nDATA\r\nSubject: smuggled\r\n\r\npay\r\n.\r\n"
	for name, c := range map[string]struct{ end, want string }{
		"LF.LF":     {"\n.\n", "554"},
		"LF.CRLF":   {"\n.\r\n", "554"},
		"CR.CR":     {"\r.\r", "554"},
		"CR.CRLF":   {"\r.\r\n", "554"},
		"LF.CR":     {"\n.\r", "554"},
		"CRLF.LF":   {"\r\n.\n", "250"}, // the server takes the dot away as stuffing; one mail all the same
		"CRLF.CR":   {"\r\n.\rX", "250"},
		"NUL":       {"\r\n.\x00\r\n", "250"},
		"two dots":  {"\r\n..\r\n", "250"},
		"lone LF's": {"\n\n\n", "250"}, // mixed line ends alone harm nobody
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRecord()
			addr, _ := pushes(t, r, nil)
			k := dialTalk(t, addr)
			k.upToData("support@firm.example")
			if got := k.says("Subject: first\r\n\r\nhello" + c.end + second); got != c.want {
				t.Errorf("answer: got %s, want %s", got, c.want)
			}
			if got := k.says("QUIT\r\n"); got != "221" {
				t.Errorf("after it: got %s, want 221: nothing else was heard", got)
			}
			for _, s := range r.subjects() {
				if s != "first" {
					t.Errorf("taken in: got %q", s)
				}
			}
		})
	}
}

// What is pipelined in the clear behind STARTTLS is not heard (CVE-2011-0411), and mail before STARTTLS is refused where
// the settings say so.
func TestPushWithSTARTTLS(t *testing.T) {
	t.Parallel()
	r := newRecord()
	cert, key, conf := testkit.Certificate(t)
	addr, _ := pushes(t, r, func(c *InConfig) { c.TLSCert, c.TLSKey, c.RequireTLS = cert, key, true })
	if err := deliver(addr, "li@customer.example", letter(1), "support@firm.example"); codeOf(err) != 530 {
		t.Errorf("in the clear: got %v, want 530", err)
	}
	k := dialTalk(t, addr)
	k.says("")
	k.says("EHLO a.example\r\n")
	if got := k.says("STARTTLS\r\nMAIL FROM:<evil@elsewhere.example>\r\n"); got != "220" {
		t.Fatalf("STARTTLS: got %s", got)
	}
	secure := tls.Client(k.conn, conf)
	inner := &talk{t, secure, bufio.NewReader(secure)}
	if got := inner.says("RCPT TO:<support@firm.example>\r\n"); got != "502" && got != "503" && got != "closed" {
		t.Errorf("after injecting MAIL: got %s, want it not heard", got)
	}
	c, err := smtp.DialStartTLS(addr, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SendMail("li@customer.example", []string{"support@firm.example"}, bytes.NewReader(letter(2))); err != nil {
		t.Fatal(err)
	}
	if got := r.subjects(); !slices.Equal(got, []string{"mail 2"}) || !strings.Contains(string(r.blob(r.mails()[0].Message.Raw)), "with ESMTPS") {
		t.Errorf("taken in: got %q", got)
	}
}

// Sizes: refused by the SIZE that is told, and by what is really sent; the connection goes on.
func TestPushTooLarge(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, _ := pushes(t, r, func(c *InConfig) { c.MaxBytes = 64 << 10 })
	k := dialTalk(t, addr)
	k.says("")
	k.says("EHLO a.example\r\n")
	if got := k.says("MAIL FROM:<li@customer.example> SIZE=70000\r\n"); got != "552" {
		t.Errorf("SIZE: got %s, want 552", got)
	}
	k.says("MAIL FROM:<li@customer.example>\r\n")
	k.says("RCPT TO:<support@firm.example>\r\n")
	k.says("DATA\r\n")
	if got := k.says("Subject: big\r\n\r\n" + strings.Repeat("0123456789\r\n", 8000) + ".\r\n"); got != "552" {
		t.Errorf("DATA: got %s, want 552", got)
	}
	if got := k.says("NOOP\r\n"); got != "250" {
		t.Errorf("afterwards: got %s, want the connection alive", got)
	}
	k.says("MAIL FROM:<li@customer.example>\r\n")
	k.says("RCPT TO:<support@firm.example>\r\n")
	if got := k.says("BDAT 70000 LAST\r\n" + strings.Repeat("x", 70000)); got != "552" {
		t.Errorf("BDAT: got %s, want 552", got)
	}
	if len(r.mails()) != 0 {
		t.Errorf("taken in: got %d, want none", len(r.mails()))
	}
}

// Long lines and chunks are what real senders make; RFC 5321's 1000 bytes are no reason to lose a mail.
func TestPushedLongLines(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, _ := pushes(t, r, nil)
	long := append(letter(1), bytes.Repeat([]byte("0123456789"), 50_000)...)
	if err := deliver(addr, "li@customer.example", append(long, "\r\n"...), "support@firm.example"); err != nil {
		t.Fatal(err)
	}
	k := dialTalk(t, addr)
	k.says("")
	k.says("EHLO a.example\r\n")
	k.says("MAIL FROM:<li@customer.example> BODY=8BITMIME\r\n")
	k.says("RCPT TO:<support@firm.example>\r\n")
	half := letter(2)
	if got := k.says(fmt.Sprintf("BDAT %d\r\n%s", len(half), half)); got != "250" {
		t.Errorf("first chunk: got %s", got)
	}
	if len(r.mails()) != 1 {
		t.Error("the first chunk was taken for a mail")
	}
	rest := strings.Repeat("y", 300_000)
	if got := k.says(fmt.Sprintf("BDAT %d LAST\r\n%s", len(rest), rest)); got != "250" {
		t.Errorf("last chunk: got %s", got)
	}
	if got := r.mails(); len(got) != 2 || !strings.HasSuffix(string(r.blob(got[1].Message.Raw)), rest) {
		t.Errorf("taken in: got %d", len(got))
	}
}

// Who may push, how many at once and how fast; and those who try out addresses are shown the door.
func TestPushLimits(t *testing.T) {
	t.Parallel()
	r := newRecord()
	addr, _ := pushes(t, r, func(c *InConfig) { c.Peers = []string{"10.0.0.0/8"} })
	if got := dialTalk(t, addr).says(""); got != "554" {
		t.Errorf("a stranger: got %s, want 554", got)
	}
	addr, l := pushes(t, r, func(c *InConfig) { c.PerPeer, c.PerMinute = 2, 3 })
	a, b := dialTalk(t, addr), dialTalk(t, addr)
	a.says("")
	b.says("")
	if got := dialTalk(t, addr).says(""); got != "421" {
		t.Errorf("a third connection: got %s, want 421", got)
	}
	a.says("EHLO a.example\r\n")
	var got []string
	for range 4 {
		got = append(got, a.says("MAIL FROM:<li@customer.example>\r\n"))
		a.says("RSET\r\n")
	}
	if strings.Join(got, " ") != "250 250 250 451" {
		t.Errorf("four mails a minute: got %q, want the fourth put off", got)
	}
	for range maxRefused {
		b.says("EHLO b.example\r\n")
	}
	l.gate.mu.Lock()
	for _, p := range l.gate.peers {
		p.mails = 0
	}
	l.gate.mu.Unlock()
	b.says("MAIL FROM:<li@customer.example>\r\n")
	last := ""
	for n := range maxRefused + 3 {
		if last = b.says(fmt.Sprintf("RCPT TO:<user%d@firm.example>\r\n", n)); last == "closed" {
			break
		}
	}
	if last != "closed" {
		t.Errorf("trying out addresses: got %s, want the line closed", last)
	}
}

// A stop lets the mail under way finish.
func TestStopWhileMailIsUnderWay(t *testing.T) {
	t.Parallel()
	r := newRecord()
	var once sync.Once
	under, finish := make(chan struct{}), make(chan struct{})
	r.refuse = func(desk.Inbound) error {
		once.Do(func() { close(under); <-finish })
		return nil
	}
	cfg := DefaultIn()
	doc := `{"receive":"push","smtp":{"host":"127.0.0.1","tls":"none","auth":"none"}}`
	inbox := desk.Inbox{ID: "inbox-1", Medium: desk.Email, Address: "support@firm.example", Enabled: true, Channel: []byte(doc)}
	l, err := NewListener(cfg, InDeps{Inboxes: func() []desk.Inbox { return []desk.Inbox{inbox} }, Now: time.Now, Taker: func(i desk.Inbox) (*Taker, error) {
		s, err := ParseSettings(i.Channel)
		return NewTaker(i, s, Deps{Intake: r, Blobs: r, Quarantine: r, Now: time.Now}), err
	}})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended, answered := make(chan error, 1), make(chan error, 1)
	go func() { ended <- l.Run(ctx, ln) }()
	go func() {
		answered <- deliver(ln.Addr().String(), "li@customer.example", letter(1), "support@firm.example")
	}()
	<-under
	cancel()
	close(finish)
	if err := errors.Join(<-answered, <-ended); err != nil || len(r.mails()) != 1 {
		t.Errorf("got %v and %d mails, want the mail taken and a clean end", err, len(r.mails()))
	}
	if l.Down() == "" {
		t.Error("down: got nothing after the end")
	}
}

// A real client: swaks, over STARTTLS, with a Chinese subject and a file.
func TestSwaks(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("swaks")
	if err != nil {
		testkit.Skip(t, "swaks", err.Error())
	}
	r := newRecord()
	cert, key, _ := testkit.Certificate(t)
	addr, _ := pushes(t, r, func(c *InConfig) { c.TLSCert, c.TLSKey = cert, key })
	out, err := exec.CommandContext(t.Context(), path, "--server", addr, "--tls", "--from", "li@customer.example", "--to", "support@firm.example",
		"--header", "Subject: =?UTF-8?B?6YCA5qy+?=", "--body", "什么时候发货？", "--add-header", "Content-Type: text/plain; charset=utf-8").CombinedOutput()
	if err != nil {
		t.Fatalf("swaks: %v\n%s", err, out)
	}
	if len(r.mails()) != 1 || r.mails()[0].Message.Subject != "退款" || strings.TrimSpace(r.mails()[0].Message.Body.Text) != "什么时候发货？" {
		t.Errorf("taken in: got %+v", r.subjects())
	}
}

// FuzzListener throws anything at a session: it ends, nothing panics, and nothing is taken for an address that is not ours.
func FuzzListener(f *testing.F) {
	f.Add([]byte("EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@firm.example>\r\nDATA\r\nSubject: x\r\n\r\n.\r\nQUIT\r\n"))
	f.Add([]byte("HELO a\r\nMAIL FROM:<> SIZE=1\r\nRCPT TO:<support+@firm.example>\r\nBDAT 4\r\nab\r\nRSET\r\nBDAT 2 LAST\r\nx\n"))
	f.Add([]byte("LHLO a\r\nSTARTTLS\r\nMAIL FROM:<\"\r\"@x>\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\nAUTH PLAIN =\r\nRCPT TO:<@a,@b:support@firm.example>\r\n"))
	f.Add([]byte("EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@firm.example>\r\nDATA\r\na\n.\nb\r.\rc\r\n.\nd\r\n.\r\n"))
	r := newRecord()
	addr, _ := pushes(f, r, func(c *InConfig) { c.PerMinute, c.MaxBytes = 0, 1<<16 })
	f.Fuzz(func(t *testing.T, session []byte) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		go func() {
			_, _ = conn.Write(session)
			_ = conn.(*net.TCPConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("session did not end: %v", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, in := range r.got {
			if in.Inbox != "inbox-1" && in.Inbox != "inbox-2" {
				t.Fatalf("taken for %s", in.Inbox)
			}
		}
		r.got = nil
		clear(r.blobs)
		clear(r.seen)
	})
}
