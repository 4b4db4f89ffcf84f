package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-smtp"

	"yingda/channels/email"
	"yingda/desk"
	"yingda/webui"
)

// mayPush opens the listener on a free port and adds an inbox that has no mailbox.
func mayPush(h *house) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.Fatal(err)
	}
	h.cfg.SMTPIn.Listen = l.Addr().String()
	if err := l.Close(); err != nil {
		h.Fatal(err)
	}
	with(desk.SettingInbox, "shop", desk.Inbox{
		ID: "shop", Name: "Shop", Medium: desk.Email, Queue: "support", Address: "shop@house.test", Enabled: true, Skills: []desk.Skill{},
		Channel: []byte(`{"receive":"push","smtp":{"host":"127.0.0.1","port":` + port(h.smtpLine.Addr) + `,"tls":"none","auth":"none"}}`),
	})(h)
}

func (h *house) pushes(raw []byte, to ...string) error {
	c, err := smtp.Dial(h.cfg.SMTPIn.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	return c.SendMail("li@customer.test", to, bytes.NewReader(raw))
}

// Mail that is pushed to us is in the record when 250 is said, is offered and answered like any other, and its inbox
// needs no mailbox. Health and metrics know of it.
func TestPushedMailIsAnswered(t *testing.T) {
	t.Parallel()
	c := openHouse(t, mayPush)
	ann := c.SignsIn("ann")
	l := newLetter("li@customer.test", "退款", "什么时候退款？")
	l.to = "shop@house.test"
	raw := l.bytes()
	for range 2 { // the answer to the first was lost on the way: the very same bytes come again
		if err := c.pushes(raw, "shop+web@house.test"); err != nil {
			t.Fatal(err)
		}
	}
	if got := ann.List("status=any"); len(got) != 1 || got[0].Inbox != "shop" {
		t.Fatalf("conversations once 250 was said: got %+v, want one in shop", got)
	}
	conv := ann.Accepts(ann.IsOffered("email"))
	ann.Replies(conv, "今天就退。")
	c.Mailbox("li@customer.test").Has("今天就退。")
	if err := c.pushes(l.bytes(), "nobody@house.test"); err == nil || !strings.Contains(err.Error(), "550") {
		t.Errorf("an unknown recipient: got %v, want 550", err)
	}
	until(t, "the inbox is up", func() bool {
		statuses, err := c.node.db.ChannelStatuses(t.Context())
		for _, s := range statuses {
			if s.Inbox == "shop" && s.Up {
				return true
			}
		}
		return err != nil
	})
	res, err := http.Get(c.base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(res.Body); err != nil || !strings.Contains(text.String(), `yingda_email_pushed_total{result="taken"} 2`) {
		t.Errorf("metrics: got no two pushes (%v)", err)
	}
	c.Closes()
	if why := c.node.push.Down(); why != "not_listening" {
		t.Errorf("after closing: got %q, want not_listening", why)
	}
	if causes := c.node.ready(t.Context()); causes["smtp_in"] != "not_listening" {
		t.Errorf("health: got %v, want smtp_in in it", causes)
	}
}

// UP-E17: somebody answers in webmail. The answer stands in the thread once, the clock stops, nobody is offered the work,
// and the customer's next mail joins it.
func TestAnsweredInWebmail(t *testing.T) {
	t.Parallel()
	c := openHouse(t)
	lea := c.SignsIn("lea")
	conn, err := net.Dial("tcp", c.imap.Addr)
	if err != nil {
		t.Fatal(err)
	}
	webmail := imapclient.New(conn, nil)
	defer func() { _ = webmail.Close() }()
	if err := webmail.Login(c.imap.User, c.imap.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := webmail.Create("Sent", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	asked := c.EmailArrives("li@customer.test", "发货", "什么时候发货？")
	conv := lea.Finds("the mail", func(x webui.Conversation) bool { return x.Subject == "发货" })

	answer := newLetter(deskAddress, "Re: 发货", "昨天已经发货了。")
	answer.to, answer.inReplyTo = "li@customer.test", asked.id
	raw := answer.bytes()
	cmd := webmail.Append("Sent", int64(len(raw)), &imap.AppendOptions{Time: time.Now()})
	if _, err := cmd.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	// The mailbox had no Sent folder at its first look: new settings make it look again.
	c.touchInbox("help")
	lea.Finds("the answer in it, pending", func(x webui.Conversation) bool { return x.ID == conv.ID && x.Messages == 2 && x.Status == "pending" })
	thread := lea.Thread(conv)
	if m := thread[len(thread)-1]; m.Direction != "out" || m.Delivery != "sent" || m.Text != "昨天已经发货了。" {
		t.Errorf("answer: got %+v", m)
	}
	if _, err := clockOf(lea.Reads(conv), "first_response"); err == nil {
		t.Error("first response: got it running, want it met")
	}
	next := newLetter("li@customer.test", "Re: 发货", "收到了，谢谢。")
	next.inReplyTo = answer.id
	c.Arrives(next)
	lea.Finds("their next mail in it", func(x webui.Conversation) bool { return x.ID == conv.ID && x.Messages == 3 && x.Status == "open" })
}

// touchInbox saves an inbox anew, with a longer signature.
func (h *house) touchInbox(id string) {
	h.Helper()
	inbox := h.mailInbox()
	inbox.Channel = []byte(strings.Replace(string(inbox.Channel), `"signature":""`, `"signature":"The House"`, 1))
	raw, err := json.Marshal(inbox)
	if err != nil {
		h.Fatal(err)
	}
	old, err := h.node.db.Settings(h.Context(), desk.SettingInbox)
	if err != nil {
		h.Fatal(err)
	}
	for _, s := range old {
		if s.ID != id {
			continue
		}
		if _, err := h.node.desk.SaveSetting(h.Context(), desk.System(), desk.Setting{Kind: desk.SettingInbox, ID: id, Version: s.Version, Doc: raw}); err != nil {
			h.Fatal(err)
		}
	}
}

// UP-E11: a provider that gives a new refresh token during the connection test does not lock the mailbox out, whether the
// token was saved before or is still in the form.
func TestRotatedTokenOfAConnectionTest(t *testing.T) {
	t.Parallel()
	valid := "token 0"
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("refresh_token") != valid { // each is good once
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		valid += "+"
		_ = json.NewEncoder(w).Encode(map[string]string{"access_token": "a", "refresh_token": valid})
	}))
	defer issuer.Close()
	h := newHouse(t)
	n, err := openNode(t.Context(), h.cfg, quietLog())
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	server := email.Server{Host: "127.0.0.1", Port: 1, TLS: email.TLSLoopback, Auth: email.AuthXOAUTH2, Username: "ann", Secret: "refresh", OAuth: &email.OAuth{TokenURL: issuer.URL}}
	channel, err := json.Marshal(email.Settings{IMAP: server, SMTP: email.Server{Host: "127.0.0.1", Port: 1, TLS: email.TLSLoopback, Auth: email.AuthNone}})
	if err != nil {
		t.Fatal(err)
	}
	inbox := desk.Inbox{ID: "help", Medium: desk.Email, Address: deskAddress, Enabled: true, Channel: channel}
	refused := func(given map[string]string) bool {
		for _, f := range (inspector{n}).Inspect(t.Context(), inbox, given) {
			if f.Reason == "token_refused" {
				return true
			}
		}
		return false
	}
	typed := map[string]string{"refresh": "token 0"}
	for range 2 {
		if refused(typed) {
			t.Fatal("tested twice from the form: the token is dead")
		}
	}
	if err := n.db.SaveSecret(t.Context(), "help", "refresh", "token 0"); err != nil { // what the form still holds
		t.Fatal(err)
	}
	for range 2 {
		if refused(nil) {
			t.Fatal("saved from the form and tested again: the token is dead")
		}
	}
	got, err := inboxSecrets{n.db, "help"}.Secret(t.Context(), "refresh")
	if err != nil || got != valid {
		t.Errorf("the mailbox gets %q, %v, want %q", got, err, valid)
	}
}

// UP-E14: a mail over the limit is a conversation at once; what was not kept is fetched from its server when an agent asks,
// and said to be gone when it is.
func TestTooLargeMailIsFetchedOnDemand(t *testing.T) {
	t.Parallel()
	c := openHouse(t, func(h *house) {
		inbox := h.mailInbox()
		inbox.Channel = []byte(strings.Replace(string(inbox.Channel), `"poll_s":10`, `"poll_s":10,"max_mail_bytes":200000`, 1))
		with(desk.SettingInbox, "help", inbox)(h)
	})
	lea := c.SignsIn("lea")
	l := newLetter("li@customer.test", "录像", "附件里是录像。")
	raw := append(l.bytes(), bytes.Repeat([]byte("0123456789abcdef\r\n"), 30_000)...)
	c.imap.Append(c, "INBOX", raw, time.Now())
	conv := lea.Finds("the mail", func(x webui.Conversation) bool { return x.Subject == "录像" })
	file := lea.Thread(conv)[0].Attachments[0]
	if file.Size != int64(len(raw)) || file.Blob != "" {
		t.Errorf("marker: got %+v", file)
	}
	fetch := func() (int, []byte) {
		res, err := lea.http.Get(c.base + file.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(res.Body); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, b.Bytes()
	}
	if status, got := fetch(); status != http.StatusOK || !bytes.Equal(got, raw) {
		t.Errorf("the whole mail: got %d with %d bytes, want %d", status, len(got), len(raw))
	}
	c.imap.Recreate(c, "INBOX")
	if status, got := fetch(); status != http.StatusNotFound || !strings.Contains(string(got), "mail_gone") {
		t.Errorf("after it was removed: got %d %s, want 404 mail_gone", status, got)
	}
}
