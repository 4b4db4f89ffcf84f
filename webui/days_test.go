package webui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// Every look at somebody's work stands in their day, where they see it; foreign days are not there (UP-X3).
func TestAgentDay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, bo, dan := s.signsIn("ann"), s.signsIn("bo"), s.signsIn("dan")
	m := s.mail("help", "x@customer.test", "where is it")
	id := string(m.Conversation)
	if got := ann.do(http.MethodPost, "/conversations/"+id+"/take", `{}`); got.status != http.StatusOK {
		t.Fatalf("take: got %d %s", got.status, got.body)
	}
	if got := ann.do(http.MethodPost, "/conversations/"+id+"/notes", `{"text":"hm"}`); got.status != http.StatusOK && got.status != http.StatusCreated {
		t.Fatalf("note: got %d %s", got.status, got.body)
	}
	today := time.Now().UTC().Format(time.DateOnly)
	path := "/agents/ann/day?zone=UTC&date=" + today
	for range 2 { // read twice in a row is one look
		get[Thread](bo, "/conversations/"+id+"/messages")
	}
	s.srv.looks.last = nil // as after a restart, or on another node
	get[Thread](bo, "/conversations/"+id+"/messages")
	get[AgentDay](bo, path)
	kinds := func(d AgentDay) (out []string) {
		for _, i := range d.Items {
			k := i.Event.Kind
			if k == "looked" {
				k += " " + i.Event.By.Name + " " + i.Event.Data["what"].(string)
			}
			out = append(out, k)
		}
		return out
	}
	mine := get[AgentDay](ann, path)
	got := kinds(mine)
	for _, want := range []string{"assigned", "note_added", "looked Bo conversation:" + id, "looked Bo day:" + today} {
		if !slices.Contains(got, want) {
			t.Errorf("ann's day: got %v, want %q in it", got, want)
		}
	}
	if got := mine.Totals; got == nil || got.Looks != 2 {
		t.Errorf("totals: got %+v, want two looks", got)
	}
	looks := 0
	for _, k := range got {
		if k == "looked Bo conversation:"+id {
			looks++
		}
	}
	if looks != 1 {
		t.Errorf("looks at one conversation: got %d, want 1", looks)
	}
	var paged []string
	for next := ""; ; {
		d := get[AgentDay](ann, path+"&limit=2&cursor="+url.QueryEscape(next))
		if first := next == ""; first != (d.Totals != nil) || first && *d.Totals != *mine.Totals {
			t.Errorf("page %q: got totals %+v, want the whole day's on the first page alone", next, d.Totals)
		}
		paged = append(paged, kinds(d)...)
		if next = d.Next; next == "" {
			break
		}
	}
	if !slices.Equal(paged, got) {
		t.Errorf("by pages: got %v, want %v", paged, got)
	}
	if got := dan.do(http.MethodGet, path, ""); got.status != http.StatusNotFound {
		t.Errorf("a colleague's: got %d %s, want 404", got.status, got.body)
	}
	if got := bo.do(http.MethodGet, "/agents/dan/day?zone=UTC&date="+today, ""); got.status != http.StatusNotFound {
		t.Errorf("of another team: got %d %s, want 404", got.status, got.body)
	}
}

// What went on to a foreign queue is named no more: that it was done stays in the day, whose it was does not (UP-X3).
func TestAgentDayHidesForeignConversations(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, cai := s.signsIn("ann"), s.signsIn("cai")
	m := s.mail("help", "x@customer.test", "where is it")
	path := "/conversations/" + string(m.Conversation)
	want[Conversation](ann, http.MethodPost, path+"/take", `{}`)
	want[Conversation](ann, http.MethodPost, path+"/transfer", `{"queue":"sales","note":"zanzibar"}`)
	day := "/agents/ann/day?zone=UTC&date=" + time.Now().UTC().Format(time.DateOnly)
	for who, sees := range map[*person]bool{ann: false, cai: true} {
		got := who.do(http.MethodGet, day, "")
		if got.status != http.StatusOK || strings.Contains(got.body, string(m.Conversation)) != sees || strings.Contains(got.body, "zanzibar") != sees {
			t.Errorf("got %d %s, want the conversation and its note named: %t", got.status, got.body, sees)
		}
	}
	if d := get[AgentDay](ann, day); d.Totals.Transfers != 1 || len(d.Items) < 3 {
		t.Errorf("ann's day: got %+v, want the transfer counted and all of it listed", d)
	}
}

// A sample is drawn by chance and the same for the same word; what is thought of it reaches the agent.
func TestSampleAndScore(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ann, bo := s.signsIn("ann"), s.signsIn("bo")
	var ids []string
	for range 4 {
		m := s.mail("help", "x@customer.test", "where is it")
		id := string(m.Conversation)
		ids = append(ids, id)
		ann.do(http.MethodPost, "/conversations/"+id+"/take", `{}`)
		if got := ann.do(http.MethodPost, "/conversations/"+id+"/messages", `{"text":"here","seen":1}`); got.status >= 300 {
			t.Fatalf("answer: got %d %s", got.status, got.body)
		}
	}
	today := time.Now().UTC().Format(time.DateOnly)
	path := "/agents/ann/sample?n=2&from=" + today + "&to=" + today
	one, two := get[AgentSample](bo, path+"&draw=a"), get[AgentSample](bo, path+"&draw=a")
	if one.Of != len(ids) || len(one.Items) != 2 || one.Items[0].ID != two.Items[0].ID {
		t.Fatalf("got %d of %d, then %d; want 2 of %d, twice the same", len(one.Items), one.Of, len(two.Items), len(ids))
	}
	score := "/agents/ann/scores/" + one.Items[0].ID
	for body, want := range map[string]int{
		`{"points":[{"question":"tone","points":4}],"words":"好"}`: http.StatusOK,
		`{"points":[{"question":"tone","points":9}],"words":""}`:  http.StatusUnprocessableEntity,
		`{"points":[],"words":""}`:                                http.StatusUnprocessableEntity,
	} {
		if got := bo.do(http.MethodPut, score, body); got.status != want {
			t.Errorf("%s: got %d %s, want %d", body, got.status, got.body, want)
		}
	}
	never := string(s.mail("help", "y@customer.test", "another").Conversation)
	one4 := `{"points":[{"question":"tone","points":4}],"words":""}`
	if got := bo.do(http.MethodPut, "/agents/ann/scores/"+never, one4); got.status != http.StatusNotFound {
		t.Errorf("a conversation ann never had: got %d %s, want 404", got.status, got.body)
	}
	if got := bo.do(http.MethodPut, "/agents/bo/scores/"+one.Items[0].ID, one4); got.reason() != "not_yours" {
		t.Errorf("one's own: got %d %s, want not_yours", got.status, got.body)
	}
	day := get[AgentDay](ann, "/agents/ann/day?zone=UTC&date="+today)
	looks := 0
	for _, i := range day.Items {
		if i.Event.Kind == "looked" && i.Event.Data["what"] == "score:"+one.Items[0].ID {
			looks++
		}
	}
	if looks != 1 {
		t.Errorf("scores in ann's day: got %d, want the one that was kept", looks)
	}
	if len(day.Scores) != 1 || day.Scores[0].Words != "好" || day.Scores[0].Reviewer.Name != "Bo" {
		t.Errorf("ann sees: got %+v", day.Scores)
	}
}
