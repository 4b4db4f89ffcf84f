package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message"
	"github.com/emersion/go-smtp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yingda/desk"
	"yingda/internal/testkit"
	"yingda/webui"
)

// What the two say to each other, and what they enclose.
const (
	askedSubject = "发票抬头有误，请更正——订单甲二〇九"
	askedText    = "您好，附件是盖章的合同，截图里抬头写错了。龘字也要显示对。"
	contractName = "采购合同（盖章版）第1稿.pdf"
	answeredText = "李雷您好：抬头已经改好，更正后的发票见附件。祝好！"
	invoiceName  = "更正后的电子发票 2026年11月.pdf"
)

// A mail goes from one mailbox of a real Dovecot to the console and its answer into another, by IMAP and SMTP, with
// Chinese words, names and files: what arrives at either end is what was written at the other (UP-E1, UP-E6, UP-E16).
func TestChineseBetweenDovecotAndConsole(t *testing.T) {
	t.Parallel()
	server := testkit.Dovecot(t, testkit.DovecotOptions{Users: map[string]string{"help": "secret", "li": "secret"}})
	next := deliversTo(t, server.Addr, "li")
	c := openHouse(t, throughDovecot(server.Addr, next))
	ann := c.SignsIn("ann")
	contract, picture, invoice := anyBytes(200_000, 3), pngOf(9_000), anyBytes(130_001, 7)
	server.Deliver(t, "help", chineseMail(t, contract, picture))

	conv := ann.Accepts(ann.IsOffered("email"))
	asked := ann.readsTheMail(conv, contract, picture)
	file := ann.uploads(invoiceName, invoice)
	ann.must(http.MethodPost, "/conversations/"+conv.ID+"/messages", map[string]any{
		"text": answeredText, "force": true, "undo_s": 0, "attachments": []webui.FileRef{{Blob: file.Blob, Name: file.Name}},
	}, nil)

	raw := fetchOnly(t, server.Addr, "li")
	head := opensAnswer(t, raw, invoice)
	until(t, "the answer counts as sent", func() bool {
		for _, m := range ann.Thread(conv) {
			if m.Direction == "out" && m.Delivery == "sent" {
				return true
			}
		}
		return false
	})

	// And back again, as the customer's program answers: it joins.
	to, err := mail.ParseAddress(head.Get("Reply-To"))
	if err != nil {
		t.Fatalf("Reply-To: %v", err)
	}
	again := newLetter("li@customer.test", "回复："+askedSubject, "收到，谢谢！")
	again.to, again.inReplyTo, again.references = to.Address, head.Get("Message-Id"), head.Get("References")
	server.Deliver(t, "help", again.bytes())
	until(t, "the customer's thanks join the conversation", func() bool {
		thread := ann.Thread(conv)
		return len(thread) == 3 && thread[0].ID == asked.ID && thread[2].Text == "收到，谢谢！"
	})
}

// throughDovecot lets the house's mail inbox read in one mailbox and send by another server.
func throughDovecot(imapAddr, smtpAddr string) func(*house) {
	return func(h *house) {
		inbox := h.mailInbox()
		inbox.Channel = fmt.Appendf(nil, `{"imap":{"host":"127.0.0.1","port":%s,"tls":"none","auth":"password","username":"help","secret":"password"},`+
			`"smtp":{"host":"127.0.0.1","port":%s,"tls":"none","auth":"none"},"since":"2020-01-01T00:00:00Z","poll_s":10,"from_name":"应答客服中心"}`, port(imapAddr), port(smtpAddr))
		with(desk.SettingInbox, "help", inbox)(h)
	}
}

// chineseMail is a mail as a Chinese program writes it: GB18030, a page with a picture in it, and a file.
func chineseMail(t *testing.T, contract, picture []byte) []byte {
	t.Helper()
	gb := func(s string) []byte {
		out, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatalf("write GB18030: %v", err)
		}
		return out
	}
	word := func(s string) string { return "=?gb18030?B?" + base64.StdEncoding.EncodeToString(gb(s)) + "?=" }
	var b bytes.Buffer
	part := func(head string, body []byte) {
		fmt.Fprintf(&b, "%s\r\nContent-Transfer-Encoding: base64\r\n\r\n", head)
		for text := base64.StdEncoding.EncodeToString(body); text != ""; {
			n := min(76, len(text))
			b.WriteString(text[:n] + "\r\n")
			text = text[n:]
		}
	}
	fmt.Fprintf(&b, "From: %s <li@customer.test>\r\nTo: %s <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <zh-1@customer.test>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/mixed; boundary=mixed\r\n\r\n--mixed\r\nContent-Type: multipart/related; boundary=related\r\n\r\n"+
		"--related\r\nContent-Type: multipart/alternative; boundary=either\r\n\r\n--either\r\n",
		word("李雷（采购部）"), word("应答客服"), deskAddress, word(askedSubject), time.Now().Format(time.RFC1123Z))
	part("Content-Type: text/plain; charset=gb18030", gb(askedText))
	b.WriteString("--either\r\n")
	part("Content-Type: text/html; charset=gb18030", gb(`<div>`+askedText+`<br><img src="cid:shot@customer.test"></div>`))
	b.WriteString("--either--\r\n--related\r\n")
	part("Content-Type: image/png; name=\""+word("截图.png")+"\"\r\nContent-ID: <shot@customer.test>\r\nContent-Disposition: inline; filename=\""+word("截图.png")+"\"", picture)
	b.WriteString("--related--\r\n--mixed\r\n")
	part("Content-Type: application/pdf; name=\""+word(contractName)+"\"\r\n"+
		"Content-Disposition: "+mime.FormatMediaType("attachment", map[string]string{"filename": contractName}), contract)
	b.WriteString("--mixed--\r\n")
	return b.Bytes()
}

// readsTheMail looks at what came as the console does, and opens its files.
func (p *person) readsTheMail(c webui.Conversation, contract, picture []byte) webui.Message {
	p.Helper()
	thread := p.Thread(c)
	if len(thread) != 1 {
		p.Fatalf("the thread: got %d messages, want 1", len(thread))
	}
	m := thread[0]
	if m.Subject != askedSubject || strings.TrimSpace(m.Text) != askedText || m.From != (webui.Address{Name: "李雷（采购部）", Address: "li@customer.test"}) {
		p.Errorf("read: got %q from %+v: %q", m.Subject, m.From, m.Text)
	}
	want := map[string][]byte{contractName: contract, "截图.png": picture}
	if len(m.Attachments) != len(want) {
		p.Fatalf("files: got %+v, want %d", m.Attachments, len(want))
	}
	for _, a := range m.Attachments {
		if got := p.opens(a.URL); !bytes.Equal(got, want[a.Name]) {
			p.Errorf("file %q: got %d bytes, want the %d that were sent", a.Name, len(got), len(want[a.Name]))
		}
		page := p.opens("/api/v1/conversations/" + c.ID + "/messages/" + m.ID + "/html")
		if a.Inline != (a.Name == "截图.png") || a.Inline && !bytes.Contains(page, []byte(a.Blob)) {
			p.Errorf("file %q: got inline %v; the page shows it: %v", a.Name, a.Inline, bytes.Contains(page, []byte(a.Blob)))
		}
	}
	return m
}

// opens downloads what stands at a path of the node.
func (p *person) opens(path string) []byte {
	p.Helper()
	res, err := p.http.Get(p.base + path)
	if err != nil {
		p.Fatalf("open %s: %v", path, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		p.Fatalf("open %s: got %d, %v", path, res.StatusCode, err)
	}
	return body
}

// uploads sends a file in, as the composer does.
func (p *person) uploads(name string, content []byte) (f webui.File) {
	p.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		p.Fatalf("write a form: %v", err)
	}
	_, _ = part.Write(content) // into memory
	if err := form.Close(); err != nil {
		p.Fatalf("write a form: %v", err)
	}
	res, err := p.http.Post(p.base+"/api/v1/files", form.FormDataContentType(), &b)
	if err != nil {
		p.Fatalf("upload %s: %v", name, err)
	}
	defer func() { _ = res.Body.Close() }()
	p.reads(res, &f)
	if f.Name != name || f.Size != int64(len(content)) {
		p.Errorf("uploaded: got %q of %d, want %q of %d", f.Name, f.Size, name, len(content))
	}
	return f
}

// deliversTo is the next server: what it takes it lays into a user's mailbox before it says 250.
func deliversTo(t *testing.T, imapAddr, user string) (addr string) {
	t.Helper()
	var one sync.Mutex // one connection into the mailbox
	put := appender(t, imapAddr, user)
	d := delivery{put: func(raw []byte) error {
		one.Lock()
		defer one.Unlock()
		return put(raw)
	}, to: user + "@customer.test"}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return d, nil }))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) }) // ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

// delivery takes mail for one address.
type delivery struct {
	put func(raw []byte) error
	to  string
}

func (delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (delivery) Reset()                               {}
func (delivery) Logout() error                        { return nil }

func (d delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to != d.to {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user: " + to}
	}
	return nil
}

func (d delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return d.put(raw)
}

// fetchOnly waits for a mail in a user's mailbox and fetches it; there must be one.
func fetchOnly(t *testing.T, addr, user string) (raw []byte) {
	t.Helper()
	c := mailClient(t, addr, user, nil)
	whole := &imap.FetchItemBodySection{Peek: true}
	until(t, user+" has mail", func() bool {
		box, err := c.Select("INBOX", nil).Wait()
		if err != nil {
			t.Fatalf("%s opens the mailbox: %v", user, err)
		}
		if box.NumMessages == 0 {
			return false
		}
		mails, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: 0}}, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
		if err != nil || len(mails) != 1 {
			t.Fatalf("%s fetches: got %d mails, %v, want 1", user, len(mails), err)
		}
		raw = mails[0].FindBodySection(whole)
		return true
	})
	return raw
}

// opensAnswer reads the answer as the customer's program does and compares it with what was written.
func opensAnswer(t *testing.T, raw, invoice []byte) (head mail.Header) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("the answer is no mail: %v", err)
	}
	words := mime.WordDecoder{}
	subject, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.HasSuffix(subject, askedSubject) {
		t.Errorf("subject: got %q, %v, want it to end in %q", subject, err, askedSubject)
	}
	if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != "应答客服中心" || from[0].Address != deskAddress {
		t.Errorf("From: got %v, %v", from, err)
	}
	if to, err := m.Header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != "李雷（采购部）" || to[0].Address != "li@customer.test" {
		t.Errorf("To: got %v, %v, want the one who asked", to, err)
	}
	if m.Header.Get("Cc") != "" || m.Header.Get("In-Reply-To") != "<zh-1@customer.test>" || !strings.Contains(m.Header.Get("References"), "<zh-1@customer.test>") {
		t.Errorf("thread: got Cc %q, In-Reply-To %q, References %q", m.Header.Get("Cc"), m.Header.Get("In-Reply-To"), m.Header.Get("References"))
	}
	text, files := partsOf(t, raw)
	if !strings.Contains(text, answeredText) {
		t.Errorf("text: got %q, want %q in it", text, answeredText)
	}
	if len(files) != 1 || !bytes.Equal(files[invoiceName], invoice) {
		t.Errorf("files: got %d, %q of %d bytes, want one of %d", len(files), invoiceName, len(files[invoiceName]), len(invoice))
	}
	return m.Header
}

// partsOf are a mail's plain words and its files by name.
func partsOf(t *testing.T, raw []byte) (text string, files map[string][]byte) {
	t.Helper()
	m, err := message.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("take the answer apart: %v", err)
	}
	files = map[string][]byte{}
	err = m.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, err := part.Header.ContentType()
		if err != nil || strings.HasPrefix(kind, "multipart/") {
			return err
		}
		body, err := io.ReadAll(part.Body)
		if _, params, _ := part.Header.ContentDisposition(); params["filename"] != "" {
			files[params["filename"]] = body
		} else if kind == "text/plain" {
			text += string(body)
		}
		return err
	})
	if err != nil {
		t.Fatalf("take the answer apart: %v", err)
	}
	return text, files
}

// anyBytes are n bytes of every kind.
func anyBytes(n, step int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(i*step ^ i>>8)
	}
	return out
}

// pngOf is as much of a picture as anybody here looks at: its first bytes and n more.
func pngOf(n int) []byte { return append([]byte("\x89PNG\r\n\x1a\n"), anyBytes(n, 11)...) }

// reads takes an answer of the API apart.
func (p *person) reads(res *http.Response, out any) {
	p.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		p.Fatalf("%s: got %d %s, %v", res.Request.URL.Path, res.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, out); err != nil {
		p.Fatalf("%s: %v: %s", res.Request.URL.Path, err, body)
	}
}
