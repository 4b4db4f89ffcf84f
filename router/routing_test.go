package router

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yingda/desk"
)

// Chinese needs no word boundary; English matches whole words; case and width do not matter.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, word string
		want       bool
	}{
		{"我要退款，谢谢", "退款", true},
		{"我要退 款", "退款", false},
		{"Refund please", "refund", true},
		{"ＲＥＦＵＮＤ now", "refund", true},
		{"refunds", "refund", false},
		{"prerefund", "refund", false},
		{"要refund吗", "refund", true},
		{"my refund, my money", "REFUND", true},
		{"refunds and a refund", "refund", true},
		{"order  no. 12", "order no", true},
		{"C++ is fine", "c++", true},
		{"sku12345", "12345", false},
		{"remboursé", "rembourse", false},
		{"Ärger mit ÄRGER", "ärger", true},
		{"", "x", false},
	} {
		if got := contains(fold(c.text), fold(c.word)); got != c.want {
			t.Errorf("%q in %q: got %t, want %t", c.word, c.text, got, c.want)
		}
	}
}

func arrival(edit func(*desk.Arrival)) desk.Arrival {
	a := desk.Arrival{
		Conversation: desk.Conversation{ID: "c1", Queue: "help", Inbox: "mail", Medium: desk.Chat, Tier: desk.Ordinary, Locale: "zh-CN"},
		Contact:      desk.Contact{ID: "k1"}, New: true, Now: dawn,
	}
	if edit != nil {
		edit(&a)
	}
	return a
}

func TestFirstRuleThatFits(t *testing.T) {
	t.Parallel()
	yes := true
	doc := Routing{
		ID: "help", Order: desk.LeastLoaded,
		Rules: []RoutingRule{
			{Name: "refunds", When: RoutingWhen{Words: []string{"退款", "refund"}, NoWords: []string{"test"}}, Need: []desk.Skill{{Name: "refunds", Level: 3}}, Queue: "money"},
			{Name: "vip", When: RoutingWhen{Tier: []desk.Tier{desk.Strategic}, Channel: []desk.Medium{desk.Chat}}, Boost: 30, Order: desk.MostSkilled},
			{Name: "owned", When: RoutingWhen{Owned: &yes}, Prefer: &RoutingPrefer{Owner: -1}},
			{Name: "night", When: RoutingWhen{Hours: &RoutingHours{Calendar: "office", Outside: true}}, Steps: []RoutingStep{{Do: desk.DoMessage, Text: map[string]string{"zh": "已下班", "en": "closed"}}}},
			{Name: "english", When: RoutingWhen{Language: []string{"en"}}, Need: []desk.Skill{{Name: "english", Level: 2}}},
		},
	}
	money := Routing{ID: "money", Rules: []RoutingRule{{Name: "all", Need: []desk.Skill{{Name: "refunds", Level: 2}, {Name: "cash", Level: 1}}}}}
	open := true
	p := NewPolicies([]Routing{doc, money}, map[desk.QueueID]int64{"help": 7, "money": 2}, Surroundings{
		Open: func(c string, _ time.Time) (bool, bool) { return open, c == "office" },
	})
	plan := func(edit func(*desk.Arrival)) desk.Verdict { return p.Plan(arrival(edit)) }

	v := plan(nil)
	if v.Queue != "help" || v.Plan.Rule != "" || v.Plan.Version != 7 || v.Plan.Order != desk.LeastLoaded {
		t.Errorf("nothing fits: got %s %+v", v.Queue, v.Plan)
	}
	v = plan(func(a *desk.Arrival) { a.Words = "我要退款" })
	if v.Queue != "money" || v.Plan.Policy != "money" || v.Plan.Version != 2 || !slices.Equal(v.Plan.From, []desk.QueueID{"help"}) {
		t.Errorf("sent on: got %s %+v, want money by its own policy", v.Queue, v.Plan)
	}
	if want := []desk.Skill{{Name: "refunds", Level: 3}, {Name: "cash", Level: 1}}; !slices.Equal(v.Plan.Need, want) {
		t.Errorf("skills of both rules: got %v, want the higher of each %v", v.Plan.Need, want)
	}
	if v = plan(func(a *desk.Arrival) { a.Words = "退款 test" }); v.Queue != "help" {
		t.Errorf("an unwanted word: got %s, want help", v.Queue)
	}
	v = plan(func(a *desk.Arrival) { a.Conversation.Tier = desk.Strategic })
	if v.Plan.Rule != "vip" || v.Plan.Boost != 30 || v.Plan.Order != desk.MostSkilled {
		t.Errorf("vip: got %+v", v.Plan)
	}
	if v = plan(func(a *desk.Arrival) { a.Contact.Owner = "ann" }); v.Plan.Rule != "owned" || v.Owner != -1 {
		t.Errorf("owned: got %q %d", v.Plan.Rule, v.Owner)
	}
	if v = plan(func(a *desk.Arrival) { a.Conversation.Locale = "en-GB" }); v.Plan.Rule != "english" {
		t.Errorf("en-GB: got %q, want the rule for en", v.Plan.Rule)
	}
	open = false
	if v = plan(nil); v.Plan.Rule != "night" || len(v.Plan.Steps) != 1 || v.Plan.Steps[0].Text != "已下班" {
		t.Errorf("outside hours: got %+v, want the text in Chinese", v.Plan)
	}
}

// A limit sends on, or says what is to be done, to who has just come alone.
func TestLimits(t *testing.T) {
	t.Parallel()
	waiting, wait := 3, 10*time.Minute
	at := Surroundings{Line: func(desk.QueueID, desk.Medium) (int, time.Duration, bool) { return waiting, wait, true }}
	over := Routing{ID: "help", Limit: &RoutingLimit{Size: 3, Do: desk.DoOverflow, Queue: "more"}}
	v := NewPolicies([]Routing{over}, nil, at).Plan(arrival(nil))
	if v.Queue != "more" || v.Plan.Limit != "size" || v.Do != desk.DoNothing {
		t.Errorf("full: got %s %+v", v.Queue, v)
	}
	over.Prefer = &RoutingPrefer{Owner: -1, Last: 600, Days: 3}
	v = NewPolicies([]Routing{over, {ID: "more"}}, nil, at).Plan(arrival(nil))
	if v.Owner != 0 || v.Last != 0 || v.Days != 0 {
		t.Errorf("whom to prefer in the queue that took it: got %d %d %d, want as that queue has it", v.Owner, v.Last, v.Days)
	}
	if v = NewPolicies([]Routing{over}, nil, at).Plan(arrival(func(a *desk.Arrival) { a.New = false })); v.Queue != "help" {
		t.Errorf("who waits already: got %s, want to stay", v.Queue)
	}
	long := Routing{ID: "help", Limit: &RoutingLimit{Wait: 300, Do: desk.DoRefuse, Text: map[string]string{"en": "later"}}}
	if v = NewPolicies([]Routing{long}, nil, at).Plan(arrival(nil)); v.Do != desk.DoRefuse || v.Text != "later" || v.Plan.Limit != "wait" {
		t.Errorf("too long: got %+v", v)
	}
	mail := arrival(func(a *desk.Arrival) { a.Conversation.Medium = desk.Email })
	if v = NewPolicies([]Routing{long}, nil, at).Plan(mail); v.Do != desk.DoMessage {
		t.Errorf("a mail: got %q, want it told and never refused", v.Do)
	}
	waiting, wait = 2, time.Minute
	if v = NewPolicies([]Routing{over}, nil, at).Plan(arrival(nil)); v.Queue != "help" || v.Plan.Limit != "" {
		t.Errorf("room left: got %s", v.Queue)
	}
}

// The same customer stays on the same side, and the sides have their sizes.
func TestSplitIsStable(t *testing.T) {
	t.Parallel()
	doc := Routing{ID: "help", Rules: []RoutingRule{{Name: "trial", Split: []RoutingShare{{Name: "new", Percent: 20, Queue: "lab"}, {Name: "old", Percent: 30}}}}}
	p := NewPolicies([]Routing{doc}, nil, Surroundings{})
	sides := map[string]int{}
	const n = 20_000
	for i := range n {
		a := arrival(func(a *desk.Arrival) {
			a.Contact.ID = desk.ContactID("0198f000-0000-7000-8000-" + strconv.Itoa(100000000000+i))
		})
		v := p.Plan(a)
		a.Conversation.ID = "another"
		if again := p.Plan(a); again.Plan.Share != v.Plan.Share {
			t.Fatalf("%s: got %q, then %q", a.Contact.ID, v.Plan.Share, again.Plan.Share)
		}
		sides[v.Plan.Share]++
		if (v.Plan.Share == "new") != (v.Queue == "lab") {
			t.Fatalf("side %q is in %s", v.Plan.Share, v.Queue)
		}
	}
	for side, want := range map[string]int{"new": 20, "old": 30, "": 50} {
		if got := 100 * float64(sides[side]) / n; got < float64(want)-1.5 || got > float64(want)+1.5 {
			t.Errorf("side %q: got %.1f %%, want %d %%", side, got, want)
		}
	}
}

// A step is skipped to at once when nobody signed in could take the work before it, and comes at its moment otherwise.
func TestStepsSkip(t *testing.T) {
	t.Parallel()
	plan := &desk.Plan{Policy: "help", Steps: []desk.Step{
		{After: 60, Relax: 1}, {After: 120, Drop: []string{"refunds"}}, {After: 300, Queues: []desk.QueueID{"more"}, Boost: 600}, {After: 600, Do: desk.DoAlert},
	}}
	w := &desk.Work{Queue: "help", Since: dawn, Plan: plan, Lift: 30 * time.Minute, Skills: []desk.Skill{{Name: "french", Level: 4}, {Name: "refunds", Level: 1}}}
	q := &desk.Queue{ID: "help"}
	all := func(*stage) bool { return true }
	st := stageAt(w, q, dawn.Add(130*time.Second), all)
	if st.step != 2 || st.relax != 1 || st.skipped || !st.next.Equal(dawn.Add(300*time.Second)) {
		t.Errorf("by time: got %+v", st)
	}
	if got := st.required(w.Skills); !slices.Equal(got, []desk.Skill{{Name: "french", Level: 3}}) {
		t.Errorf("required: got %v, want french 3", got)
	}
	st = stageAt(w, q, dawn, func(st *stage) bool { return slices.Contains(st.queues, "more") })
	if st.step != 3 || !st.skipped || st.lift != 30*time.Minute || len(st.acts) != 0 || !st.next.Equal(dawn.Add(600*time.Second)) {
		t.Errorf("nobody before step 3: got %+v, want to stand there at once, the boost capped", st)
	}
	if st = stageAt(w, q, dawn, func(*stage) bool { return false }); st.step != 4 || !slices.Equal(st.acts, []int{3}) {
		t.Errorf("nobody at all: got %+v, want the last step's deed", st)
	}
	plan.Steps[0].Hold = true
	if st = stageAt(w, q, dawn, func(*stage) bool { return false }); st.step != 0 || !st.next.Equal(dawn.Add(time.Minute)) {
		t.Errorf("a step that holds: got %+v", st)
	}
	plan.Done = []int{3}
	if st = stageAt(w, q, dawn.Add(time.Hour), all); len(st.acts) != 0 {
		t.Errorf("done already: got %v", st.acts)
	}
}

// A queue's own fields are the policy that counts where no document says more, and they wait for their moment.
func TestQueueFieldsAreAPolicy(t *testing.T) {
	t.Parallel()
	q := &desk.Queue{ID: "help", Relax: []desk.Relax{{After: 90, By: 2}}, Overflow: []desk.Overflow{{After: 30, Queue: "more"}}}
	w := &desk.Work{Queue: "help", Since: dawn}
	nobody := func(*stage) bool { return false }
	if st := stageAt(w, q, dawn.Add(29*time.Second), nobody); st.step != 0 || !st.next.Equal(dawn.Add(30*time.Second)) {
		t.Errorf("before the first: got %+v", st)
	}
	if st := stageAt(w, q, dawn.Add(100*time.Second), nobody); st.relax != 2 || !slices.Equal(st.queues, []desk.QueueID{"help", "more"}) {
		t.Errorf("after both: got %+v", st)
	}
	if doc := RoutingOf(*q); len(doc.Steps) != 2 || doc.Steps[0].After != 30 || !doc.Steps[0].Hold || doc.Steps[1].Relax != 2 {
		t.Errorf("as a document: got %+v", doc.Steps)
	}
}

// checkHouse is a house of two people.
func checkHouse() House {
	h := newHouse(desk.Queue{ID: "help"}, desk.Queue{ID: "more"}, desk.Queue{ID: "lab"})
	h.agents["ann"] = desk.Agent{ID: "ann", Queues: []desk.QueueID{"help"}, Skills: []desk.Skill{{Name: "french", Level: 3}}}
	h.agents["bob"] = desk.Agent{ID: "bob", Queues: []desk.QueueID{"more"}, Skills: []desk.Skill{{Name: "french", Level: 5}}}
	return House{Dir: h, Skills: []string{"refunds"}, Calendars: []string{"office"}}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	doc := Routing{
		ID: "help",
		Rules: []RoutingRule{
			{Name: "a", Queue: "nowhere", Need: []desk.Skill{{Name: "latin", Level: 3}, {Name: "french", Level: 9}}},
			{Name: "a", When: RoutingWhen{Hours: &RoutingHours{Calendar: "moon"}, Inbox: []desk.InboxID{"x"}, Words: []string{" "}, Language: []string{"en", "zh_CN"}}},
			{Name: "", Split: []RoutingShare{{Name: "s", Percent: 70}, {Name: "t", Percent: 40}}},
		},
		Steps:  []RoutingStep{{After: -1, Teams: []desk.TeamID{"ghosts"}}, {Do: desk.DoMessage}, {Do: desk.DoRefuse}, {Do: desk.DoMessage, Text: map[string]string{"english": "hi"}}},
		Limit:  &RoutingLimit{Do: desk.DoOverflow, Queue: "help"},
		Delays: []RoutingDelay{{Team: "ghosts", After: 5}},
	}
	want := []string{
		"rules[0].need[0].name skill_unknown", "rules[0].need[1].level level_range", "rules[0].queue queue_unknown", "rules[1].name name_twice",
		"rules[1].when.inbox[0] inbox_unknown", "rules[1].when.language[1] language_unknown", "rules[1].when.words[0] word_empty", "rules[1].when.hours.calendar calendar_unknown",
		"rules[2].name name_missing", "rules[2].split over_hundred", "steps[0].after_s out_of_range", "steps[0].teams[0] team_unknown",
		"steps[1].text text_missing", "steps[2].do deed_unknown", "steps[3].text language_unknown", "limit limit_empty", "limit.queue queue_itself", "delays[0].team team_unknown",
	}
	var got []string
	for _, f := range doc.Check(checkHouse()) {
		got = append(got, f.Path+" "+f.Reason)
		if !f.Error {
			t.Errorf("%s: got a warning, want an error", f)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("got no %q in %s", w, strings.Join(got, "; "))
		}
	}
}

// Loops are refused; a shadowed rule and work that reaches nobody are warned of, with the rule.
func TestCheckLooksAtWhatItLeadsTo(t *testing.T) {
	t.Parallel()
	h := checkHouse()
	h.Others = []Routing{
		{ID: "more", Rules: []RoutingRule{{Name: "on", Queue: "lab"}}},
		{ID: "lab", Limit: &RoutingLimit{Size: 1, Do: desk.DoOverflow, Queue: "help"}},
	}
	loop := Routing{ID: "help", Rules: []RoutingRule{{Name: "away", Queue: "more"}}}
	found := loop.Check(h)
	if len(found) != 1 || found[0].Reason != "loop" || found[0].Path != "rules[0].queue" || found[0].Params["way"] != "help → more → lab → help" {
		t.Errorf("a loop over two others: got %v", found)
	}
	h.Others = nil
	doc := Routing{ID: "help", Rules: []RoutingRule{
		{Name: "chats", When: RoutingWhen{Channel: []desk.Medium{desk.Chat}}},
		{Name: "vip chats", When: RoutingWhen{Channel: []desk.Medium{desk.Chat}, Tier: []desk.Tier{desk.Key}}},
		{Name: "french", When: RoutingWhen{Language: []string{"fr"}}, Need: []desk.Skill{{Name: "french", Level: 4}}, Steps: []RoutingStep{{After: 60, Queues: []desk.QueueID{"more"}}}},
		{Name: "refunds", When: RoutingWhen{Words: []string{"refund"}}, Need: []desk.Skill{{Name: "refunds", Level: 1}}},
	}}
	var got []string
	for _, f := range doc.Check(h) {
		got = append(got, fmt.Sprint(f, " ", f.Error))
	}
	want := []string{
		"rules[1]: shadowed; by: chats; rule: vip chats false",
		"rules[2].need[0]: nobody_until; after_s: 60; best: 3; level: 4; queue: help; skill: french false",
		"rules[3].need[0]: nobody; best: 0; level: 1; queue: help; skill: refunds false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A delay of a team that has no way to the work is warned of; one whose team serves the queue, a queue that a step or the
// queue's own overflow opens, or is let in itself, is not.
func TestCheckWarnsOfIdleDelays(t *testing.T) {
	t.Parallel()
	h := checkHouse()
	dir := h.Dir.(*house)
	dir.teams = map[desk.TeamID]desk.Team{
		"day": {ID: "day", Queues: []desk.QueueID{"help"}}, "night": {ID: "night", Queues: []desk.QueueID{"more"}},
		"labs": {ID: "labs", Queues: []desk.QueueID{"lab"}}, "idle": {ID: "idle"},
	}
	late := []RoutingDelay{{Team: "day", After: 5}, {Team: "night", After: 5}, {Team: "labs", After: 5}, {Team: "idle", After: 5}}
	for name, c := range map[string]struct {
		queue desk.Queue
		rules []RoutingRule
		steps []RoutingStep
		want  []string
	}{
		"no steps":             {desk.Queue{ID: "help"}, nil, nil, []string{"night", "labs", "idle"}},
		"own overflow":         {desk.Queue{ID: "help", Overflow: []desk.Overflow{{After: 9, Queue: "more"}}}, nil, nil, []string{"labs", "idle"}},
		"a step opens a queue": {desk.Queue{ID: "help"}, nil, []RoutingStep{{After: 1, Queues: []desk.QueueID{"lab"}}}, []string{"night", "idle"}},
		"a rule's step lets a team in": {
			desk.Queue{ID: "help"},
			[]RoutingRule{{Name: "r", Steps: []RoutingStep{{After: 1, Teams: []desk.TeamID{"idle"}}}}},
			nil,
			[]string{"night", "labs"},
		},
	} {
		dir.queues["help"] = c.queue
		doc := Routing{ID: "help", Delays: late, Rules: c.rules, Steps: c.steps}
		var got []string
		for _, f := range doc.Check(h) {
			if f.Error || f.Reason != "delay_idle" || f.Params["queue"] != "help" || !strings.HasPrefix(f.Path, "delays[") {
				t.Errorf("%s: got %v, want warnings of idle delays alone", name, f)
			}
			got = append(got, f.Params["team"])
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// Rules that together leave nothing shadow a later one as much as a single rule does; what they leave, it keeps.
func TestSeveralRulesShadowOne(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	office := func(outside bool) *RoutingHours { return &RoutingHours{Calendar: "office", Outside: outside} }
	for name, c := range map[string]struct {
		rules []RoutingWhen // the last is the one in question
		by    string
	}{
		"every channel in one list":   {[]RoutingWhen{{Channel: []desk.Medium{desk.Chat, desk.Voice, desk.Email}}, {Words: []string{"refund"}}}, "0"},
		"every tier, rule by rule":    {[]RoutingWhen{{Tier: []desk.Tier{desk.Key, desk.Strategic}}, {Channel: []desk.Medium{desk.Chat}}, {Tier: []desk.Tier{desk.Ordinary}}, {}}, "0, 2, 1"},
		"with an owner and without":   {[]RoutingWhen{{Owned: &yes}, {Owned: &no}, {Channel: []desk.Medium{desk.Chat}}}, "0, 1"},
		"by day and by night":         {[]RoutingWhen{{Hours: office(false)}, {Hours: office(true)}, {}}, "0, 1"},
		"one channel is left":         {[]RoutingWhen{{Channel: []desk.Medium{desk.Chat, desk.Voice}}, {Words: []string{"refund"}}}, ""},
		"one channel of a tier left":  {[]RoutingWhen{{Tier: []desk.Tier{desk.Key}}, {Channel: []desk.Medium{desk.Chat, desk.Voice}}, {Tier: []desk.Tier{desk.Strategic}}, {}}, ""},
		"another calendar's night":    {[]RoutingWhen{{Hours: office(false)}, {Hours: &RoutingHours{Calendar: "shop", Outside: true}}, {}}, ""},
		"a language in each":          {[]RoutingWhen{{Language: []string{"fr"}, Owned: &yes}, {Language: []string{"de"}, Owned: &no}, {}}, ""},
		"owned, and one owner of all": {[]RoutingWhen{{Owner: []desk.AgentID{"ann"}}, {Owned: &no}, {}}, ""},
	} {
		var rules []RoutingRule
		for i, w := range c.rules {
			rules = append(rules, RoutingRule{Name: strconv.Itoa(i), When: w})
		}
		last := len(rules) - 1
		if got := strings.Join(takers(rules[:last], &rules[last].When), ", "); got != c.by {
			t.Errorf("%s: got %q, want %q", name, got, c.by)
		}
	}
}

// Queues that all send on to each other are looked through once each, not once for every way there is.
func TestLoopsAreFoundInTime(t *testing.T) {
	t.Parallel()
	const n = 40
	next := map[desk.QueueID][]desk.QueueID{}
	name := func(i int) desk.QueueID { return desk.QueueID(strconv.Itoa(i)) }
	for i := range n {
		for j := range n {
			if i != j {
				next[name(i)] = append(next[name(i)], name(j))
			}
		}
	}
	if way := wayBack(next, "0", "nowhere", map[desk.QueueID]bool{}); way != nil {
		t.Errorf("a way to a queue nobody sends to: got %v", way)
	}
	next[name(n-1)] = append(next[name(n-1)], "home")
	way := wayBack(next, "0", "home", map[desk.QueueID]bool{})
	if len(way) < 3 || way[0] != "0" || way[len(way)-1] != "home" {
		t.Errorf("the way home: got %v", way)
	}
}
