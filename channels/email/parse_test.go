package email

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"yingda/desk"
)

func parse(t *testing.T, raw string, o Options) Mail {
	t.Helper()
	m, err := Parse([]byte(strings.ReplaceAll(raw, "\n", "\r\n")), o)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return m
}

func in(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// UP-E15: whatever the label says, the words come out.
func TestCharsets(t *testing.T) {
	t.Parallel()
	const zh, tw, jp = "您好，我的订单一直没有发货，请尽快处理。", "您好，我的訂單一直沒有出貨，請儘快處理。", "注文した商品がまだ届いていません。"
	gb, big5, iso := simplifiedchinese.GB18030, traditionalchinese.Big5, japanese.ISO2022JP
	tests := map[string]struct{ label, bytes, want string }{
		"gb2312 that is GBK":      {"gb2312", in(t, gb, zh+"喆镕"), zh + "喆镕"},
		"gb18030":                 {"GB18030", in(t, gb, zh+"㐀"), zh + "㐀"},
		"windows-936":             {"windows-936", in(t, gb, zh), zh},
		"big5":                    {"big5", in(t, big5, tw), tw},
		"iso-2022-jp":             {"iso-2022-jp", in(t, iso, jp), jp},
		"utf-8":                   {"utf-8", zh, zh},
		"utf-8 labelled gb2312":   {"gb2312", zh, zh},
		"GBK labelled utf-8":      {"utf-8", in(t, gb, zh), zh},
		"GBK without a label":     {"", in(t, gb, zh), zh},
		"Big5 without a label":    {"", in(t, big5, tw), tw},
		"GBK in unknown-8bit":     {"unknown-8bit", in(t, gb, zh), zh},
		"a charset nobody knows":  {"x-klingon-7", zh, zh},
		"Latin-1 without a label": {"", "Gr\xf6\xdfe: M\xfcller, caf\xe9", "Größe: Müller, café"},
		"utf-7":                   {"unicode-1-1-utf-7", "a+ZeVnLA-b", "a日本b"},
		"cut in a character":      {"utf-8", zh + "\xe6\x82", zh + "\ufffd"},
	}
	for name, tt := range tests {
		if got := decodeCharset(tt.label, []byte(tt.bytes)); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// UP-E15: subjects, senders and file names in every way they are written.
func TestHeadersAndNames(t *testing.T) {
	t.Parallel()
	gb := simplifiedchinese.GB18030
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	half := in(t, gb, "中文主题很长")
	subjects := map[string]string{
		"=?gb2312?B?" + b64(in(t, gb, "退款申请")) + "?=":                       "退款申请",
		"=?gbk?B?" + b64(half[:5]) + "?=\n =?gbk?B?" + b64(half[5:]) + "?=": "中文主题很长", // cut inside a character
		"=?UTF-8?Q?Re:_=E9=80=80=E6=AC=BE?= order =?utf-8?Q?=E5=8F=B7?=":    "Re: 退款 order 号",
		in(t, gb, "紧急：发票问题"):                                                "紧急：发票问题",
		"plain":                                                             "plain",
		"=?utf-8?B?" + b64("没有结尾"):                                          "没有结尾",
		"=?utf-8?X?what?=":                                                  "=?utf-8?X?what?=",
		"=?UTF-8?B?" + b64("第一") + "?=\n =?UTF-8?B?" + b64("第二") + "?= =?x?Q?y?= z": "第一第二y z",
	}
	for raw, want := range subjects {
		m := parse(t, "From: =?gb2312?B?"+b64(in(t, gb, "张三"))+"?= <zhang@customer.example>\nSubject: "+raw+"\n\nhi", Options{})
		if m.Message.Subject != want || m.FromName != "张三" {
			t.Errorf("subject %q: got %q from %q, want %q", raw, m.Message.Subject, m.FromName, want)
		}
	}
	names := map[string]string{
		`filename="=?GBK?B?` + b64(in(t, gb, "合同.pdf")) + `?="`:                    "合同.pdf",
		"filename*=gbk''%BA%CF%CD%AC.pdf":                                          "合同.pdf",
		"filename*=UTF-8''%E5%90%88%E5%90%8C.pdf; filename=\"x.pdf\"":              "合同.pdf",
		"filename*0*=utf-8''%E5%90%88;\n filename*1*=%E5%90%8C;\n filename*2=.pdf": "合同.pdf",
		`filename="` + in(t, gb, "合同.pdf") + `"`:                                   "合同.pdf",
		`filename=an unquoted name.pdf`:                                            "an unquoted name.pdf",
		`filename="../../etc/passwd"`:                                              "passwd",
		`filename="C:\windows\evil.exe"`:                                           "evil.exe",
		"filename=\"exe\u202efdp.scr\"":                                            "exefdp.scr",
		`filename="a \"quoted\" name.txt"`:                                         `a "quoted" name.txt`,
		"filename=\"=?UTF-8?B?" + b64("很长的文件名分成") + "?=\n =?UTF-8?B?" + b64("两段.docx") + "?=\"; size=10; name=no": "很长的文件名分成两段.docx",
	}
	for raw, want := range names {
		m := parse(t, "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n--x\nContent-Type: application/pdf\nContent-Disposition: attachment; "+raw+"\n\nbytes\n--x--\n", Options{})
		if len(m.Message.Attachments) != 1 || m.Message.Attachments[0].Name != want {
			t.Errorf("name %q: got %+v, want %q", raw, m.Message.Attachments, want)
		}
	}
}

// Broken mails are read all the same.
func TestBrokenMail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, subject, text string }{
		"three line ends":      {"From: a@b.example\r\r\nSubject: hi\r\r\n\r\r\nwords\r\n", "hi", "words"},
		"junk line":            {"From: a@b.example\r\nthis is junk\r\nSubject: hi\r\n\r\nwords", "hi", "words"},
		"mbox line":            {"From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.example\nSubject: hi\n\nwords", "hi", "words"},
		"no blank line":        {"From: a@b.example\nSubject: hi\nwords start at once\nand go on", "hi", "words start at once\nand go on"},
		"bare CR":              {"From: a@b.example\rSubject: hi\r\rwords", "hi", "words"},
		"no end boundary":      {"Subject: hi\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nwords\n", "hi", "words"},
		"wrong boundary":       {"Subject: hi\nContent-Type: multipart/mixed; boundary=nope\n\n--real\nContent-Type: text/plain\n\nwords\n--real--\n", "hi", "words"},
		"no boundary":          {"Subject: hi\nContent-Type: multipart/mixed\n\nwords\n", "hi", "words"},
		"bad base64":           {"Subject: hi\nContent-Transfer-Encoding: base64\n\nd29y!!ZHM=\n", "hi", "words"},
		"bad quoted-printable": {"Subject: hi\nContent-Transfer-Encoding: quoted-printable\n\nw=6Frds =ZZ\n", "hi", "words =ZZ"},
		"unknown encoding":     {"Subject: hi\nContent-Transfer-Encoding: rot13\n\nwords\n", "hi", "words"},
		"NUL":                  {"Subject: h\x00i\n\nwo\x00rds\n", "hi", "words"},
		"no type":              {"Subject: hi\nContent-Type: text\n\nwords", "hi", "words"},
	}
	for name, tt := range tests {
		m, err := Parse([]byte(tt.raw), Options{})
		if err != nil || m.Message.Subject != tt.subject || m.Message.Body.Text != tt.text {
			t.Errorf("%s: got %q %q (%v), want %q %q", name, m.Message.Subject, m.Message.Body.Text, err, tt.subject, tt.text)
		}
	}
	if _, err := Parse([]byte("\r\n\r\n"), Options{}); err == nil {
		t.Error("nothing at all: got no error")
	}
}

// UP-E5: ids that are none join nothing, and we are never the customer.
func TestStrangersStayApart(t *testing.T) {
	t.Parallel()
	own := Options{Own: []string{"Support@firm.example"}}
	for _, h := range []string{"", "In-Reply-To: <>\nReferences: <> < >\n", "In-Reply-To: \nMessage-ID: <>\n"} {
		m := parse(t, "From: a@b.example\nSubject: help\n"+h+"\nhi", own)
		if len(m.Thread) != 0 || m.Message.RFCMessageID != "" || !strings.HasPrefix(m.External, "sha256:") {
			t.Errorf("%q: got thread %q, id %q, external %q; want none and the hash", h, m.Thread, m.Message.RFCMessageID, m.External)
		}
	}
	m := parse(t, "From: Web form <support+form@firm.example>\nReply-To: li@customer.example\nSubject: hi\n\nhi", own)
	if m.From.Value != "li@customer.example" {
		t.Errorf("web form: got customer %q, want who is in Reply-To", m.From.Value)
	}
	// UP-E6: any one of the headers names the conversation, In-Reply-To first, References from the last.
	m = parse(t, "From: a@b.example\nIn-Reply-To: Your message of Monday <three@x>\nReferences: <one@x>\n\t<two@x> <three@x>\n\nhi", own)
	if got := strings.Join(m.Thread, " "); got != "three@x two@x one@x" {
		t.Errorf("thread: got %q", got)
	}
}

// UP-E7: machines are known by any of their marks; people are not taken for machines.
func TestAutomaticMail(t *testing.T) {
	t.Parallel()
	tests := map[string]desk.Auto{
		"Subject: 自动回复: 您的邮件\n":                              desk.AutoReply,
		"Subject: Automatic reply: order\n":                  desk.AutoReply,
		"Subject: hi\nAuto-Submitted: auto-replied\n":        desk.AutoReply,
		"Subject: hi\nX-Autoreply: yes\n":                    desk.AutoReply,
		"Subject: hi\nPrecedence: auto_reply\n":              desk.AutoReply,
		"Subject: hi\nAuto-Submitted: auto-generated\n":      desk.Report,
		"Subject: hi\nPrecedence: bulk\n":                    desk.List,
		"Subject: hi\nList-Id: <news.shop.example>\n":        desk.List,
		"Subject: 系统退信\nReturn-Path: <>\n":                   desk.Report, // it names neither a mail nor a recipient of ours
		"Subject: Undelivered Mail\nReturn-Path: <>\n":       desk.Report,
		"Subject: hi\nX-Failed-Recipients: x@y.example\n":    desk.Bounce,
		"Subject: hi\nAuto-Submitted: no\n":                  desk.ByHuman,
		"Subject: Why was my delivery rejected?\n":           desk.ByHuman,
		"Subject: hi\nList-Id: <support.firm.example>\n":     desk.ByHuman, // our own address is a group
		"Subject: hi\nX-Auto-Response-Suppress: OOF\n":       desk.ByHuman, // Outlook writes it on people's mail too
		"Subject: 关于自动回复功能的问题\n":                             desk.ByHuman,
		"Subject: Re: Automatic reply: hi\nIn-Reply-To: <x>": desk.AutoReply,
	}
	for h, want := range tests {
		m := parse(t, "From: a@customer.example\n"+strings.TrimSuffix(h, "\n")+"\n\nwords", Options{Own: []string{"support@firm.example"}})
		if m.Message.Auto != want {
			t.Errorf("%q: got %q, want %q", h, m.Message.Auto, want)
		}
	}
}

// UP-E7: what asks for no acknowledgement, and what we or a machine sent, gets none; a person's mail does.
func TestWhoIsNotGreeted(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"From: li@customer.example\n":                                       false,
		"From: li@customer.example\nX-Auto-Response-Suppress: OOF\n":        false,
		"From: li@customer.example\nX-Auto-Response-Suppress: DR, All\n":    true,
		"From: li@customer.example\nX-Loop: li\n":                           true,
		"From: li@customer.example\nMessage-ID: <1@firm.example>\n":         true,
		"From: boss@firm.example\nMessage-ID: <1@firm.example>\n":           false, // a colleague
		"From: help@firm.example\nReply-To: li@customer.example\n":          true,  // our own web form: the answer would come to us
		"From: Sales <Sales+web@firm.example>\n":                            true,  // an alias of ours
		"From: post-master@mx.example\n":                                    true,
		"From: MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@x.example": true,
		"From: mta@mx.example\n":                                            true,
		"From: mtaylor@customer.example\n":                                  false,
	}
	for h, want := range tests {
		m := parse(t, strings.TrimSuffix(h, "\n")+"\nSubject: hi\n\nwords", Options{Own: []string{"help@firm.example", "sales@firm.example"}})
		if m.Message.Auto != desk.ByHuman || m.NoGreeting != want {
			t.Errorf("%q: got auto %q and no greeting %v, want a person's and %v", h, m.Message.Auto, m.NoGreeting, want)
		}
	}
}

func TestBounceNamesTheMail(t *testing.T) {
	t.Parallel()
	m := parse(t, `From: Mail Delivery System <mailer-daemon@mx.example>
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

sorry
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; Gone@Customer.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

Final-Recipient: rfc822; busy@customer.example
Action: delayed
Status: 4.4.1
--b
Content-Type: message/rfc822

Message-ID: <ours@firm.example>
Subject: hi

hi
--b--
`, Options{})
	if len(m.Bounces) != 2 || m.Message.Auto != desk.Bounce {
		t.Fatalf("got %q %+v, want two bounces", m.Message.Auto, m.Bounces)
	}
	want := desk.BounceOf{RFCMessageID: "ours@firm.example", Recipient: "gone@customer.example", Status: "5.1.1", Action: "failed", Permanent: true, Diagnostic: "smtp; 550 5.1.1 no such user"}
	if m.Bounces[0] != want || m.Bounces[1].Permanent || m.Thread[0] != "ours@firm.example" {
		t.Errorf("got %+v, thread %q, want first %+v", m.Bounces, m.Thread, want)
	}
}

// UP-E18: pictures show by reference whatever their disposition; quotes are folded, never lost.
func TestInlinePicturesAndQuotes(t *testing.T) {
	t.Parallel()
	m := parse(t, `From: a@b.example
Content-Type: multipart/related; boundary=r

--r
Content-Type: text/html; charset=utf-8

<p>See <img src="cid:one@x"> and <img src="https://track.example/p.gif" onload="x()"><script>alert(1)</script></p>
<a href="javascript:alert(1)">bad</a> <a href="https://firm.example/a">good</a>
<div id="divRplyFwdMsg"><b>发件人:</b> Support<br><b>主题:</b> hi</div><div>the old words</div>
--r
Content-Type: image/png; name=one.png
Content-ID: <one@x>

png
--r
Content-Type: image/png
Content-Disposition: inline; filename=two.png
Content-ID: <two@x>

png2
--r--
`, Options{})
	b, a := m.Message.Body, m.Message.Attachments
	if len(a) != 2 || !a[0].Inline || a[1].Inline {
		t.Errorf("files: got %+v, want the first inline", a)
	}
	for _, bad := range []string{"script", "onload", "javascript", ` src="https://track`} {
		if strings.Contains(b.HTML, bad) {
			t.Errorf("html: got %q in %s", bad, b.HTML)
		}
	}
	for _, good := range []string{`src="cid:one@x"`, `data-remote-src="https://track.example/p.gif"`, `href="https://firm.example/a"`, "noopener"} {
		if !strings.Contains(b.HTML, good) {
			t.Errorf("html: got no %q in %s", good, b.HTML)
		}
	}
	if strings.Contains(b.Text, "old words") || !strings.Contains(b.QuotedText, "the old words") || !strings.Contains(b.QuotedHTML, "the old words") {
		t.Errorf("quote: got %q / %q", b.Text, b.QuotedText)
	}
}

// Clients people write from, in their own markup: own words are told from quoted ones.
func TestQuotesOfClients(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"QQ":          `<div>新的内容</div><div><includetail><div style="font-size:12px">------------------ 原始邮件 ------------------</div><div>发件人: "客服";</div><div>旧的内容</div></includetail></div>`,
		"163":         `<div>新的内容</div><div id="isReplyContent">在 2026-01-01 10:00:00，"客服" 写道：<blockquote>旧的内容</blockquote></div>`,
		"master":      `<div>新的内容</div><div class="ntes-mailmaster-quote"><div>---- 回复的原邮件 ----</div><div>旧的内容</div></div>`,
		"Outlook":     `<div class="WordSection1"><p>新的内容</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p><b>发件人:</b> 客服<br><b>发送时间:</b> 2026年1月1日<br><b>收件人:</b> 李雷<br><b>主题:</b> 你好</p></div></div><p>旧的内容</p></div>`,
		"Gmail":       `<div dir="ltr">新的内容</div><br><div class="gmail_quote"><div class="gmail_attr">客服 &lt;support@firm.example&gt; 于2026年1月1日周四 10:00写道：<br></div><blockquote class="gmail_quote">旧的内容</blockquote></div>`,
		"Apple":       `<div>新的内容</div><div><blockquote type="cite"><div>2026年1月1日 10:00，客服 &lt;support@firm.example&gt; 写道：</div><div>旧的内容</div></blockquote></div>`,
		"Thunderbird": `<p>新的内容</p><div class="moz-cite-prefix">在 2026/1/1 10:00, 客服 写道:<br></div><blockquote type="cite" cite="mid:x"><p>旧的内容</p></blockquote>`,
		"Lark":        `<div>新的内容</div><div class="lark-mail-quote"><div>发件人：客服</div>旧的内容</div>`,
		"Foxmail":     `<div>新的内容</div><div><span></span></div><hr><div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div>发件人： <a href="mailto:support@firm.example">客服</a></div><div>发送时间： 2026-01-01 10:00</div><div>收件人： 李雷</div><div>主题： 你好</div></div></div><div>旧的内容</div>`,
		"text on":     "新的内容\n\nOn Thu, Jan 1, 2026 at 10:00 AM Support <support@firm.example> wrote:\n\n> 旧的内容\n",
		"text wraps":  "新的内容\n\nOn Thu, Jan 1, 2026 at 10:00 AM Support Team\n<support@firm.example> wrote:\n> 旧的内容\n",
		"text 写道":     "新的内容\n\n在 2026-01-01 10:00:00，\"客服\" <support@firm.example> 写道：\n\n旧的内容\n",
		"text 原始邮件":   "新的内容\n\n------------------ 原始邮件 ------------------\n发件人: \"客服\"\n旧的内容\n",
		"text block":  "新的内容\n\n发件人：客服\n发送时间：2026年1月1日\n收件人：李雷\n主题：你好\n\n旧的内容\n",
	}
	for name, raw := range tests {
		kind := "text/html"
		if strings.HasPrefix(name, "text") {
			kind = "text/plain"
		}
		b := parse(t, "From: a@b.example\nContent-Type: "+kind+"; charset=utf-8\n\n"+raw, Options{}).Message.Body
		if strings.TrimSpace(b.Text) != "新的内容" || !strings.Contains(b.QuotedText, "旧的内容") {
			t.Errorf("%s: got %q quoting %q", name, b.Text, b.QuotedText)
		}
	}
	for _, whole := range []string{
		"On second thought I wrote: nothing.\nPlease call me.", "发件人是谁？\n请回电", "From: is a word\nI like", "1 > 0 is true\nso there",
		"Service  Expires\n----------------\nDomain   June\nMail     July", "> blue or red?\nblue\n\n> when?\ntomorrow",
	} {
		if got := parse(t, "From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\n"+whole, Options{}).Message.Body; got.Text != whole {
			t.Errorf("cut without a quote: got %q, want %q", got.Text, whole)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"我的订单 order 1042 还没到": "zh", "Where is my order?": "en", "Wo ist meine Bestellung": "", "注文はどこですか": "", "12345": ""} {
		if got := Language(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	raw := "From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nhi\n"
	for i := range 60 {
		raw += fmt.Sprintf("--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=%d.pdf\n\n%s\n", i, strings.Repeat("a", i*10))
	}
	m := parse(t, raw+"--x--\n", Options{Limits: Limits{Attachment: 100, Files: 20}})
	if n := len(m.Message.Attachments); n != 20 {
		t.Errorf("files: got %d, want 20", n)
	}
	for _, a := range m.Message.Attachments {
		if (a.Blob == "") != (a.Size > 100) {
			t.Errorf("%s of %d bytes: got blob %q", a.Name, a.Size, a.Blob)
		}
	}
	deep := "From: a@b.example\n"
	for i := range 200 {
		deep += fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	parse(t, deep+"\nhi", Options{})
	parse(t, "From: a@b.example\nContent-Type: text/html\n\n"+strings.Repeat("<div><blockquote>", 50000)+"hi", Options{})
}

// UP-E1: a parser that takes too long is left behind, and the mail is quarantined.
func TestSlowParseIsQuarantined(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRecord()
		taker := NewTaker(desk.Inbox{ID: "i"}, Settings{Poll: 60}, Deps{Intake: r, Blobs: r, Quarantine: r, Now: time.Now})
		taker.read = func(raw []byte, o Options) (Mail, error) {
			time.Sleep(time.Hour) // false time: a parser that is busy for an hour
			return Parse(raw, o)
		}
		start := time.Now()
		if err := taker.take(t.Context(), letter(1), &Unreadable{Mailbox: "INBOX", Validity: 1, UID: 1}, false); err != nil {
			t.Fatal(err)
		}
		u := r.quarantine["INBOX 1 1"]
		if len(r.got) != 0 || u.Subject != "mail 1" || u.Raw == "" || time.Since(start) > time.Minute {
			t.Errorf("got %d messages and %+v after %s, want the mail in quarantine", len(r.got), u, time.Since(start))
		}
		time.Sleep(2 * time.Hour)
	})
}

func FuzzParse(f *testing.F) {
	golden, _ := filepath.Glob("testdata/golden/*.eml")
	for _, g := range golden {
		if b, err := os.ReadFile(g); err == nil {
			f.Add(b)
		}
	}
	f.Add(letter(1))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=\"\"\n\n----\n\n"))
	f.Add([]byte("Subject: =?gb2312?B?xPq6w6Os?= =?utf-8?Q?=E9?=\nContent-Disposition: x; a*0*=y'z'%; b=\"\\\n\nbegin 644 x\n#0V%T\n`\nend"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Parse(raw, Options{Own: []string{"support@firm.example"}, Tokens: NewTokens([]byte("k"))})
		if err != nil && strings.Contains(err.Error(), "panic") {
			t.Fatal(err)
		}
		for _, s := range []string{m.Message.Subject, m.Message.Body.Text, m.Message.Body.HTML, m.Message.Body.QuotedText, m.FromName, m.From.Value} {
			if strings.ToValidUTF8(s, "") != s || strings.ContainsRune(s, 0) {
				t.Errorf("not clean text: %q", s)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	plain := append(letter(1), []byte(strings.Repeat("I ordered three weeks ago and nothing came, please tell me where it is.\r\n", 140))...)
	rich := []byte("From: a@b.example\r\nSubject: =?utf-8?B?6YCA5qy+?=\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		strings.Repeat("您好，我的订单一直没有发货。\r\n", 60) + "--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
		strings.Repeat("<p style=\"color:red\">您好，我的订单<b>一直</b>没有发货。</p>\r\n", 90) + "--x--\r\n")
	for name, raw := range map[string][]byte{"plain10k": plain, "html10k": rich} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(raw, Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
		})
	}
}
