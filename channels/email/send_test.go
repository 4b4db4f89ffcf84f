package email

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/channels"
	"yingda/desk"
	"yingda/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

const conversation = desk.ConversationID("0192f0c1-2345-7abc-8def-0123456789ab")

// answer is a mail of ours.
func answer() desk.Outbound {
	return desk.Outbound{
		Conversation: desk.Conversation{ID: conversation, Subject: "退款 order 1042"},
		References:   []string{"m1@customer.example", "m2@customer.example"},
		Attempt:      1,
		Message: desk.Message{
			ID: "0192f0c1-9999-7abc-8def-0123456789ab", Conversation: conversation, Inbox: "inbox-1", Direction: desk.Out, Medium: desk.Email,
			Author: desk.AgentActor("ann", desk.RoleAgent), RFCMessageID: "0192f0c1-9999-7abc-8def-0123456789ab@firm.example",
			Subject: "退款 order 1042", To: []desk.Address{{Name: "李雷", Address: "lilei@customer.example"}},
			Cc: []desk.Address{{Name: `Han "Mei", Mei`, Address: "hmm@customer.example"}}, Bcc: []desk.Address{{Address: "boss@firm.example"}},
			Body: desk.Body{
				Text: "您好，退款已经办理，三个工作日内到账。\n\nAnn", QuotedText: "Where is my refund?\nLi Lei",
				HTML: `<p>您好，退款已经办理，三个工作日内到账。</p><img src="cid:pic1"><p>Ann</p>`,
			},
			CreatedAt: time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC),
		},
	}
}

func composer(r *record) Composer {
	return Composer{
		Inbox: desk.Inbox{ID: "inbox-1", Name: "Support", Address: "support@firm.example"}, Blobs: r, Tokens: NewTokens([]byte("a key of thirty-two bytes, surely")),
		Settings: Settings{FromName: "应答客服", Signature: "Ann 安\nFirm"},
	}
}

func composed(t *testing.T, c Composer, m desk.Outbound) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Compose(t.Context(), &b, m); err != nil {
		t.Fatalf("compose: %v", err)
	}
	return b.Bytes()
}

func withFiles(t *testing.T, r *record) desk.Outbound {
	t.Helper()
	m := answer()
	pic, _, _ := r.Put(t.Context(), strings.NewReader("not really a picture"))
	doc, _, _ := r.Put(t.Context(), strings.NewReader(strings.Repeat("合同正文。", 40)))
	m.Message.Attachments = []desk.Attachment{
		{Blob: pic, Name: "pic.png", ContentType: "image/png", Inline: true, ContentID: "pic1"},
		{Blob: doc, Name: "二〇二六年度服务合同（终稿）与附件说明.pdf", ContentType: "application/pdf"},
	}
	return m
}

func TestComposeGolden(t *testing.T) {
	t.Parallel()
	r := newRecord()
	auto := answer()
	auto.Message.Auto, auto.Message.Body = desk.Greeting, desk.Body{Text: "We have your mail.\n"}
	plain := answer()
	plain.References, plain.Message.Body = nil, desk.Body{Text: "A long line that has to be folded somewhere because it is so very long, is it not, = and it has an equals sign.\n.\nFrom here"}
	plain.Message.Subject = strings.Repeat("很长的主题", 12)
	for name, m := range map[string]desk.Outbound{"rich.eml": withFiles(t, r), "automatic.eml": auto, "plain.eml": plain} {
		got := composed(t, composer(r), m)
		if again := composed(t, composer(r), m); !bytes.Equal(got, again) {
			t.Errorf("%s: a retry is another mail", name)
		}
		path := filepath.Join("testdata", "golden", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (run with -update)", err)
		}
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
		for i, line := range strings.Split(string(got), "\r\n") {
			if len(line) > 998 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("%s line %d: too long or with a bare line end", name, i+1)
			}
		}
	}
}

// UP-N6, UP-E15: a Chinese file name stands as RFC 2047 where QQ Mail and old Outlook look, and as RFC 2231 for everybody
// else; each form alone says the whole name, and a plain one needs neither.
func TestFileNamesForEveryProgram(t *testing.T) {
	t.Parallel()
	r := newRecord()
	m := withFiles(t, r)
	want := m.Message.Attachments[1].Name
	raw := strings.ReplaceAll(string(composed(t, composer(r), m)), "\r\n ", " ")
	params := map[string]*regexp.Regexp{
		"name": regexp.MustCompile(`application/pdf; name="?((?:=\?[^?]+\?[BQbq]\?[^?]*\?=\s*)+)"?`), "filename": regexp.MustCompile(`attachment; filename="?((?:=\?[^?]+\?[BQbq]\?[^?]*\?=\s*)+)"?`),
	}
	for name, form := range params {
		found := form.FindStringSubmatch(raw)
		if found == nil {
			t.Fatalf("%s: not in the mail as RFC 2047:\n%s", name, raw)
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(strings.TrimSpace(found[1])); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	_, extended, _ := strings.Cut(raw, "filename*=UTF-8''")
	extended, _, _ = strings.Cut(extended, "\r\n")
	if got, err := url.PathUnescape(extended); err != nil || got != want {
		t.Errorf("filename*: got %q, %v; want %q", got, err, want)
	}
	if !strings.Contains(raw, `image/png; name="pic.png"`) && !strings.Contains(raw, `image/png; name=pic.png`) {
		t.Errorf("a plain name: not as it is in:\n%s", raw)
	}
}

// What we write, we read back: names, files and words survive (UP-E15), Bcc is nowhere (UP-E16), automatic mail says
// that it is (UP-E7), and the answer finds its conversation by token or by ids (UP-E6).
func TestComposeParsesBack(t *testing.T) {
	t.Parallel()
	r := newRecord()
	c := composer(r)
	m := withFiles(t, r)
	raw := composed(t, c, m)
	if bytes.Contains(raw, []byte("boss@")) {
		t.Error("Bcc stands in the mail")
	}
	got, err := Parse(raw, Options{Tokens: c.Tokens})
	if err != nil {
		t.Fatal(err)
	}
	msg := got.Message
	if msg.Subject != "Re: 退款 order 1042" || msg.From.Name != "应答客服" || msg.To[0].Name != "李雷" || msg.Cc[0].Name != `Han "Mei", Mei` {
		t.Errorf("header: got %q from %q to %+v cc %+v", msg.Subject, msg.From.Name, msg.To, msg.Cc)
	}
	if d := cmp.Diff([]string{"m2@customer.example", "m1@customer.example"}, got.Thread); d != "" {
		t.Errorf("thread (-want +got):\n%s", d)
	}
	if len(msg.Attachments) != 2 || msg.Attachments[1].Name != m.Message.Attachments[1].Name || !msg.Attachments[0].Inline || msg.Attachments[1].Inline {
		t.Errorf("files: got %+v", msg.Attachments)
	}
	for i, a := range msg.Attachments {
		if a.Blob != m.Message.Attachments[i].Blob {
			t.Errorf("file %d: bytes differ", i)
		}
	}
	if !strings.Contains(msg.Body.Text, "三个工作日内到账") || strings.Contains(msg.Body.Text, "Where is my refund") || !strings.Contains(msg.Body.QuotedText, "Where is my refund") {
		t.Errorf("body: got %q quoting %q", msg.Body.Text, msg.Body.QuotedText)
	}
	reply := "From: lilei@customer.example\r\nTo: " + msg.ReplyTo[0].Address + "\r\nSubject: hi\r\n\r\nthanks"
	back, err := Parse([]byte(strings.ToUpper(reply[:0])+reply), Options{Tokens: c.Tokens})
	if err != nil || back.Token != conversation {
		t.Errorf("token: got %q (%v), want %q", back.Token, err, conversation)
	}
	auto := answer()
	auto.Message.Auto = desk.Greeting
	if p, _ := Parse(composed(t, c, auto), Options{}); p.Message.Auto != desk.AutoReply {
		t.Errorf("our automatic mail reads as %q, want %q", p.Message.Auto, desk.AutoReply)
	}
	if !bytes.Contains(composed(t, c, auto), []byte("X-Auto-Response-Suppress: All\r\n")) {
		t.Error("X-Auto-Response-Suppress is missing")
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a, b := NewTokens([]byte("key a")), NewTokens([]byte("key b"))
	addr := a.Address("support@firm.example", conversation)
	if got := a.Conversation(strings.ToUpper(addr)); got != conversation {
		t.Errorf("read back: got %q, want %q", got, conversation)
	}
	last := addr[strings.IndexByte(addr, '@')-2]
	forged := strings.Replace(addr, string(last)+string(addr[strings.IndexByte(addr, '@')-1])+"@", "zz@", 1)
	for name, bad := range map[string]string{
		"another key": b.Address("support@firm.example", conversation), "forged": forged, "another inbox": strings.Replace(addr, "support+", "sales+", 1),
		"no token": "support@firm.example", "plus of their own": "support+news@firm.example", "short": "support+r-aa@firm.example",
	} {
		if got := a.Conversation(bad); got != "" && bad != addr {
			t.Errorf("%s: got %q, want none", name, got)
		}
	}
	long := strings.Repeat("x", 30) + "@firm.example"
	if got := a.Address(long, conversation); got != long {
		t.Errorf("long local part: got %q, want it without token", got)
	}
}

func sender(t *testing.T, r *record, addr string, starter channels.Starter, edit func(*Settings)) *Sender {
	t.Helper()
	s, err := NewSender(inboxAt(t, addr, edit), SenderDeps{Starter: starter, Blobs: r, Secrets: r, Now: time.Now, Command: 5 * time.Second, Answer: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func outcome(err error) any {
	var e *channels.SendError
	if errors.As(err, &e) {
		return e.Outcome
	}
	return err
}

// UP-E9, UP-E10: every way a send may end is told apart.
func TestSendOutcomes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		server  func(*testkit.Sink)
		attempt int
		secret  string
		want    any
		mails   int
	}{
		"taken":                     {want: nil, mails: 1},
		"recipient refused":         {server: func(s *testkit.Sink) { s.RefuseRecipient("hmm@customer.example", 550, "no such user") }, want: nil, mails: 1},
		"all recipients refused":    {server: refuseAll(550), want: channels.Refused},
		"grey list":                 {server: refuseAll(450), want: channels.Later},
		"one put off, early":        {server: func(s *testkit.Sink) { s.RefuseRecipient("hmm@customer.example", 450, "later") }, want: channels.Later},
		"one put off for ever":      {server: func(s *testkit.Sink) { s.RefuseRecipient("hmm@customer.example", 450, "later") }, attempt: 9, want: nil, mails: 1},
		"sender refused":            {server: func(s *testkit.Sink) { s.RefuseSender(553, "not you") }, want: channels.Refused},
		"content refused":           {server: func(s *testkit.Sink) { s.RefuseData(554, "spam") }, want: channels.Refused},
		"content put off":           {server: func(s *testkit.Sink) { s.RefuseData(451, "busy") }, want: channels.Later},
		"line dies before 250":      {server: func(s *testkit.Sink) { s.DropAfterData(1) }, want: channels.Unknown, mails: 1},
		"password refused is later": {secret: "wrong", want: channels.Later},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{User: "ann", Password: "secret"}), newRecord()
			if tt.server != nil {
				tt.server(sink)
			}
			if tt.secret != "" {
				r.secrets["pw"] = tt.secret
			}
			m := answer()
			m.Attempt = max(tt.attempt, 1)
			receipt, err := sender(t, r, sink.Addr, r, nil).Send(t.Context(), m)
			if got := outcome(err); got != tt.want {
				t.Errorf("outcome: got %v (%v), want %v", got, err, tt.want)
			}
			if got := len(sink.Mails()); got != tt.mails {
				t.Fatalf("mails at the server: got %d, want %d", got, tt.mails)
			}
			if strings.Contains(name, "recipient refused") || strings.Contains(name, "for ever") {
				if tt.mails == 1 && receipt.Refused["hmm@customer.example"] == "" {
					t.Errorf("refused: got %v, want hmm's", receipt.Refused)
				}
			}
			if tt.mails == 1 && len(sink.Mails()[0].To) < 2 {
				t.Errorf("envelope: got %v", sink.Mails()[0].To)
			}
		})
	}
}

func refuseAll(code int) func(*testkit.Sink) {
	return func(s *testkit.Sink) {
		for _, a := range []string{"lilei@customer.example", "hmm@customer.example", "boss@firm.example"} {
			s.RefuseRecipient(a, code, "no")
		}
	}
}

type starter func() error

func (s starter) Sending(context.Context, desk.MessageID) error { return s() }

// UP-E9: who lost the claim does not send.
func TestLostClaimSendsNothing(t *testing.T) {
	t.Parallel()
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{}), newRecord()
	lost := starter(func() error { return desk.Refuse(desk.Conflict, "claim_lost") })
	_, err := sender(t, r, sink.Addr, lost, func(s *Settings) { s.SMTP.Auth = AuthNone }).Send(t.Context(), answer())
	if outcome(err) != channels.Lost || len(sink.Mails()) != 0 {
		t.Errorf("got %v and %d mails, want lost and none", err, len(sink.Mails()))
	}
}

func TestSendOverSTARTTLS(t *testing.T) {
	t.Parallel()
	sink, r := testkit.SMTPSink(t, testkit.SMTPOptions{STARTTLS: true, User: "ann", Password: "secret"}), newRecord()
	s := sender(t, r, sink.Addr, r, func(s *Settings) { s.SMTP.TLS = TLSStart })
	s.deps.Network.TLS = sink.TLS
	if _, err := s.Send(t.Context(), answer()); err != nil {
		t.Fatalf("send: %v", err)
	}
	if m := sink.Mails(); len(m) != 1 || !m[0].TLS {
		t.Errorf("got %+v, want one mail over TLS", m)
	}
}

// UP-E11: a rotated refresh token is kept before the access token is used; a refused one says so.
func TestRotatedTokenIsKept(t *testing.T) {
	t.Parallel()
	r := newRecord()
	r.secrets["refresh"] = "old"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Connection", "close")
		if req.PostFormValue("refresh_token") != "old" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"access","refresh_token":"new","expires_in":3600}`))
	}))
	defer server.Close()
	s := Server{Auth: AuthXOAUTH2, Secret: "refresh", OAuth: &OAuth{TokenURL: server.URL, ClientID: "id"}}
	got, err := credential(t.Context(), s, r)
	if err != nil || got != "access" || r.secrets["refresh"] != "new" {
		t.Errorf("got %q, %v, kept %q; want access and new", got, err, r.secrets["refresh"])
	}
	if _, err := credential(t.Context(), s, r); !errors.Is(err, ErrNoToken) || cause(err) != "token_refused" {
		t.Errorf("refused token: got %v", err)
	}
}
