package webui

import (
	"net/http"
	"strings"
	"testing"

	"yingda/desk"
	"yingda/sla"
)

// A promise is let go by a supervisor with a reason; where the policy wants it, somebody else must agree. It counts apart,
// the history shows it, and taking it back leaves things as they were.
func TestWaivers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	strict := sla.Policy{ID: "mail", Name: "Mail", WaiverApproval: true, Targets: []sla.Promise{{Target: desk.FirstResponse, Within: 3600}, {Target: desk.Update, Within: 7200}}}
	use := func(p sla.Policy) {
		book, err := sla.NewBook([]sla.Policy{p}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.promises.Use(book)
	}
	use(strict)
	m := s.mail("help", "x@customer.test", "where is it")
	ann, bo, cai := s.signsIn("ann"), s.signsIn("bo"), s.signsIn("cai")
	path := "/conversations/" + string(m.Conversation)
	first := path + "/clocks/first_response"
	refused := func(who *person, method, at, body, reason string) {
		t.Helper()
		if got := who.do(method, at, body); got.reason() != reason {
			t.Errorf("%s %s %s: got %d %s, want %s", method, at, body, got.status, got.body, reason)
		}
	}
	refused(bo, http.MethodPost, first+"/waive", `{"reason":"  "}`, "reason_required")
	refused(bo, http.MethodPost, path+"/clocks/callback/waive", `{"reason":"x"}`, "clock_unknown")
	refused(bo, http.MethodPost, first+"/waiver/decide", `{"agree":true}`, "waiver_not_asked")
	if got := ann.do(http.MethodPost, first+"/waive", `{"reason":"a power cut"}`); got.status != http.StatusForbidden {
		t.Errorf("an agent waives: got %d %s", got.status, got.body)
	}

	want[Conversation](bo, http.MethodPost, first+"/waive", `{"reason":"a power cut"}`)
	refused(bo, http.MethodPost, first+"/waive", `{"reason":"again"}`, "waiver_there")
	refused(bo, http.MethodPost, first+"/waiver/decide", `{"agree":true}`, "waiver_own")
	refused(cai, http.MethodPost, first+"/waiver/decide", `{"agree":false}`, "reason_required")
	for _, who := range []*person{bo, cai} {
		list := get[Page[AskedWaiver]](who, "/waivers")
		if len(list.Items) != 1 || list.Items[0].Clock.Waiver.By != "bo" || list.Items[0].Clock.Waiver.Reason != "a power cut" {
			t.Errorf("who waits: got %+v", list.Items)
		}
	}
	want[Conversation](cai, http.MethodPost, first+"/waiver/decide", `{"agree":false,"note":"it was not"}`)
	want[Conversation](bo, http.MethodPost, first+"/waive", `{"reason":"a power cut, see ticket 7"}`)
	c := want[Conversation](cai, http.MethodPost, first+"/waiver/decide", `{"agree":true,"note":"so it was"}`)
	if c.DueTarget != "update" {
		t.Errorf("due next: got %q, want update: the first response was let go", c.DueTarget)
	}
	h := get[ClockHistory](ann, path+"/clocks")
	var turns []string
	for _, turn := range h.Turns {
		if turn.Target == "first_response" {
			turns = append(turns, turn.What)
		}
	}
	if got, want := strings.Join(turns, " "), "started waiver_asked waiver_refused waiver_asked waived"; got != want {
		t.Errorf("history: got %q, want %q", got, want)
	}
	if w := h.Clocks[0].Waiver; w == nil || w.State != "waived" || w.By != "bo" || w.Decider != "cai" || w.Note != "so it was" {
		t.Errorf("waiver: got %+v", w)
	}

	strict.WaiverApproval = false
	use(strict)
	want[Conversation](bo, http.MethodPost, path+"/clocks/update/waive", `{"reason":"nothing new to say"}`)
	want[Conversation](bo, http.MethodDelete, path+"/clocks/update/waiver", ``)
	refused(bo, http.MethodDelete, path+"/clocks/update/waiver", ``, "waiver_not_there")
	resolved := desk.Resolved
	if err := s.desk.Change(t.Context(), m.Conversation, desk.Change{Actor: desk.System(), Status: &resolved}); err != nil {
		t.Fatal(err)
	}
	today := s.srv.Now().UTC().Format("2006-01-02")
	report := get[PromiseReport](cai, "/reports/promises?from="+today+"&to="+today+"&by=target")
	sums := map[string][2]int{}
	for _, l := range report.Items {
		sums[l.Target] = [2]int{l.Cancelled, l.Waived}
	}
	if sums["first_response"] != [2]int{0, 1} || sums["update"] != [2]int{1, 0} {
		t.Errorf("cancelled and waived: got %v", sums)
	}
	refused(bo, http.MethodPost, path+"/clocks/update/waive", `{"reason":"late"}`, "clock_kept")
}

// Wishes come page by page, to everybody those of their own scope.
func TestWaiversComeInPages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.use(sla.Policy{ID: "mail", Name: "Mail", WaiverApproval: true, Targets: []sla.Promise{{Target: desk.FirstResponse, Within: 3600}}})
	bo, cai := s.signsIn("bo"), s.signsIn("cai")
	mine := "/conversations/" + string(s.mail("help", "y@customer.test", "and mine").Conversation)
	foreign := "/conversations/" + string(s.mail("buy", "z@customer.test", "a bulk order").Conversation)
	want[Conversation](bo, http.MethodPost, mine+"/clocks/first_response/waive", `{"reason":"the same power cut"}`)
	want[Conversation](cai, http.MethodPost, foreign+"/clocks/first_response/waive", `{"reason":"the same power cut"}`)
	for who, n := range map[*person]int{bo: 1, cai: 2} {
		seen, at := map[string]bool{}, ""
		for pages := 0; ; pages++ {
			list := get[Page[AskedWaiver]](who, "/waivers?limit=1&cursor="+at)
			for _, a := range list.Items {
				seen[a.Conversation.ID] = true
			}
			if at = list.Next; at == "" || pages > n {
				break
			}
		}
		if len(seen) != n {
			t.Errorf("one to a page: got %v, want %d", seen, n)
		}
	}
}

// The board says how many wishes wait, to each supervisor those of their own teams, live and from the record alike: also
// of what is resolved, and no more of what went to another team or was decided.
func TestBoardCountsWaivers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.use(sla.Policy{ID: "mail", Name: "Mail", WaiverApproval: true, Targets: []sla.Promise{{Target: desk.FirstResponse, Within: 3600}, {Target: desk.Update, Within: 7200}}})
	bo, cai := s.signsIn("bo"), s.signsIn("cai")
	mine := "/conversations/" + string(s.mail("help", "y@customer.test", "and mine").Conversation)
	foreign := "/conversations/" + string(s.mail("buy", "z@customer.test", "a bulk order").Conversation)
	pages := map[*person]*page{bo: bo.opens(`{"kind":"hello","topics":["board"]}`), cai: cai.opens(`{"kind":"hello","topics":["board"]}`)}
	counts := func(what string, own, all int) {
		t.Helper()
		for name, n := range map[string]int{"bo": own, "cai": all} {
			who := map[string]*person{"bo": bo, "cai": cai}[name]
			pages[who].hears("board", func(l live) bool { return l.Waivers == n })
			if got := get[Board](who, "/board").Waivers; got != n {
				t.Errorf("%s: the board of %s says %d, want %d", what, name, got, n)
			}
		}
		read := newBoard(s.srv.Dir)
		if err := read.loadWishes(t.Context(), s.srv); err != nil {
			t.Fatal(err)
		}
		if got := [2]int{read.waivers(desk.Scope{Queues: []desk.QueueID{"support"}}), read.waivers(desk.Scope{All: true})}; got != [2]int{own, all} {
			t.Errorf("%s: read from the record: got %v, want %d and %d", what, got, own, all)
		}
	}
	counts("nobody wishes", 0, 0)
	want[Conversation](bo, http.MethodPost, mine+"/clocks/first_response/waive", `{"reason":"a power cut"}`)
	want[Conversation](bo, http.MethodPost, mine+"/clocks/update/waive", `{"reason":"a power cut"}`)
	want[Conversation](cai, http.MethodPost, foreign+"/clocks/first_response/waive", `{"reason":"a power cut"}`)
	counts("three wishes", 2, 3)
	want[Conversation](bo, http.MethodDelete, mine+"/clocks/update/waiver", ``)
	counts("one taken back", 1, 2)
	resolve(cai, strings.TrimPrefix(foreign, "/conversations/"))
	want[Conversation](cai, http.MethodPost, mine+"/transfer", `{"queue":"sales"}`)
	counts("handed to another team", 0, 2)
	want[Conversation](cai, http.MethodPost, mine+"/clocks/first_response/waiver/decide", `{"agree":true}`)
	counts("decided", 0, 1)
}
