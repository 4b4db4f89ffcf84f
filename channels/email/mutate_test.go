package email

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// Bounds of what one mail may cost, whatever its bytes are (the figures).
const (
	longest  = time.Second
	headroom = 16 << 20 // bytes beyond three times the mail
)

// UP-E1, UP-E14: ten thousand mails that somebody broke on the way: no panic, a second each at most, memory in bounds.
func TestMutatedMails(t *testing.T) {
	if raceEnabled {
		t.Skip("skipped: the race detector slows it ten times and finds nothing in a pure function")
	}
	n := 10000
	if testing.Short() {
		n = 1000
	}
	seeds := mails(t)
	r := rand.New(rand.NewPCG(11, 7))
	slowest, worst := time.Duration(0), int64(0)
	for i := range n {
		raw := mutate(r, seeds)
		read := func() { mustParse(t, raw) }
		if i%4 == 0 {
			read = func() { mustRead(t, raw) }
		}
		took, grew := measured(read)
		if took > longest {
			took, grew = measured(read) // other work on the machine may have stood in the way
		}
		slowest, worst = max(slowest, took), max(worst, grew-3*int64(len(raw)))
		if took > longest {
			t.Errorf("mail %d of %d bytes: took %s, want at most %s: %.200q", i, len(raw), took, longest, raw)
		}
		if grew > 3*int64(len(raw))+headroom {
			t.Errorf("mail %d of %d bytes: took %d bytes of memory, want at most 3 times its size and 16 MiB: %.200q", i, len(raw), grew, raw)
		}
	}
	t.Logf("%d mails: the slowest took %s, the heaviest %d bytes beyond three times its size", n, slowest, worst)
}

// mustRead reads a mail in both ways.
func mustRead(t *testing.T, raw []byte) {
	t.Helper()
	mustParse(t, raw)
	if r := Read(raw); len(r.Warnings) > 0 && r.Warnings[0] == "parser_stopped" {
		t.Fatalf("the parser stopped at %.500q", raw)
	}
}

// mustParse wants clean text of a mail.
func mustParse(t *testing.T, raw []byte) {
	t.Helper()
	m, err := Parse(raw, Options{Own: []string{"support@firm.example"}, Tokens: NewTokens([]byte("k"))})
	if err != nil && strings.Contains(err.Error(), "panic") {
		t.Fatalf("%v: %.500q", err, raw)
	}
	for _, s := range []string{m.Message.Subject, m.Message.Body.Text, m.Message.Body.HTML, m.Message.Body.QuotedText, m.FromName, m.From.Value} {
		if strings.ToValidUTF8(s, "") != s || strings.ContainsRune(s, 0) {
			t.Errorf("not clean text: %.300q of %.300q", s, raw)
		}
	}
}

// measured runs f with the collector off and says how long it took and how many bytes it took from the heap at most:
// nothing is given back meanwhile, so the bytes allocated bound the peak from above. Where that bound is too coarse, it
// runs again with the collector on and looks at the live heap.
func measured(f func()) (took time.Duration, grew int64) {
	before := allocated()
	start, core := time.Now(), coreTime()
	f()
	// Other programs on the machine take time as well; the cores' own time takes our collector in. The smaller is ours.
	took = min(time.Since(start), coreTime()-core)
	if grew = allocated() - before; grew < headroom {
		return took, grew
	}
	return took, peak(f)
}

func allocated() int64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64())
}

// peak runs f with an eager collector and samples the heap.
func peak(f func()) int64 {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	live := func() int64 {
		s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(s)
		return int64(s[0].Value.Uint64())
	}
	base, most := live(), int64(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return most
		case <-tick.C:
			most = max(most, live()-base)
		}
	}
}

// mutate breaks a mail in one to six of the ways mails break, or joins two.
func mutate(r *rand.Rand, seeds [][]byte) []byte {
	raw := bytes.Clone(seeds[r.IntN(len(seeds))])
	if len(raw) > 64<<10 {
		raw = raw[:64<<10]
	}
	for range 1 + r.IntN(6) {
		if len(raw) < 2 {
			break
		}
		raw = damage(r, raw, seeds)
	}
	return raw
}

var spices = []string{
	"\r\n", "\n", "\r", "\x00", "=?utf-8?B?", "?=", "=?gb2312?Q?=", "--", "boundary=", ";", "\"", "<", ">", "(", ")", "\\", "=", "begin 644 x\n", "`\nend\n",
	"Content-Type: multipart/mixed; boundary=\"x\"\r\n", "Content-Transfer-Encoding: base64\r\n", "Content-Transfer-Encoding: quoted-printable\r\n", "filename*0*=utf-8''%", "charset=gb18030",
	"<table><tr><td>", "</table>", "<blockquote type=cite>", "<!--", "-->", "<style>", "On Monday, x wrote:\n", "> ", "发件人：", "-----Original Message-----\n", "\x1b$B", "+/v8-", "\xff\xfe", "\xef\xbb\xbf",
	"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; ", "BEGIN:VEVENT\r\nDTSTART:", "\x78\x9f\x3e\x22",
}

// damage breaks raw in one way.
func damage(r *rand.Rand, raw []byte, seeds [][]byte) []byte {
	at := r.IntN(len(raw))
	n := min(len(raw)-at, 1+r.IntN(200))
	switch r.IntN(9) {
	case 0: // another byte
		raw[at] = byte(r.IntN(256))
	case 1: // cut off
		return raw[:at]
	case 2: // a hole
		return append(raw[:at:at], raw[at+n:]...)
	case 3: // said again, up to a hundred times
		return bytes.Join([][]byte{raw[:at], bytes.Repeat(raw[at:at+n], 1+r.IntN(100)), raw[at+n:]}, nil)
	case 4: // something out of place
		return bytes.Join([][]byte{raw[:at], []byte(strings.Repeat(spices[r.IntN(len(spices))], 1+r.IntN(50))), raw[at:]}, nil)
	case 5: // other line ends
		from, to := "\r\n", "\n"
		if r.IntN(2) == 0 {
			from, to = "\n", "\r\r\n"
		}
		return bytes.ReplaceAll(raw, []byte(from), []byte(to))
	case 6: // the tail of another mail
		other := seeds[r.IntN(len(seeds))]
		other = other[:min(len(other), 64<<10)]
		return append(raw[:at:at], other[r.IntN(len(other)+1):]...)
	case 7: // turned to noise
		for i := range raw[at : at+n] {
			raw[at+i] ^= byte(r.IntN(256))
		}
	default: // two places exchanged
		to := r.IntN(len(raw))
		raw[at], raw[to] = raw[to], raw[at]
	}
	return raw
}

// Shapes that once, or elsewhere, cost more than they are long.
func TestCostlyShapes(t *testing.T) {
	if raceEnabled {
		t.Skip("skipped: measures time")
	}
	size := 1 << 20
	if testing.Short() {
		size = 1 << 18
	}
	rep := func(s string) string { return strings.Repeat(s, size/len(s)) }
	head := "From: a@b.example\r\n"
	page := head + "Content-Type: text/html; charset=utf-8\r\n\r\n"
	plain := head + "Content-Type: text/plain; charset=utf-8\r\n\r\n"
	for name, raw := range map[string]string{
		"folded header": head + "Subject: x\r\n" + rep(" y\r\n") + "\r\nhi", "half words": head + "Subject: " + rep("=?a?x?") + "\r\n\r\nhi", "open words": head + "Subject: " + rep("=?a?Q?") + "\r\n\r\nhi",
		"quotes in a parameter": head + "Content-Type: text/plain; name=\"" + rep("\"") + "\r\n\r\nhi", "many parameters": head + "Content-Type: text/plain" + rep("; a=b") + "\r\n\r\nhi",
		"open addresses": head + "To: " + rep("<,") + "\r\n\r\nhi", "colons after an at": head + "To: " + rep("a") + "@" + rep(":") + "\r\n\r\nhi", "comments": head + "To: " + rep("(") + "a@b.example\r\n\r\nhi",
		"blanks in an address": head + "To: a@b" + rep(" .") + "\r\n\r\nhi", "line ends of a Macintosh": "From: a@b.example\r" + rep("X: y\r") + "\rhi", "references": head + "References: " + rep("<a@b> ") + "\r\n\r\nhi",
		"padding": head + "Content-Transfer-Encoding: base64\r\n\r\n" + rep("QQ==") + "!", "single padding": head + "Content-Transfer-Encoding: base64\r\n\r\n" + rep("A=") + rep("="), "soft breaks": head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + rep("=\r\n"),
		"blank escapes": head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + rep("= ") + "x=Z", "parts": head + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + rep("--x\r\n\r\n"), "nested parts": head + nested(3000),
		"uuencode": plain + rep("begin 644 a\n#0V%T\n"), "calendar": head + "Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n" + rep(" \r\n"), "boundary": head + "Content-Type: multipart/mixed; boundary=\"" + strings.Repeat("x", 1000) + "\"\r\n\r\n" + rep("--"+strings.Repeat("x", 999)+"\n"),
		"open tags": page + rep("<div>"), "open formats": page + rep("<b><i><u>"), "misnested": page + rep("<a><b></a>"), "open tables": page + rep("<table><tr><td>"), "words in tables": page + rep("<table>x"), "quotes in quotes": page + rep("<blockquote>x"),
		"closed quotes": page + rep("<blockquote>x</blockquote>y"), "cited": page + rep("<blockquote type=cite>x</blockquote>On Monday, a@b.example wrote:<br>"), "attributes": page + "<p " + rep("a=b ") + ">", "same attributes": page + "<p " + manyAttributes() + ">", "references in a page": page + rep("&amp;"),
		"open comments": page + rep("<!--"), "entities": page + rep("&#x"), "styles": page + "<p style=\"" + rep("color:red;") + "\">", "one word": page + rep("x"), "lists": page + rep("<ul><li>"), "spans": page + rep("<span>x</span>"),
		"quoted lines": plain + rep("> x\n"), "nested marks": plain + rep(">"), "announcements": plain + rep("On Mon, Jan 1, 2024 at 10:00, A <a@b.example> wrote:\n"), "nearly announced": plain + rep("On Monday:\n"), "header blocks": plain + rep("From: a@b.example\nTo: b\nDate: c\n"), "dashes": plain + rep("--\n"), "empty lines": plain + rep("\n"),
		"no end of line": plain + rep("word "), "colons": plain + rep("a:\n"), "utf-7": head + "Content-Type: text/plain; charset=utf-7\r\n\r\n" + rep("+AAA"), "escapes of Japan": plain + rep("\x1b$B0l\x1b(B"), "flowed": head + "Content-Type: text/plain; format=flowed\r\n\r\n" + rep("x \r\n"), "enriched": head + "Content-Type: text/enriched\r\n\r\n" + rep("<param>"),
		"reports": head + "Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n" + rep("Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n\r\n"), "addresses in a notice": "From: MAILER-DAEMON@b.example\r\nSubject: failure\r\n\r\n" + rep("<a@b.example>: "),
	} {
		start := time.Now()
		took, grew := measured(func() { mustRead(t, []byte(raw)) })
		if time.Since(start) > time.Minute {
			t.Fatalf("%s: took %s", name, time.Since(start))
		}
		if took > longest {
			took, _ = measured(func() { mustRead(t, []byte(raw)) })
		}
		if took > longest {
			t.Errorf("%s: took %s, want at most %s", name, took, longest)
		}
		for again := 0; again < 3 && grew > 3*int64(len(raw))+headroom; again++ { // what the collector had not come to yet is not ours
			runtime.GC()
			grew = min(grew, peak(func() { mustRead(t, []byte(raw)) }))
		}
		if grew > 3*int64(len(raw))+headroom {
			t.Errorf("%s: took %d bytes of memory for %d, want at most 3 times its size and 16 MiB", name, grew, len(raw))
		}
	}
}

func nested(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	return b.String() + "\r\nhi"
}

func manyAttributes() string {
	var b strings.Builder
	for i := range 50000 {
		fmt.Fprintf(&b, "a%d=b ", i)
	}
	return b.String()
}

// UP-E14: a mail of thousands of announcements with marked lines between them and own words at the end costs no more
// than its lines. Not in parallel: the core's time is that of all that runs.
func TestManyAnnouncements(t *testing.T) {
	if raceEnabled {
		t.Skip("skipped: the race detector slows it ten times")
	}
	for _, said := range []string{"On 1/1/2024 10:00 a <a@b.example> wrote:\n>\n", "2016-03-03 17:21 GMT+01:00 A <a@b.example>\n> x\n"} {
		text := "hello\n" + strings.Repeat(said, 9900) + "own words here."
		took := time.Hour
		for range 3 { // other work on the machine may stand in the way
			began := coreTime()
			got := splitText(text, false)
			took = min(took, coreTime()-began)
			if !strings.Contains(got.own, "own words here.") {
				t.Errorf("got own words of %d bytes without the last, want them kept", len(got.own))
			}
		}
		if took > longest {
			t.Errorf("%.40q: took %s of the core, want at most %s", said, took, longest)
		}
	}
}
