package email

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Each parser alone, so that a fuzzer reaches its corners without first finding its way through a whole mail. FuzzParse
// reads whole mails.

func clear_(t *testing.T, what, s string) {
	t.Helper()
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		t.Errorf("%s: not clean text: %q", what, s)
	}
}

func FuzzRead(f *testing.F) {
	for _, raw := range tenKilobytes() {
		f.Add(raw[:min(len(raw), 2000)])
	}
	f.Add([]byte("no header at all"))
	f.Add([]byte("From: MAILER-DAEMON (Mail Delivery System)\nDate: Fri, 21 Nov 1997 09(comment):   55  :  06 -0600\n\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := Read(raw)
		if len(r.Warnings) > 0 && r.Warnings[0] == "parser_stopped" {
			t.Fatal("the parser stopped")
		}
		for _, s := range []string{r.Subject, r.From.Name, r.From.Address, r.Text, r.HTML, r.ReplyText, r.QuotedText, r.Signature, r.MessageID} {
			clear_(t, "reading", s)
		}
		if r.To == nil || r.References == nil || r.Attachments == nil || r.Bounce == nil || r.Warnings == nil {
			t.Error("a list is null")
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte("Subject: =?gb2312?B?xPq6w6Os?= =?utf-8?Q?=E9?=\r\r\n\tmore\r\n\r\nbody"), "gbk")
	f.Add([]byte("A: b\rC: d\r\rbody"), "")
	f.Fuzz(func(t *testing.T, raw []byte, hint string) {
		h, _ := splitHeader(raw)
		for _, one := range h {
			clear_(t, one.name, decodeText(one.value, hint))
			kind, params := mediaParams(one.value, hint)
			_ = kind
			for k, v := range params {
				clear_(t, k, v)
				clear_(t, k, fileName(v))
				if strings.ContainsAny(fileName(v), "/\\") {
					t.Errorf("file name with a folder: %q", fileName(v))
				}
			}
			for _, a := range addresses(one.value, hint) {
				clear_(t, "name", a.Name)
				clear_(t, "address", a.Address)
				if !strings.Contains(a.Address, "@") {
					t.Errorf("no address: %q of %q", a.Address, one.value)
				}
			}
			_ = ids(one.value)
			if d := dateOf(one.value); !d.IsZero() && (d.Year() < 1899 || d.Year() > 10000) {
				t.Errorf("date of %q: got %s", one.value, d)
			}
		}
	})
}

func FuzzCharset(f *testing.F) {
	for _, label := range []string{"", "gb2312", "big5", "iso-2022-jp", "shift_jis", "euc-kr", "utf-7", "utf-16", "hz-gb-2312", "windows-1252", "koi8-r", "x-nobody"} {
		f.Add(label, []byte("\xc4\xfa\xba\xc3 \x1b$B0l\x1b(B +AGE- \xff\xfe"))
	}
	f.Fuzz(func(t *testing.T, label string, b []byte) { clear_(t, label, decodeCharset(label, b)) })
}

func FuzzEncodings(f *testing.F) {
	f.Add([]byte("QUJD=\r\nREVG\r\n=="))
	f.Add([]byte("a=\r\n=20=Zb= \r\n"))
	f.Add([]byte("begin 644 x\n#0V%T\n`\nend\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, ok := strictBase64(b); ok && string(out) != string(looseBase64(b)) {
			t.Errorf("base64 of %q: the two ways differ", b)
		}
		if n := len(decodeQP(b)); n > len(b) {
			t.Errorf("quoted-printable: %d bytes became %d", len(b), n)
		}
		cutUU(string(b))
		clear_(t, "enriched", clean(enrichedText(string(b))))
		clear_(t, "unflowed", clean(unflow(string(b), true)))
	})
}

func FuzzWinmail(f *testing.F) {
	f.Add(winmailOf(t0{}, tnefFile{name: "合同.pdf", data: []byte("bytes")}))
	f.Add(winmailOf(t0{long: true}, tnefFile{name: "a.txt", data: []byte("bytes")}, tnefFile{name: "b.txt"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, _ := readTNEF(b)
		if len(w.files) > tnefMaxFiles {
			t.Errorf("files: got %d", len(w.files))
		}
		for _, one := range w.files {
			clear_(t, "name", one.name)
			if len(one.data) > len(b) {
				t.Errorf("file of %d bytes out of %d", len(one.data), len(b))
			}
		}
		clear_(t, "text", w.text)
	})
}

func FuzzCalendar(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:a\\, b\r\n c\r\nDTSTART;TZID=\"Asia/Shanghai\":20240101T100000\r\nEND:VEVENT")
	f.Fuzz(func(t *testing.T, s string) { clear_(t, "calendar", clean(calendarText(strings.ToValidUTF8(s, "")))) })
}

// What is written never opens a tag or leaves an attribute that is not on the list, whatever is read.
func FuzzSanitise(f *testing.F) {
	for _, s := range []string{`<p onclick=x style="color:red;background:url(x)">a</p>`, "<svg><style><img src=x onerror=y>", `<a href="java&#10;script:x">b</a>`, "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=x&gt;\">", "<table><tr><td>a<form><div></form>b", "<img src=cid:a><img src=http://x/y>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
		if bad := unsafe_(Sanitise(s)); bad != "" {
			t.Errorf("got %s out of %q", bad, s)
		}
		if q, ok := quickHTML(s); ok {
			if full := fullHTML(s); full != nil && textOf(q) != textOf(full) {
				t.Errorf("words of %q: quick %q, full %q", s, textOf(q), textOf(full))
			}
		}
	})
}
