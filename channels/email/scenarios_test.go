package email_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"yingda/channels/email"
	"yingda/desk"
	"yingda/sla"
	"yingda/store"
	"yingda/store/storetest"
)

// A scenario is what a mailbox lives through, and what must have become of it.
type scenario struct {
	ID     string                     `json:"id"`
	Steps  []map[string]any           `json:"steps"`
	Expect map[string]json.RawMessage `json:"expect"`
}

const (
	inboxAddress = "help@house.example"
	ownDomain    = "house.example"
)

// mailroom is the real desk on SQLite behind the real parser and composer.
type mailroom struct {
	*testing.T
	dir    string
	db     *store.DB
	svc    *desk.Service
	tokens *email.Tokens
	inbox  desk.Inbox
	now    time.Time

	last     desk.Received
	seen     map[desk.ConversationID]bool
	messages int
	sent     []desk.Outbound // ours, as claimed by the outbox
	acks     int
	lastMail email.Mail
}

// courteous acknowledges everything it may.
type courteous struct{}

func (courteous) Acknowledge(desk.Acknowledgement) (desk.Body, bool) {
	return desk.Body{Text: "We have it."}, true
}

func newMailroom(t *testing.T, dir string) *mailroom {
	t.Helper()
	r := &mailroom{T: t, dir: dir, now: time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC), seen: map[desk.ConversationID]bool{}, tokens: email.NewTokens([]byte("key"))}
	ctx, stop := context.WithCancel(context.Background())
	db, err := store.Open(ctx, store.Config{URL: storetest.SQLite(t), Readers: 1, Now: r.clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- db.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		<-done
		_ = db.Close()
	})
	r.db = db
	r.svc = desk.New(desk.Config{Store: db, Promises: sla.Defaults(), Now: r.clock, NewID: func() string { return uuid.Must(uuid.NewV7()).String() }, Courtesy: courteous{}})
	r.inbox = desk.Inbox{ID: "mail", Name: "Help", Medium: desk.Email, Queue: "general", Address: inboxAddress, Enabled: true}
	for _, s := range []struct {
		kind desk.SettingKind
		id   string
		doc  any
	}{
		{desk.SettingQueue, "general", desk.Queue{ID: "general", Name: "General"}},
		{desk.SettingInbox, "mail", r.inbox},
		{desk.SettingAgent, "ann", desk.Agent{ID: "ann", Name: "Ann", Email: "ann@house.example", Role: desk.RoleAgent, Queues: []desk.QueueID{"general"}}},
	} {
		doc, err := json.Marshal(s.doc)
		r.must(err)
		_, err = r.svc.SaveSetting(t.Context(), desk.System(), desk.Setting{Kind: s.kind, ID: s.id, Doc: doc})
		r.must(err)
	}
	return r
}

func (r *mailroom) clock() time.Time { return r.now }

func (r *mailroom) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// arrives takes one raw mail the way the mailbox does.
func (r *mailroom) arrives(raw []byte) desk.Received {
	r.Helper()
	r.now = r.now.Add(time.Minute)
	m, err := email.Parse(raw, email.Options{Inbox: "mail", Own: []string{inboxAddress}, Tokens: r.tokens, At: r.now})
	r.must(err)
	got, err := r.svc.Receive(r.Context(), m.Inbound)
	r.must(err)
	if !got.Duplicate {
		r.messages++
	}
	r.last, r.lastMail = got, m
	r.seen[got.Conversation] = true
	r.sends()
	return got
}

// sends lets the outbox do its work.
func (r *mailroom) sends() {
	r.Helper()
	out, err := r.db.Claim(r.Context(), "node", 100)
	r.must(err)
	for _, o := range out {
		if o.Message.Auto == desk.Greeting {
			r.acks++
		} else {
			r.sent = append(r.sent, o)
		}
		r.must(r.svc.Sent(r.Context(), o.Message.ID, desk.Receipt{At: r.now}))
	}
}

func (r *mailroom) replies(text string) {
	r.Helper()
	r.now = r.now.Add(time.Minute)
	to := r.lastMail.Message.ReplyTo // as the console proposes
	if len(to) == 0 {
		to = []desk.Address{r.lastMail.Message.From}
	}
	_, err := r.svc.Reply(r.Context(), desk.Reply{
		Actor: desk.AgentActor("ann", desk.RoleAgent), AuthorName: "Ann", Conversation: r.last.Conversation, Body: desk.Body{Text: text}, Force: true, To: to, InReplyTo: r.last.Message,
	})
	r.must(err)
	r.now = r.now.Add(time.Minute)
	r.sends()
}

// outbound is the last answer as the customer gets it.
func (r *mailroom) outbound() mail.Header {
	r.Helper()
	if len(r.sent) == 0 {
		r.Fatal("nothing was sent")
	}
	var b bytes.Buffer
	r.must(email.Composer{Inbox: r.inbox, Tokens: r.tokens}.Compose(r.Context(), &b, r.sent[len(r.sent)-1]))
	m, err := mail.ReadMessage(&b)
	r.must(err)
	return m.Header
}

// fill puts what only this room knows into a text of a scenario.
func (r *mailroom) fill(s string) string {
	token, out := "", ""
	if r.last.Conversation != "" {
		token = r.tokens.Address(inboxAddress, r.last.Conversation)
	}
	if len(r.sent) > 0 {
		out = "<" + email.MessageIDOf(r.sent[len(r.sent)-1].Message, inboxAddress) + ">"
	}
	return strings.NewReplacer("{INBOX}", inboxAddress, "{FQDN}", ownDomain, "{OUT}", out, "{TOKEN_BAD}", "help+r-nothing@house.example", "{TOKEN}", token).Replace(s)
}

// write makes the mail of a step. Our tokens stand in reply addresses, so that one in a subject is one to answer to.
func (r *mailroom) write(d map[string]any) []byte {
	text := func(k string) string { s, _ := d[k].(string); return s }
	to := r.fill(text("To"))
	if strings.Contains(text("Subject"), "{TOKEN}") {
		to = r.fill("{TOKEN}")
	}
	var h, b strings.Builder
	fmt.Fprintf(&h, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", text("From"), to, r.fill(text("Subject")))
	for from, name := range map[string]string{"message_id": "Message-ID", "In_Reply_To": "In-Reply-To", "References": "References", "Reply_To": "Reply-To", "Auto_Submitted": "Auto-Submitted"} {
		if v := r.fill(text(from)); v != "" {
			fmt.Fprintf(&h, "%s: %s\r\n", name, v)
		}
	}
	if more, ok := d["headers"].(map[string]any); ok {
		for k, v := range more {
			fmt.Fprintf(&h, "%s: %s\r\n", k, r.fill(fmt.Sprint(v)))
		}
	}
	kind, body := "text/plain", r.fill(text("body"))
	if page := text("html"); page != "" {
		kind, body = "text/html", page
	}
	fmt.Fprintf(&b, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", kind)
	q := quotedprintable.NewWriter(&b)
	_, _ = io.WriteString(q, body)
	_ = q.Close()
	file, ok := d["attachment"].(map[string]any)
	if !ok {
		return []byte(h.String() + b.String())
	}
	data := r.fill(fmt.Sprint(file["text"]))
	if hexed, ok := file["bytes_hex"].(string); ok {
		raw, err := hex.DecodeString(hexed)
		r.must(err)
		data = string(raw)
	}
	return []byte(h.String() + "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\n" + b.String() + "\r\n--cut\r\nContent-Type: application/octet-stream\r\n" +
		"Content-Disposition: attachment; filename*=utf-8''" + strings.ReplaceAll(fmt.Sprint(file["filename"]), " ", "%20") + "\r\n\r\n" + data + "\r\n--cut--\r\n")
}

// lives goes through the steps; false: this is about something else than mails and conversations.
func (r *mailroom) lives(steps []map[string]any) bool {
	r.Helper()
	for _, step := range steps {
		for what, v := range step {
			switch what {
			case "deliver":
				r.arrives(r.write(v.(map[string]any)))
			case "deliver_file":
				raw, err := os.ReadFile(filepath.Join(r.dir, v.(string)))
				r.must(err)
				r.arrives(raw)
			case "deliver_repeat":
				for range int(step["times"].(float64)) {
					r.arrives(r.write(v.(map[string]any)))
				}
			case "agent_reply":
				r.replies(v.(string))
			case "set_status":
				status := desk.Status(v.(string))
				r.must(r.svc.Change(r.Context(), r.last.Conversation, desk.Change{Actor: desk.AgentActor("ann", desk.RoleAgent), Status: &status}))
			case "imap":
				return false
			}
		}
	}
	return true
}

// TestScenarios plays the suite of scenarios against the real desk.
func TestScenarios(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("YINGDA_CASES")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "cases", "mail_scenarios.json"))
	if err != nil {
		t.Skip("skipped: the suite over ../shared/data is not there")
	}
	var list []scenario
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			r := newMailroom(t, dir)
			if !r.lives(s.Steps) {
				t.Skip("about the mail server: the tests of the mailbox")
			}
			for what, want := range s.Expect {
				r.expect(what, want)
			}
		})
	}
}

func (r *mailroom) expect(what string, want json.RawMessage) {
	r.Helper()
	body := r.lastMail.Message.Body
	var words []string
	_ = json.Unmarshal(want, &words) // one of several shapes
	var word string
	_ = json.Unmarshal(want, &word)
	switch what {
	case "conversations":
		r.same(what, len(r.seen), want)
	case "messages":
		r.same(what, r.messages, want)
	case "status":
		c, _, err := r.db.Conversation(r.Context(), r.last.Conversation)
		r.must(err)
		if string(c.Status) != word {
			r.Errorf("status: got %s, want %s", c.Status, word)
		}
	case "auto_ack_sent":
		if got := fmt.Sprint(r.acks > 0); got != string(want) {
			r.Errorf("acknowledged: got %s, want %s", got, want)
		}
	case "max_auto_acks":
		var most int
		r.must(json.Unmarshal(want, &most))
		if r.acks > most || r.acks == 0 {
			r.Errorf("acknowledgements: got %d, want 1 to %d", r.acks, most)
		}
	case "customer_email":
		if got := r.lastMail.From.Value; !slices.Contains(words, got) {
			r.Errorf("customer: got %s, want one of %v", got, words)
		}
	case "outbound_to":
		if got := r.outbound().Get("To"); !strings.Contains(got, word) {
			r.Errorf("answer goes to %s, want %s", got, word)
		}
	case "outbound":
		r.expectOutbound(want)
	case "visible_reply":
		if body.Text != word {
			r.Errorf("visible: got %q, want %q", body.Text, word)
		}
	case "must_contain", "must_not_contain", "served_html_must_not_contain":
		shown := body.HTML
		if what == "must_not_contain" {
			shown += body.Text
		}
		for _, w := range words {
			if strings.Contains(shown, w) != (what == "must_contain") && !remoteOnly(shown, w) {
				r.Errorf("%s %q: got %s", what, w, shown)
			}
		}
	case "outbound_reply_to_roundtrip":
		h := r.outbound()
		to, err := mail.ParseAddress(h.Get("Reply-To"))
		r.must(err)
		if got := r.arrives([]byte("From: customer@example.com\r\nTo: " + to.Address + "\r\n\r\nhello")); got.Conversation != r.sent[0].Message.Conversation {
			r.Errorf("by Reply-To alone: got %s, want %s", got.Conversation, r.sent[0].Message.Conversation)
		}
	default:
		r.Errorf("nobody looks at %q", what)
	}
}

// remoteOnly reports whether an address stands only where the page keeps what it doesn't load.
func remoteOnly(shown, w string) bool {
	return strings.Count(shown, w) == strings.Count(shown, "data-remote-src=\"https://mail.corp.com/"+w)
}

// same compares a number with one or several that are right.
func (r *mailroom) same(what string, got int, want json.RawMessage) {
	r.Helper()
	var one int
	var some []int
	if json.Unmarshal(want, &one) == nil {
		some = []int{one}
	} else {
		r.must(json.Unmarshal(want, &some))
	}
	if !slices.Contains(some, got) {
		r.Errorf("%s: got %d, want %v", what, got, some)
	}
}

func (r *mailroom) expectOutbound(want json.RawMessage) {
	r.Helper()
	var w struct {
		To         string   `json:"to"`
		Subjects   []string `json:"subject_any"`
		InReplyTo  string   `json:"in_reply_to"`
		References string   `json:"references_contains"`
	}
	r.must(json.Unmarshal(want, &w))
	h := r.outbound()
	m, err := email.Parse([]byte("Subject: "+h.Get("Subject")+"\r\n\r\n"), email.Options{})
	r.must(err)
	if !strings.Contains(h.Get("To"), w.To) || h.Get("In-Reply-To") != w.InReplyTo || !strings.Contains(h.Get("References"), w.References) || !slices.Contains(w.Subjects, m.Message.Subject) {
		r.Errorf("answer: got %v, want %+v", h, w)
	}
}
