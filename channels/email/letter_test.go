package email

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// What is answered stands below, plain, with a line that says whose it is; In-Reply-To names that very mail (UP-E6).
func TestComposeQuotesTheAnsweredMail(t *testing.T) {
	t.Parallel()
	r := newRecord()
	m := answer()
	m.Message.Body.QuotedText, m.Conversation.Locale = "", "zh"
	m.Answers = &desk.Message{
		RFCMessageID: "m1@customer.example", From: desk.Address{Name: "李雷", Address: "lilei@customer.example"},
		At: time.Date(2026, 11, 21, 16, 30, 0, 0, time.UTC), Body: desk.Body{Text: "我的退款呢？\n<b>急</b>", HTML: `<img src="https://tracker.example/x">`},
	}
	got, err := Parse(composed(t, composer(r), m), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(got.Message.Body.Text, "我的退款呢") || !strings.Contains(got.Message.Body.QuotedText, "我的退款呢") {
		t.Errorf("folded: got %q and %q", got.Message.Body.Text, got.Message.Body.QuotedText)
	}
	raw := string(composed(t, composer(r), m))
	if got.Thread[0] != "m1@customer.example" || strings.Contains(raw, "tracker.example") {
		t.Errorf("answers %v; want the answered mail first and nothing of its markup", got.Thread)
	}
	p := composer(r).Preview(m)
	if !strings.Contains(p.Text, "在 2026年11月22日 00:30，李雷 <lilei@customer.example> 写道：\n> 我的退款呢？") || !strings.Contains(p.HTML, "&lt;b&gt;急") {
		t.Errorf("preview: got %q and %q", p.Text, p.HTML)
	}
	c := composer(r)
	c.Settings.Letter.Quote = "none"
	if p := c.Preview(m); strings.Contains(p.Text, "退款呢") {
		t.Errorf("quote none: got %q", p.Text)
	}
	m.Message.Auto = desk.Greeting
	if p := composer(r).Preview(m); strings.Contains(p.Text, "退款呢") {
		t.Errorf("automatic mail quotes: got %q", p.Text)
	}
}

// Templates: placeholders are filled once, escaped in HTML, and a value that looks like a placeholder stays text.
func TestTemplates(t *testing.T) {
	t.Parallel()
	r := newRecord()
	c := composer(r)
	c.Settings.Signature = "{{agent}} · {{inbox}}"
	c.Settings.Letter = Letter{
		Text: "Dear {{customer}},\n\n{{body}}\n{{signature}}\nRef {{number}}", HTML: "<p>Dear {{customer}},</p>{{body}}{{signature}}<p>Ref {{number}}</p>",
	}
	m := answer()
	m.Conversation.Number, m.Conversation.ContactName = 1042, `<i>{{agent}}</i> Li`
	m.Message.AuthorName = "Ann & Co"
	p := c.Preview(m)
	if !strings.HasPrefix(p.Text, "Dear <i>{{agent}}</i> Li,\n\n您好") || !strings.Contains(p.Text, "-- \nAnn & Co · Support\nRef #1042") {
		t.Errorf("text: got %q", p.Text)
	}
	if !strings.Contains(p.HTML, "Dear &lt;i&gt;{{agent}}&lt;/i&gt; Li") || !strings.Contains(p.HTML, "Ann &amp; Co") || !strings.Contains(p.HTML, "<blockquote") {
		t.Errorf("html: got %q", p.HTML)
	}
	m.Message.Side, m.Message.To = "side", []desk.Address{{Name: "Depot", Address: "depot@carrier.example"}}
	if p := c.Preview(m); !strings.HasPrefix(p.Text, "Dear Depot,") || strings.Contains(p.Text+p.HTML, "Li,") {
		t.Errorf("to a third party: got %q; want their own name and not the customer's", p.Text)
	}
	m.Message.Side = ""
	for field, l := range map[string]Letter{
		"letter.text_template": {Text: "{{body}} {{bodi}}"}, "letter.html_template": {HTML: "no place for words"},
		"letter.signature_html": {SignatureHTML: "{{body}}"}, "letter.quote": {Quote: "all"},
	} {
		err := l.validate("")
		if e, ok := err.(*desk.Error); !ok || e.Params["field"] != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func ackInbox(t *testing.T, a Ack) desk.Inbox {
	t.Helper()
	return inboxAt(t, "127.0.0.1:25", func(s *Settings) { s.Ack, s.TimeZone = a, "Asia/Shanghai" })
}

// The promised moment stands in the customer's language and the inbox's zone; what is not promised is not said (UP-E7).
func TestCourtesy(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 11, 24, 7, 0, 59, 0, time.UTC)
	a := desk.Acknowledgement{
		Inbox: ackInbox(t, Ack{Enabled: true, Calendar: "office"}), Now: due.Add(-24 * time.Hour),
		Conversation: desk.Conversation{ContactName: "李雷", Locale: "zh-CN"}, Message: desk.Message{Subject: "退款\r\nBcc: x"},
		Clocks: []desk.Clock{
			{Target: desk.Resolution, StartedAt: due.Add(-time.Hour), DueAt: due.Add(-time.Minute)},
			{Target: desk.FirstResponse, StartedAt: due.Add(-time.Hour), DueAt: due},
		},
	}
	open := Courtesy{Hours: func(string, time.Time) (bool, time.Time) { return true, time.Time{} }}
	shut := Courtesy{Hours: func(id string, _ time.Time) (bool, time.Time) { return id != "office", due.Add(-6 * time.Hour) }}
	for name, tt := range map[string]struct {
		c    Courtesy
		edit func(*desk.Acknowledgement)
		want []string
		not  string
	}{
		"Chinese":          {open, nil, []string{"李雷，您好", "11月24日（星期二）15:00前答复您", "“退款  Bcc: x”"}, "非工作时间"},
		"closed":           {shut, nil, []string{"目前为非工作时间", "11月24日（星期二）09:00恢复办公", "15:00前"}, "{{"},
		"English":          {open, func(a *desk.Acknowledgement) { a.Conversation.Locale = "en" }, []string{"Hello 李雷", "by Tuesday 24 November, 15:00 (UTC+08:00)"}, "{{"},
		"French":           {open, func(a *desk.Acknowledgement) { a.Conversation.Locale = "fr" }, []string{"We answer by"}, "{{"},
		"nothing promised": {open, func(a *desk.Acknowledgement) { a.Clocks, a.Conversation.Locale = nil, "en" }, []string{"we have your message"}, "We answer"},
	} {
		one := a
		if tt.edit != nil {
			tt.edit(&one)
		}
		b, ok := tt.c.Acknowledge(one)
		if !ok || strings.Contains(b.Text, tt.not) {
			t.Errorf("%s: got %v %q, want nothing of %q", name, ok, b.Text, tt.not)
		}
		for _, want := range tt.want {
			if !strings.Contains(b.Text, want) {
				t.Errorf("%s: got %q, want %q in it", name, b.Text, want)
			}
		}
	}
	own := Ack{Enabled: true, Texts: map[string]AckText{"": {Open: "Got it, {{customer}}."}, "zh": {Open: "收到。"}}}
	for lang, want := range map[string]string{"zh": "收到。\n", "fr": "Got it, 李雷.\n"} {
		a.Inbox, a.Conversation.Locale = ackInbox(t, own), lang
		if b, _ := open.Acknowledge(a); b.Text != want {
			t.Errorf("own words, %s: got %q, want %q", lang, b.Text, want)
		}
	}
	a.Inbox = ackInbox(t, Ack{})
	if _, ok := open.Acknowledge(a); ok {
		t.Error("an inbox that sends none sent one")
	}
	doc, _ := json.Marshal(Settings{Ack: Ack{Texts: map[string]AckText{"en": {Open: "by {{when}}"}}}})
	if _, err := ParseSettings(doc); err == nil {
		t.Error("an unknown placeholder was taken")
	}
}
