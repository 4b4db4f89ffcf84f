package webui

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
)

// An agent's day through the API: list, read, draft, answer, note, undo, status, search.
func TestAnswerAMail(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	in := s.mail("help", "li@customer.test", "发票抬头怎么改")
	s.mail("help", "wang@customer.test", "second")
	ann := s.signsIn("ann")
	conv := "/conversations/" + string(in.Conversation)

	list := get[Page[Conversation]](ann, "/conversations?list=unassigned&sort=oldest&limit=1")
	if len(list.Items) != 1 || list.Items[0].ID != string(in.Conversation) || !list.Items[0].Waiting || !list.Items[0].Unread {
		t.Fatalf("first page: got %+v, want the unread waiting mail", list.Items)
	}
	rest := get[Page[Conversation]](ann, "/conversations?list=unassigned&sort=oldest&limit=1&cursor="+list.Next)
	if len(rest.Items) != 1 || rest.Items[0].ID == string(in.Conversation) {
		t.Errorf("second page: got %+v, want the other mail", rest.Items)
	}
	if got := ann.do(http.MethodGet, "/conversations?sort=due&cursor="+list.Next, ""); got.reason() != "cursor_unknown" {
		t.Errorf("a cursor of another order: got %s, want cursor_unknown", got.body)
	}

	ann.do(http.MethodPost, conv+"/seen", `{"number":1}`)
	if c := get[Conversation](ann, conv); c.Unread || c.Read != 1 {
		t.Errorf("after reading: got read %d unread %v, want 1 and false", c.Read, c.Unread)
	}
	d := want[Draft](ann, http.MethodPut, conv+"/draft", `{"text":"half","mode":"reply"}`)
	if got := ann.do(http.MethodPut, conv+"/draft", `{"text":"older tab","mode":"reply","version":0}`); got.reason() != "stale" || !strings.Contains(got.body, `"text":"half"`) {
		t.Errorf("draft from an older tab: got %s, want stale with the current draft", got.body)
	}
	if back := get[Draft](ann, conv+"/draft"); back.Text != "half" || back.Version != d.Version {
		t.Errorf("draft: got %+v, want what was kept (UP-C2)", back)
	}

	m := want[Message](ann, http.MethodPost, conv+"/messages", `{"client_key":"k1","text":"Dear Li","seen":1,"undo_s":30}`)
	if m.Delivery != "queued" || len(m.To) != 1 || m.To[0].Address != "li@customer.test" {
		t.Errorf("answer: got %s to %v, want queued to the customer", m.Delivery, m.To)
	}
	again := want[Message](ann, http.MethodPost, conv+"/messages", `{"client_key":"k1","text":"Dear Li","seen":1,"undo_s":30}`)
	if again.ID != m.ID {
		t.Errorf("the same key again: got message %s, want %s", again.ID, m.ID)
	}
	back := want[struct{ Message Message }](ann, http.MethodPost, conv+"/messages/"+m.ID+"/withdraw", "")
	if back.Message.Delivery != "withdrawn" || back.Message.Text != "Dear Li" {
		t.Errorf("undo: got %s %q, want withdrawn with its words", back.Message.Delivery, back.Message.Text)
	}
	c := get[Conversation](ann, conv)
	if c.Assignee != "ann" {
		t.Errorf("who answers has it: got %q, want ann", c.Assignee)
	}
	c = want[Conversation](ann, http.MethodPatch, conv, fmt.Sprintf(`{"version":%d,"status":"resolved","tags":["invoice"]}`, c.Version))
	if c.Status != "resolved" || len(c.Tags) != 1 {
		t.Errorf("edit: got %s %v, want resolved with a tag", c.Status, c.Tags)
	}
	if got := ann.do(http.MethodPatch, conv, fmt.Sprintf(`{"version":%d,"status":"pending"}`, c.Version)); got.reason() != "status_illegal" {
		t.Errorf("from resolved to pending: got %s, want status_illegal", got.body)
	}
	got := ann.do(http.MethodPatch, conv, `{"version":1,"priority":"high"}`)
	if got.status != http.StatusConflict || got.reason() != "stale" || !strings.Contains(got.body, `"current":{`) {
		t.Errorf("edit of an old version: got %d %s, want 409 stale with the current state", got.status, got.body)
	}
	found := false
	for _, hit := range get[Page[SearchResult]](ann, "/search?q=抬头").Items {
		found = found || hit.Message.Number == 1 && strings.Contains(hit.Message.Excerpt, "\x01抬头\x02")
	}
	if !found {
		t.Error("search 抬头: got no hit in message 1 with the words marked (UP-C4)")
	}
}

// UP-C1: a page that is behind is told so once, with its text kept, and one more click sends.
func TestStaleSend(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	in := s.chat("v1", "hello")
	ann := s.signsIn("ann")
	conv := "/conversations/" + string(in.Conversation)
	s.chat("v1", "are you there?")
	got := ann.do(http.MethodPost, conv+"/messages", `{"text":"Hi","seen":1}`)
	if got.status != http.StatusConflict || got.reason() != "stale_send" || !strings.Contains(got.body, `"messages":2`) {
		t.Errorf("behind: got %d %s, want 409 stale_send with how it stands", got.status, got.body)
	}
	m := want[Message](ann, http.MethodPost, conv+"/messages", `{"text":"Hi","seen":1,"force":true}`)
	if m.Number != 3 || m.Delivery != "sent" {
		t.Errorf("once more: got number %d %s, want 3 sent", m.Number, m.Delivery)
	}
}

// UP-E16: an answer goes exactly where the page said it would, and never back to ourselves.
func TestRecipients(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	got, err := s.desk.Receive(t.Context(), desk.Inbound{
		Inbox: "help", Medium: desk.Email, External: newID(), At: s.srv.Now(), From: desk.Identity{Kind: desk.ByEmail, Value: "li@c.test"},
		Message: desk.Message{
			Subject: "Re: Bill", Body: desk.Body{Text: "x"}, From: desk.Address{Address: "li@c.test"}, ReplyTo: []desk.Address{{Address: "office@c.test"}},
			To: []desk.Address{{Address: "HELP@yingda.test"}, {Address: "boss@c.test"}}, Cc: []desk.Address{{Address: "boss@c.test"}, {Address: "cfo@c.test"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ann := s.signsIn("ann")
	path := "/conversations/" + string(got.Conversation) + "/reply-to"
	one, all := get[Recipients](ann, path), get[Recipients](ann, path+"?all=1")
	if len(one.To) != 1 || one.To[0].Address != "office@c.test" || len(one.Cc) != 0 || one.Subject != "Re: Bill" {
		t.Errorf("answer: got %+v, want office@c.test alone under the same subject", one)
	}
	if len(all.To) != 1 || len(all.Cc) != 2 || all.Cc[0].Address != "boss@c.test" || all.Cc[1].Address != "cfo@c.test" {
		t.Errorf("answer to all: got %+v, want boss and cfo once each and not ourselves", all)
	}
}

// Supervisors direct, agents do not; transfer carries a note; bulk does each alone.
func TestDirecting(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	a, b := s.mail("help", "a@c.test", "a"), s.mail("help", "b@c.test", "b")
	foreign := s.mail("buy", "c@c.test", "c")
	ann, bo := s.signsIn("ann"), s.signsIn("bo")
	path := "/conversations/" + string(a.Conversation)
	if got := ann.do(http.MethodPost, path+"/assign", `{"agent":"bo"}`); got.reason() != "supervisors_only" {
		t.Errorf("an agent assigns another: got %s, want supervisors_only", got.body)
	}
	if got := bo.do(http.MethodPost, path+"/assign", `{"agent":"dan"}`); got.reason() != "agent_unknown" {
		t.Errorf("assign out of one's teams: got %s, want agent_unknown", got.body)
	}
	if c := want[Conversation](bo, http.MethodPost, path+"/assign", `{"agent":"ann"}`); c.Assignee != "ann" {
		t.Errorf("assign: got %q, want ann", c.Assignee)
	}
	if c := want[Conversation](ann, http.MethodPost, path+"/assign", `{"agent":""}`); c.Assignee != "" || !c.Waiting {
		t.Errorf("give back: got %q waiting %v, want nobody and waiting", c.Assignee, c.Waiting)
	}
	if c := want[Conversation](ann, http.MethodPost, path+"/take", `{}`); c.Assignee != "ann" {
		t.Errorf("take: got %q, want ann", c.Assignee)
	}
	c := want[Conversation](ann, http.MethodPost, path+"/transfer", `{"queue":"sales","note":"wants to buy"}`)
	if c.Queue != "sales" || c.Assignee != "" {
		t.Errorf("transfer: got queue %s assignee %q, want sales and nobody", c.Queue, c.Assignee)
	}
	if got := ann.do(http.MethodGet, path, ""); got.status != http.StatusNotFound {
		t.Errorf("after it left my queues: got %d, want 404", got.status)
	}
	res := want[Page[BulkResult]](bo, http.MethodPost, "/conversations/bulk",
		`{"ids":["`+string(b.Conversation)+`","`+string(foreign.Conversation)+`"],"priority":"urgent","assignee":"ann"}`)
	if len(res.Items) != 2 || res.Items[0].Error != nil || res.Items[1].Error == nil || res.Items[1].Error.Reason != "not_found" {
		t.Errorf("bulk: got %+v, want the own done and the foreign not found", res.Items)
	}
	if c := get[Conversation](bo, "/conversations/"+string(b.Conversation)); c.Priority != "urgent" || c.Assignee != "ann" {
		t.Errorf("bulk: got %s %q, want urgent with ann", c.Priority, c.Assignee)
	}
}

// Settings: whole documents, versions, history, secrets that never come back, and the last administrator.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cai := s.signsIn("cai")
	path := "/settings/queues/care"
	doc := `{"id":"x","name":"Care","target_s":0,"ring_s":20,"rule":"","auto_accept":["email"],"owner_wait_s":0,"last_agent_wait_s":0,"last_agent_days":0,"overflow":[],"relax":[],"keep_on_leave":[]}`
	if got := cai.do(http.MethodPut, path, `{"version":0,"doc":`+strings.Replace(doc, `"name"`, `"nam":1,"name"`, 1)+`}`); got.reason() != "field_unknown" {
		t.Errorf("an unknown field: got %d %s, want field_unknown", got.status, got.body)
	}
	q := want[SettingOf[desk.Queue]](cai, http.MethodPut, path, `{"version":0,"doc":`+doc+`}`)
	if q.Version != 1 || q.Doc.ID != "care" || q.Doc.Ring != 20 {
		t.Errorf("save: got %+v, want version 1 under the id of its address", q)
	}
	if got := cai.do(http.MethodPut, path, `{"version":0,"doc":`+doc+`}`); got.reason() != "stale" || !strings.Contains(got.body, `"ring_s":20`) {
		t.Errorf("save over an unseen version: got %s, want stale with the current document", got.body)
	}
	if h := get[Page[Event]](cai, path+"/history"); len(h.Items) != 1 || h.Items[0].By.ID != "cai" {
		t.Errorf("history: got %+v, want one change by cai", h.Items)
	}
	if got := cai.do(http.MethodDelete, path+"?version=1", ""); got.status != http.StatusOK {
		t.Errorf("delete: got %d %s", got.status, got.body)
	}
	if got := cai.do(http.MethodGet, path, ""); got.status != http.StatusNotFound {
		t.Errorf("after delete: got %d, want 404", got.status)
	}
	if got := cai.do(http.MethodDelete, "/settings/queues/support?version=1", ""); got.reason() != "in_use" {
		t.Errorf("delete a queue an inbox uses: got %s, want in_use", got.body)
	}
	again := want[SettingOf[desk.Queue]](cai, http.MethodPut, path, `{"version":0,"doc":`+doc+`}`)
	if again.Version != 3 {
		t.Errorf("a deleted queue saved anew: got version %d, want 3", again.Version)
	}
	s.save(desk.SettingTeam, "care", desk.Team{ID: "care", Name: "Care team", Queues: []desk.QueueID{"care"}})
	if got := cai.do(http.MethodDelete, path+"?version=3", ""); got.reason() != "in_use" {
		t.Errorf("delete a queue a team serves: got %s, want in_use", got.body)
	}
	cai.do(http.MethodPut, "/settings/inboxes/help/secret/imap_password", `{"value":"hunter2hunter2"}`)
	got := cai.do(http.MethodGet, "/settings/inboxes/help/secrets", "")
	if !strings.Contains(got.body, "imap_password") || strings.Contains(got.body, "hunter2") {
		t.Errorf("secrets: got %s, want the name and not the value", got.body)
	}
	if audit := cai.do(http.MethodGet, "/audit", ""); !strings.Contains(audit.body, "secret_set:imap_password") || strings.Contains(audit.body, "hunter2") {
		t.Errorf("audit: got %s, want that a secret was set and not which", audit.body)
	}
	me := get[SettingOf[desk.Agent]](cai, "/settings/agents/cai")
	down := `{"version":` + fmt.Sprint(me.Version) + `,"doc":{"id":"cai","name":"Cai","email":"cai@yingda.test","role":"agent","extension":"","locale":"","languages":[],"teams":[],"queues":[],"skills":[],"capacity":0,"disabled":false}}`
	if got := cai.do(http.MethodPut, "/settings/agents/cai", down); got.reason() != "last_administrator" {
		t.Errorf("the last administrator steps down: got %s, want last_administrator", got.body)
	}
}

// The key an inbox's mail is signed with cannot be forgotten while it is in use: mail without it would not go.
func TestSigningKeyStays(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cai := s.signsIn("cai")
	for _, c := range []struct{ channel, name, want string }{
		{`{"dkim":{"domain":"yingda.test","selector":"yd"}}`, "dkim_key", "key_in_use"},
		{`{"dkim":{"domain":"yingda.test","selector":"yd","secret":"own_key"}}`, "own_key", "key_in_use"},
		{`{"dkim":{"domain":"yingda.test","selector":"yd","secret":"own_key"}}`, "dkim_key", ""},
		{`{"dkim":{"domain":"","selector":""}}`, "dkim_key", ""},
		{`{}`, "dkim_key", ""},
	} {
		s.save(desk.SettingInbox, "help", desk.Inbox{
			ID: "help", Name: "Help", Medium: desk.Email, Queue: "support", Address: "help@yingda.test", Enabled: true, Channel: []byte(c.channel),
		})
		path := "/settings/inboxes/help/secret/" + c.name
		if got := cai.do(http.MethodPut, path, `{"value":"a new key"}`); got.status != http.StatusOK {
			t.Errorf("%s: set %s: got %d %s, want it set", c.channel, c.name, got.status, got.body)
		}
		if got := cai.do(http.MethodPut, path, `{"value":""}`); got.reason() != c.want {
			t.Errorf("%s: forget %s: got %d %s, want %q", c.channel, c.name, got.status, got.body, c.want)
		}
	}
}

// A disabled agent's browsers stay out even when they come back one day, and their work goes back to its queue.
func TestDisablingAnAgent(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, cai := s.signsIn("ann"), s.signsIn("cai")
	in := s.mail("help", "kim@customer.example", "Where is it?")
	want[Conversation](ann, http.MethodPost, "/conversations/"+string(in.Conversation)+"/take", `{}`)
	save := func(disabled bool) {
		set := get[SettingOf[desk.Agent]](cai, "/settings/agents/ann")
		set.Doc.Disabled = disabled
		raw, err := json.Marshal(map[string]any{"version": set.Version, "doc": set.Doc})
		if err != nil {
			t.Fatal(err)
		}
		want[SettingOf[desk.Agent]](cai, http.MethodPut, "/settings/agents/ann", string(raw))
	}
	save(true)
	if c := get[Conversation](cai, "/conversations/"+string(in.Conversation)); c.Assignee != "" || !c.Waiting {
		t.Errorf("work of a disabled agent: got assignee %q, waiting %v; want it back in its queue", c.Assignee, c.Waiting)
	}
	save(false)
	if got := ann.do(http.MethodGet, "/me", ""); got.status != http.StatusUnauthorized {
		t.Errorf("a session from before: got %d, want 401", got.status)
	}
}

// Addresses no server would take are refused while somebody looks, and the refusal says which one.
func TestAddresses(t *testing.T) {
	t.Parallel()
	good, bad := Address{Address: "kim@customer.example"}, Address{Address: "Kim <kim@customer.example>"}
	if err := addressesFit([]Address{good}, nil, []Address{good}); err != nil {
		t.Errorf("got %v, want addresses that fit", err)
	}
	var refused *desk.Error
	if err := addressesFit([]Address{good}, []Address{good, bad}, nil); !errors.As(err, &refused) || refused.Params["field"] != "cc[1].address" {
		t.Errorf("got %+v, want the second copy refused", err)
	}
}
