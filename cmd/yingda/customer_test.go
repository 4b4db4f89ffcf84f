package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"yingda/channels/voice"
	"yingda/internal/testkit"
)

// letter is a mail as a customer writes one.
type letter struct {
	id, from, to, subject, text string
	inReplyTo, references       string
	extra                       string // further header lines
}

func (l letter) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: %s\r\n",
		l.from, l.to, mime.BEncoding.Encode("utf-8", l.subject), time.Now().Format(time.RFC1123Z), l.id)
	if l.inReplyTo != "" {
		fmt.Fprintf(&b, "In-Reply-To: %s\r\nReferences: %s\r\n", l.inReplyTo, strings.TrimSpace(l.references+" "+l.inReplyTo))
	}
	fmt.Fprintf(&b, "%sMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n",
		l.extra, base64.StdEncoding.EncodeToString([]byte(l.text)))
	return b.Bytes()
}

func newLetter(from, subject, text string) letter {
	return letter{id: "<" + uuid.NewString() + "@customer.test>", from: from, to: deskAddress, subject: subject, text: text}
}

// EmailArrives lays a mail into the house's mailbox.
func (h *house) EmailArrives(from, subject, text string) letter {
	h.Helper()
	l := newLetter(from, subject, text)
	h.Arrives(l)
	return l
}

// Arrives lays a mail as it is into the house's mailbox.
func (h *house) Arrives(l letter) {
	h.Helper()
	h.imap.Append(h, "INBOX", l.bytes(), time.Now())
}

// mailbox is a customer's own, at the other end.
type mailbox struct {
	*house
	address string
}

// Mailbox is where the answers to a customer arrive.
func (h *house) Mailbox(address string) mailbox { return mailbox{h, address} }

// received is a mail as a customer's program shows it.
type received struct {
	mail.Header

	text string
}

// All are the mails that came to this address.
func (m mailbox) All() (out []received) {
	m.Helper()
	for _, x := range m.smtp.Mails() {
		for _, to := range x.To {
			if strings.EqualFold(to, m.address) {
				out = append(out, readMail(m, x))
			}
		}
	}
	return out
}

// Has waits for the mail with these words and returns it; there must be exactly one.
func (m mailbox) Has(words string) (found received) {
	m.Helper()
	until(m, m.address+" has a mail with "+words, func() bool {
		n := 0
		for _, r := range m.All() {
			if strings.Contains(r.text, words) {
				found = r
				n++
			}
		}
		if n > 1 {
			m.Fatalf("%s: got %d mails with %q, want 1", m.address, n, words)
		}
		return n == 1
	})
	return found
}

// Answers is a reply to a mail as a mail program writes it: to Reply-To, with the thread's headers.
func (m mailbox) Answers(r received, text string) letter {
	m.Helper()
	l := newLetter(m.address, "Re: "+r.Get("Subject"), text)
	to := r.Get("Reply-To")
	if to == "" {
		to = r.Get("From")
	}
	a, err := mail.ParseAddress(to)
	if err != nil {
		m.Fatalf("whom to answer: %q: %v", to, err)
	}
	l.to, l.inReplyTo, l.references = a.Address, r.Get("Message-Id"), r.Get("References")
	m.Arrives(l)
	return l
}

func readMail(t testing.TB, x testkit.Mail) received {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(x.Data))
	if err != nil {
		t.Fatalf("what was sent is no mail: %v", err)
	}
	text, err := plainText(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	if err != nil {
		t.Fatalf("read what was sent: %v", err)
	}
	return received{m.Header, text}
}

// plainText is the first text/plain part.
func plainText(kind, encoding string, body io.Reader) (string, error) {
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(media, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return "", nil
			}
			if err != nil {
				return "", err
			}
			text, err := plainText(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part)
			if err != nil || text != "" {
				return text, err
			}
		}
	}
	if media != "text/plain" {
		return "", nil
	}
	switch strings.ToLower(encoding) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	raw, err := io.ReadAll(body)
	return string(raw), err
}

// visitor is a customer with the chat widget open.
type visitor struct {
	*house
	base, token string
	socket      *line[chatFrame]
}

// chatFrame is any frame of the widget's socket.
type chatFrame struct {
	V            int         `json:"v"`
	Type         string      `json:"type"`
	Token        string      `json:"token,omitempty"`
	Lang         string      `json:"lang,omitempty"`
	ClientID     string      `json:"client_id,omitempty"`
	Text         string      `json:"text,omitempty"`
	Number       int64       `json:"number,omitempty"`
	After        int64       `json:"after,omitempty"`
	Read         int64       `json:"read,omitempty"`
	Conversation string      `json:"conversation,omitempty"`
	Status       string      `json:"status,omitempty"`
	Reason       string      `json:"reason,omitempty"`
	On           bool        `json:"on,omitempty"`
	Message      *chatLine   `json:"message,omitempty"`
	Messages     []*chatLine `json:"messages,omitempty"`
}

type chatLine struct {
	Number int64  `json:"number"`
	Mine   bool   `json:"mine"`
	Text   string `json:"text"`
}

// VisitorComes opens the widget.
func (h *house) VisitorComes() *visitor { h.Helper(); return h.VisitorComesAt(h.base) }

// VisitorComesAt opens the widget at another node.
func (h *house) VisitorComesAt(base string) *visitor {
	h.Helper()
	v := &visitor{house: h, base: base}
	var session struct {
		Token string `json:"token"`
	}
	if status := h.posts(base+"/widget/v1/"+widgetKey+"/session", map[string]any{}, &session); status != http.StatusOK {
		h.Fatalf("open a chat session: got %d, want 200", status)
	}
	v.token = session.Token
	v.Returns(0)
	return v
}

// Returns opens the socket (again) and asks for what came after a number.
func (v *visitor) Returns(after int64) {
	v.Helper()
	conn, res, err := websocket.DefaultDialer.DialContext(v.Context(),
		"ws"+strings.TrimPrefix(v.base, "http")+"/widget/v1/"+widgetKey+"/socket", http.Header{"Origin": {v.base}})
	if err != nil {
		v.Fatalf("open the widget's socket: %v", err)
	}
	_ = res.Body.Close()
	v.Cleanup(func() { _ = conn.Close() })
	v.socket = listen[chatFrame](conn)
	v.tells(chatFrame{Type: "hello", Token: v.token, Lang: "zh", After: after})
	v.socket.hears(v, "welcome", func(f chatFrame) bool { return f.Type == "welcome" })
}

// LineIsCut ends the connection without a word.
func (v *visitor) LineIsCut() { _ = v.socket.conn.NetConn().Close() }

func (v *visitor) tells(f chatFrame) {
	v.Helper()
	f.V = 1
	if err := v.socket.conn.WriteJSON(f); err != nil {
		v.Fatalf("the visitor sends %s: %v", f.Type, err)
	}
}

// Says sends a line and waits until it is in the record.
func (v *visitor) Says(text string) (number int64) {
	v.Helper()
	id := uuid.NewString()
	v.tells(chatFrame{Type: "send", ClientID: id, Text: text})
	return v.socket.hears(v, "the ack of "+text, func(f chatFrame) bool { return f.Type == "ack" && f.ClientID == id }).Number
}

// Hears waits for a line of ours, pushed or in the history after a return.
func (v *visitor) Hears(text string) (number int64) {
	v.Helper()
	v.socket.hears(v, "hears "+text, func(f chatFrame) bool {
		for _, m := range append(f.Messages, f.Message) {
			if m != nil && !m.Mine && m.Text == text {
				number = m.Number
				return true
			}
		}
		return false
	})
	return number
}

// posts sends JSON and reads the answer when it is wanted.
func (h *house) posts(url string, in, out any) (status int) {
	h.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		h.Fatalf("write: %v", err)
	}
	req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		h.Fatalf("post: %v", err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if out != nil && res.StatusCode < 300 {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			h.Fatalf("read the answer of %s: %v", url, err)
		}
	}
	return res.StatusCode
}

// phone is one call as the exchange tells of it.
type phone struct {
	*house
	base, id, from string
}

// rung is what the exchange is told about a ringing call.
type rung struct {
	Conversation string `json:"conversation"`
	Ring         struct {
		Extension string `json:"extension"`
	} `json:"ring"`
}

// CallRings begins a call.
func (h *house) CallRings(from string) (phone, rung) {
	h.Helper()
	p := phone{h, h.base, uuid.NewString(), from}
	var r rung
	if status := p.Tells(map[string]any{"type": "ringing"}, &r); status >= 300 || status == 0 {
		h.Fatalf("a call rings: got %d, want 200", status)
	}
	return p, r
}

// IsPickedUpAt says which extension took the call.
func (p phone) IsPickedUpAt(extension string) {
	p.Helper()
	if status := p.Tells(map[string]any{"type": "answered", "extension": extension}, nil); status >= 300 || status == 0 {
		p.Fatalf("a call is picked up: got %d, want 200", status)
	}
}

// Ends says how the call ended.
func (p phone) Ends(outcome string) {
	p.Helper()
	if status := p.Tells(map[string]any{"type": "ended", "outcome": outcome}, nil); status >= 300 || status == 0 {
		p.Fatalf("a call ends: got %d, want 200", status)
	}
}

// Tells posts one signed event and returns the status; 0 when the line broke.
func (p phone) Tells(what map[string]any, out any) int {
	p.Helper()
	body := map[string]any{
		"call_id": p.id, "event_id": uuid.NewString(), "at": time.Now().UTC().Format(time.RFC3339Nano), "direction": "in", "from": p.from, "to": "4008001234",
	}
	for k, v := range what {
		body[k] = v
	}
	raw, err := json.Marshal(body)
	if err != nil {
		p.Fatalf("write: %v", err)
	}
	req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.base+"/hooks/voice/"+hotline, bytes.NewReader(raw))
	if err != nil {
		p.Fatalf("tell of a call: %v", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Yingda-Signature", voice.Sign(hookSecret, raw, time.Now()))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if out != nil && res.StatusCode < 300 {
		if err := json.NewDecoder(res.Body).Decode(out); err != nil {
			p.Fatalf("read what is said about a call: %v", err)
		}
	}
	return res.StatusCode
}

// widget is a chat line that may break at any moment, as the widget's own script sees it.
type widget struct {
	house *house
	line  *line[chatFrame]
}

// openWidget opens a line under the visitor's token, made at the first time; nil when nobody answers.
func (h *house) openWidget(token *string) *widget {
	if *token == "" {
		var session struct {
			Token string `json:"token"`
		}
		if h.posts(h.base+"/widget/v1/"+widgetKey+"/session", map[string]any{}, &session) != http.StatusOK {
			return nil
		}
		*token = session.Token
	}
	conn, res, err := websocket.DefaultDialer.DialContext(h.Context(),
		"ws"+strings.TrimPrefix(h.base, "http")+"/widget/v1/"+widgetKey+"/socket", http.Header{"Origin": {h.base}})
	if err != nil {
		return nil
	}
	_ = res.Body.Close()
	h.Cleanup(func() { _ = conn.Close() })
	w := &widget{h, listen[chatFrame](conn)}
	if conn.WriteJSON(chatFrame{V: 1, Type: "hello", Token: *token, Lang: "en"}) != nil {
		return nil
	}
	return w
}

// send says a line and waits for its ack; false when the line broke before.
func (w *widget) send(id, text string) bool {
	if w.line.conn.WriteJSON(chatFrame{V: 1, Type: "send", ClientID: id, Text: text}) != nil {
		return false
	}
	acked := func(f chatFrame) bool { return f.Type == "ack" && f.ClientID == id }
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		_, ok, ended, news := w.line.look(acked)
		if ok || ended {
			return ok
		}
		select {
		case <-news:
		case <-deadline.C:
			return false
		}
	}
}
