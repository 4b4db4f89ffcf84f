package webui

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yingda/desk"
)

// A new agent's answer waits for a reviewer: their colleague may not decide, they themselves neither; corrected, both
// versions are there for the author to compare.
func TestReviewRoutes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.save(desk.SettingReview, "review", desk.ReviewPolicy{Enabled: true, Agents: []desk.AgentID{"ann"}})
	got := s.mail("help", "li@customer.test", "Where is it?")
	ann, bo, dan := s.signsIn("ann"), s.signsIn("bo"), s.signsIn("dan")
	conv := "/conversations/" + string(got.Conversation)
	m := want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"You get a refund.","force":true}`)
	if m.Delivery != "in_review" {
		t.Fatalf("sent: got %s, want in_review", m.Delivery)
	}
	if p := get[Page[Review]](ann, "/reviews"); len(p.Items) != 0 {
		t.Errorf("the author's list: got %d, want none", len(p.Items))
	}
	p := get[Page[Review]](bo, "/reviews")
	if len(p.Items) != 1 || p.Items[0].Message.ID != m.ID || p.Items[0].Why[0].Rule != "agent" || p.Items[0].Author.Name != "Ann" {
		t.Fatalf("the reviewer's list: got %+v", p.Items)
	}
	path := "/reviews/" + m.ID
	for name, c := range map[string]struct {
		who    *person
		status int
		reason string
	}{"the author": {ann, 403, "reviewers_only"}, "a stranger to the queue": {dan, 404, "not_found"}} {
		if got := c.who.do(http.MethodPost, path+"/approve", `{}`); got.status != c.status || got.reason() != c.reason {
			t.Errorf("%s: got %d %s, want %d %s", name, got.status, got.body, c.status, c.reason)
		}
	}
	done := want[Review](bo, http.MethodPost, path+"/approve", `{"edited":true,"text":"We look into it."}`)
	if done.State != "edited" || done.Sent == nil || done.Sent.Text != "We look into it." || done.Sent.Author.ID != "ann" || done.Message.Text != "You get a refund." {
		t.Errorf("corrected: got %+v", done)
	}
	if seen := get[Review](ann, path); seen.Sent == nil || seen.Reviewer.Name != "Bo" {
		t.Errorf("the author compares: got %+v", seen)
	}
	second := want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"Again","force":true}`)
	if r := want[Review](bo, http.MethodPost, "/reviews/"+second.ID+"/return", `{"reason":"Say when."}`); r.State != "returned" || r.Message.Delivery != "returned" || r.Message.Failure != "Say when." {
		t.Errorf("returned: got %+v", r)
	}
	if got := bo.do(http.MethodPost, "/reviews/"+second.ID+"/approve", `{}`); got.reason() != "review_over" {
		t.Errorf("twice: got %s", got.body)
	}
}

// Written aside, to a third party: listed apart, marked on the message, refused for the customer.
func TestSideRoutes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	got := s.mail("help", "li@customer.test", "Where is it?")
	ann := s.signsIn("ann")
	conv := "/conversations/" + string(got.Conversation)
	m := want[Message](ann, http.MethodPost, conv+"/sides", `{"to":[{"address":"depot@carrier.test"}],"text":"Where is parcel 7?"}`)
	want[Message](ann, http.MethodPost, conv+"/sides", `{"side":"`+m.Side+`","to":[{"address":"Depot@carrier.test"},{"address":"chef@carrier.test"}],"text":"And?"}`)
	list := get[Page[Side]](ann, conv+"/sides")
	if len(list.Items) != 1 || len(list.Items[0].Messages) != 2 || len(list.Items[0].With) != 2 || list.Items[0].ID != m.ID {
		t.Errorf("sides: got %+v, want one with two messages and two people", list.Items)
	}
	if got := ann.do(http.MethodPost, conv+"/sides", `{"to":[{"address":"LI@customer.test"}],"text":"x"}`); got.reason() != "side_to_customer" {
		t.Errorf("to the customer: got %s", got.body)
	}
	if r := get[Recipients](ann, conv+"/reply-to?all=true"); len(r.To) != 1 || r.To[0].Address != "li@customer.test" || len(r.Cc) != 0 {
		t.Errorf("an answer goes to %+v cc %+v, want the customer alone (UP-E16)", r.To, r.Cc)
	}
}

// UP-E16: reply-all leaves out our addresses in all their forms, and says whom mail came back from.
func TestRecipientsLeaveUsOut(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.save(desk.SettingInbox, "help", desk.Inbox{
		ID: "help", Name: "Help", Medium: desk.Email, Queue: "support", Address: "help@yingda.test", Enabled: true,
	})
	s.srv.OwnAddresses = func(i desk.Inbox) []string { return []string{i.Address, "Hilfe@yingda.test"} }
	got, err := s.desk.Receive(t.Context(), desk.Inbound{
		Inbox: "help", Medium: desk.Email, External: newID(), At: s.srv.Now(), From: desk.Identity{Kind: desk.ByEmail, Value: "li@customer.test"},
		Message: desk.Message{
			Subject: "x", Body: desk.Body{Text: "x"}, From: desk.Address{Address: "li@customer.test"},
			To: []desk.Address{{Address: "Help+r-abcdef@yingda.test"}, {Address: "b@customer.test"}, {Address: "hilfe@yingda.test"}}, Cc: []desk.Address{{Address: "c@customer.test"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann, cai := s.signsIn("ann"), s.signsIn("cai")
	conv := "/conversations/" + string(got.Conversation)
	r := get[Recipients](ann, conv+"/reply-to?all=true")
	if len(r.To) != 1 || len(r.Cc) != 2 || r.Cc[0].Address != "b@customer.test" || r.Cc[1].Address != "c@customer.test" || len(r.Suppressed) != 0 {
		t.Errorf("got to %+v cc %+v", r.To, r.Cc)
	}
	m := want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"hello","force":true}`)
	if err := s.desk.Undeliverable(t.Context(), desk.MessageID(m.ID), "li@customer.test", "550 5.1.1 no such user"); err != nil {
		t.Fatal(err)
	}
	if r := get[Recipients](ann, conv+"/reply-to"); len(r.Suppressed) != 1 {
		t.Errorf("suppressed: got %+v", r)
	}
	if c := get[Contact](ann, "/contacts/"+string(got.Contact)); len(c.Suppressed) != 1 || c.Suppressed[0] != "li@customer.test" {
		t.Errorf("contact: got %+v", c)
	}
	if got := ann.do(http.MethodPost, conv+"/messages", `{"text":"again","force":true}`); got.reason() != "recipient_suppressed" {
		t.Errorf("again: got %s", got.body)
	}
	want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"again","force":true,"confirmed":true}`)
	if list := get[Page[Suppression]](cai, "/suppressions"); len(list.Items) != 1 || list.Items[0].Message != m.ID {
		t.Errorf("list: got %+v", list.Items)
	}
	if got := cai.do(http.MethodDelete, "/suppressions/li@customer.test", ""); got.status != http.StatusOK {
		t.Errorf("lift: got %d %s", got.status, got.body)
	}
	want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"at last","force":true}`)
}

// Send later: shown as such, moved, written anew, and gone when taken back.
func TestSendLaterRoutes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	got := s.mail("help", "li@customer.test", "Where is it?")
	ann := s.signsIn("ann")
	conv := "/conversations/" + string(got.Conversation)
	at := s.srv.Now().AddDate(0, 0, 2).UTC().Format("2006-01-02T15:04:05Z")
	m := want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"later","force":true,"send_at":"`+at+`"}`)
	if !m.Scheduled || m.Delivery != "queued" || m.NotBefore.UTC().Format("2006-01-02T15:04:05Z") != at {
		t.Fatalf("got %+v, want it queued until %s", m, at)
	}
	later := s.srv.Now().AddDate(0, 0, 3).UTC().Format("2006-01-02T15:04:05Z")
	if moved := want[Message](ann, http.MethodPatch, conv+"/messages/"+m.ID, `{"send_at":"`+later+`"}`); moved.NotBefore.UTC().Format("2006-01-02T15:04:05Z") != later {
		t.Errorf("moved: got %s, want %s", moved.NotBefore, later)
	}
	anew := want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"better","force":true,"send_at":"`+later+`","replaces":"`+m.ID+`"}`)
	if anew.Replaces != m.ID {
		t.Errorf("anew: got %+v", anew)
	}
	thread := get[Thread](ann, conv+"/messages")
	if d := thread.Items[1].Delivery; d != "withdrawn" {
		t.Errorf("the old one: got %s, want withdrawn", d)
	}
	if got := ann.do(http.MethodPost, conv+"/messages/"+anew.ID+"/withdraw", ""); got.status != http.StatusOK {
		t.Errorf("take back: got %d %s", got.status, got.body)
	}
}

// provided stands where cmd puts the mail room's sign-in: it remembers what the provider would.
type provided struct{ redirect, state, challenge, verifier, code string }

func (p *provided) SignInURL(_ desk.Inbox, redirect, state, challenge string) (string, error) {
	p.redirect, p.state, p.challenge = redirect, state, challenge
	return "https://provider.test/auth", nil
}

func (p *provided) Redeem(_ context.Context, _ desk.Inbox, code, verifier, _ string) error {
	p.code, p.verifier = code, verifier
	return nil
}

// UP-E11: the sign-in of a mailbox counts only in the session that began it, and only with the state we made.
func TestSignInMailbox(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	p := &provided{}
	s.srv.SignIns, s.srv.PublicURL = p, "https://desk.test/"
	cai, again := s.signsIn("cai"), s.signsIn("cai")
	if at := want[SignInAt](cai, http.MethodPost, "/settings/inboxes/help/sign-in", ""); at.URL != "https://provider.test/auth" || p.redirect != "https://desk.test/api/v1/oauth/callback" {
		t.Fatalf("begin: got %+v, back to %s", at, p.redirect)
	}
	back := func(who *person, query string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.http.URL+apiPrefix+"/oauth/callback?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(who.cookie)
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res
	}
	good := url.Values{"code": {"c1"}, "state": {p.state}}.Encode()
	for name, res := range map[string]*http.Response{
		"another session": back(again, good), "no state": back(cai, "code=c1"), "a changed state": back(cai, "code=c1&state="+p.state[:len(p.state)-4]+"AAAA"),
	} {
		if res.StatusCode != http.StatusForbidden || p.code != "" {
			t.Errorf("%s: got %d, redeemed %q", name, res.StatusCode, p.code)
		}
	}
	res := back(cai, good)
	sum := sha256.Sum256([]byte(p.verifier))
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/settings/inboxes/help?sign_in=ok" || p.code != "c1" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge {
		t.Errorf("back: got %d to %s with %q, want it redeemed with the verifier of the challenge", res.StatusCode, res.Header.Get("Location"), p.code)
	}
	if strings.Contains(p.state, p.verifier) || len(p.verifier) != 43 {
		t.Errorf("the verifier left the house: %s", p.verifier)
	}
	if res := back(cai, url.Values{"error": {"access_denied"}, "state": {p.state}}.Encode()); !strings.Contains(res.Header.Get("Location"), "sign_in=refused") {
		t.Errorf("refused: got %s", res.Header.Get("Location"))
	}
}
