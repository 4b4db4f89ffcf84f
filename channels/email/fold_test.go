package email

import (
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// Lines of three kinds and no others: nothing is lost, nothing is doubled.
func lossless(t *testing.T, s string) {
	t.Helper()
	c := splitText(s, false)
	words := func(s string) map[string]int {
		m := map[string]int{}
		for _, w := range strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")) {
			m[w]++
		}
		return m
	}
	want, got := words(s), words(c.own+"\n"+c.quoted+"\n"+c.signature)
	for w, n := range want {
		if got[w] != n {
			t.Fatalf("%q: got it %d times, want %d; cut %+v", w, got[w], n, c)
		}
	}
}

func FuzzSplitText(f *testing.F) {
	for _, s := range []string{
		"yes\n\nOn Mon, Sep 21, 2026 at 9:30 AM Help <h@x.example> wrote:\n> hi\n> there", "好的\n\n------------------ 原始邮件 ------------------\n发件人: a\n", "a\n-- \nb",
		"> q\nanswer\n> r\nanswer", "Von: a\nGesendet: 1\nAn: b\nBetreff: c\n\nx", "x\n\nSent from my iPhone", "Best regards,\nJohn", "| |\na\n|\n|\n", ">\n>\n>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, '\r') {
			return // a lone CR is a line end here and a blank to the counter
		}
		lossless(t, s)
	})
}

func FuzzSplitHTML(f *testing.F) {
	f.Add("<p>yes</p><div class=gmail_quote>On 1.1.2026 10:00 a@b.example wrote:<blockquote>x</blockquote></div>")
	f.Add("<div>a</div><hr><div id=divRplyFwdMsg><b>From:</b> a</div>")
	f.Add("<blockquote type=cite>a</blockquote>b<blockquote type=cite>c</blockquote>d")
	f.Add("<p>a</p><p>发件人：a@b</p><p>主题：x</p><p>时间：y</p>")
	f.Fuzz(func(t *testing.T, markup string) {
		root := parseHTML(markup)
		if root == nil {
			return
		}
		letters := func(s string) int { return len(strings.Join(strings.Fields(s), "")) }
		want := letters(wordsOf(root))
		s := splitHTML(root)
		if got := letters(wordsOf(s.own)) + letters(wordsOf(s.quoted)) + letters(wordsOf(s.signature)); got != want {
			t.Fatalf("got %d letters, want %d: %q", got, want, markup)
		}
	})
}

func FuzzNotice(f *testing.F) {
	for _, h := range hosts {
		f.Add([]byte(h.raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw, Options{Own: []string{"help@firm.example"}})
		if err != nil {
			return
		}
		for _, b := range m.Bounces {
			if b.Failed() && (len(b.Status) < 5 || b.Status[0] != '4' && b.Status[0] != '5') {
				t.Fatalf("a failure without a code: %+v", b)
			}
			if b.Permanent && b.Action != "failed" || len(b.Diagnostic) > 600 {
				t.Fatalf("got %+v", b)
			}
		}
	})
}

// What wants to keep the folder busy does not: one long line, endless marks, announcements without end, quotes in and
// beside each other.
func TestFoldingIsBounded(t *testing.T) {
	t.Parallel()
	const big = 8 << 20
	for name, s := range map[string]string{
		"one line":          strings.Repeat("word ", big/5),
		"one word":          strings.Repeat("x", big),
		"colons":            strings.Repeat("On 2026-01-01 10:00 a@b.example wrote\n", big/40),
		"headers":           strings.Repeat("From: a@b.example\n", big/18),
		"marks":             strings.Repeat("> quoted\nanswer\n", big/16),
		"depth of marks":    strings.Repeat(">", big),
		"rulers":            strings.Repeat("------\n", big/7),
		"farewells":         strings.Repeat("Best regards,\nJ\n", big/16),
		"spaces and colons": strings.Repeat(" \u00a0:", big/4),
	} {
		start := time.Now()
		splitText(s, false)
		if d := time.Since(start); d > slow {
			t.Errorf("%s: got %s, want less than %s", name, d, slow)
		}
	}
	for name, s := range map[string]string{
		"quotes beside each other": strings.Repeat("<blockquote>a</blockquote>b", 60_000),
		"empty quotes":             strings.Repeat("<blockquote></blockquote>", 70_000),
		"quotes in each other":     strings.Repeat("<blockquote>", 300) + "a",
		"cited":                    "<p>a</p>" + strings.Repeat("<blockquote type=cite>b</blockquote>", 50_000),
		"lines":                    strings.Repeat("On 2026-01-01 10:00, a@b.example wrote:<br>", 40_000),
		"classes":                  "<div class='" + strings.Repeat("ydp1 ", 300_000) + "'>a</div>",
		"one line":                 "<p>" + strings.Repeat("word ", 400_000) + "</p>",
	} {
		root := parseHTML(s)
		start := time.Now()
		splitHTML(root)
		if d := time.Since(start); d > slow {
			t.Errorf("%s: got %s, want less than %s", name, d, slow)
		}
	}
	for name, s := range map[string]string{
		"addresses":  strings.Repeat("<a@b.example>: 550 no such user\n", big/32),
		"one line":   strings.Repeat("550 a@b.example ", big/16),
		"recipients": "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n" + strings.Repeat("Final-Recipient: rfc822; c@d.example\n\n", big/40),
		"returned":   strings.Repeat("Received: from a\nFrom b\n", big/24),
	} {
		raw := []byte("From: MAILER-DAEMON@mx.example\r\nReturn-Path: <>\r\nSubject: Undelivered Mail\r\n\r\n" + s)
		start := time.Now()
		m, err := Parse(raw, Options{})
		if d := time.Since(start); err != nil || d > slow {
			t.Errorf("%s: got %v after %s, want less than %s", name, err, d, slow)
		}
		if len(m.Bounces) > maxBounces {
			t.Errorf("%s: got %d recipients, want at most %d", name, len(m.Bounces), maxBounces)
		}
	}
}

// slow is generous: what is bounded takes under a second of a core, what is not takes hours. The machine that tests may
// be busy, and the race detector takes ten times as long.
var slow = map[bool]time.Duration{false: 8 * time.Second, true: 2 * time.Minute}[raceEnabled]

// Who answers below a quote in Gmail writes inside the box of the quote: those words are theirs (UP-E18).
func TestAnswersInsideTheBox(t *testing.T) {
	t.Parallel()
	const (
		said = `<div class="gmail_attr">On Mon, Sep 21, 2026 at 9:30 AM Help &lt;help@firm.example&gt; wrote:<br></div>`
		old  = `<blockquote class="gmail_quote" style="border-left:1px solid"><div>Their first words.</div></blockquote>`
		more = `<blockquote class="gmail_quote" style="border-left:1px solid"><div>Their second words.</div></blockquote>`
	)
	for name, c := range map[string]struct{ page, own, quoted string }{
		"below":       {`<div class="gmail_quote">` + said + old + `<div>My own words.</div></div>`, "My own words.", "Their first words."},
		"bare text":   {`<div class="gmail_extra"><br><div class="gmail_quote">` + said + old + `My own words.</div></div>`, "My own words.", "Their first words."},
		"above":       {`<div>My own words.</div><div class="gmail_quote">` + said + old + `</div>`, "My own words.", "Their first words."},
		"a signature": {`<div>My own words.</div><div class="gmail_quote">` + said + old + `<br><div class="gmail_signature">Li Lei</div></div>`, "My own words.", "Their first words."},
		"nested":      {`<div>My own words.</div><div class="gmail_quote">` + said + `<blockquote class="gmail_quote"><div>Their first words.</div><div class="gmail_quote">` + said + more + `<div>Between.</div></div></blockquote></div>`, "My own words.", "Between."},
	} {
		b := parse(t, "From: a@customer.example\nContent-Type: text/html; charset=utf-8\n\n<html><body>"+c.page+"</body></html>", Options{}).Message.Body
		if b.Text != c.own || !strings.Contains(b.QuotedText, c.quoted) {
			t.Errorf("%s: got own %q, quoted %q", name, b.Text, b.QuotedText)
		}
	}
	b := parse(t, "From: a@customer.example\nContent-Type: text/html; charset=utf-8\n\n"+`<div class="gmail_quote">`+said+old+`<div>Yes.</div>`+more+`<div>No.</div></div>`, Options{}).Message.Body
	if !strings.Contains(b.Text, "Yes.") || !strings.Contains(b.Text, "No.") {
		t.Errorf("answers between quotes: got own %q, want both", b.Text)
	}
}

// UP-E18: programs whose words stand in a suite nobody here wrote are covered there; these are rules that must hold.
func TestForwardsAreRead(t *testing.T) {
	t.Parallel()
	const raw = "From: li@customer.example\nSubject: %\n\n-----Original Message-----\nFrom: shop@elsewhere.example\nSent: Monday\nSubject: Bill\n\nPlease pay."
	for subject, want := range map[string]bool{"Fwd: Bill": true, "转发：账单": true, "Re: Bill": false} {
		m := parse(t, "From: li@customer.example\nSubject: "+subject+"\n\nLook at this.\n\n"+raw[strings.Index(raw, "-----"):], Options{})
		if got := strings.Contains(m.Message.Body.Text, "Please pay"); got != want {
			t.Errorf("%s: got it shown: %v, want %v; %+v", subject, got, want, m.Message.Body)
		}
	}
	only := parse(t, "From: li@customer.example\nSubject: hi\n\n-----Original Message-----\nFrom: a@x.example\nSubject: b\nTo: c\n\nall there is", Options{})
	if !strings.Contains(only.Message.Body.Text, "all there is") {
		t.Errorf("nothing but another mail: got %+v, want it shown", only.Message.Body)
	}
	if only.Message.Auto != desk.ByHuman {
		t.Errorf("got %q, want a person's", only.Message.Auto)
	}
}
