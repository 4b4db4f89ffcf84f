package desk_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yingda/desk"
	"yingda/router"
	"yingda/sla"
)

// ruled lets a world be routed by policies that the test changes.
type ruled struct {
	*world
	in *router.Policies
}

func (r *ruled) Plan(a desk.Arrival) desk.Verdict { return r.in.Plan(a) }

func newRuled(t *testing.T) *ruled {
	r := &ruled{world: newWorld(t), in: router.NewPolicies(nil, nil, router.Surroundings{})}
	r.svc = desk.New(desk.Config{Store: r.db, Promises: sla.Defaults(), Now: r.clock, NewID: newID, Policies: r})
	return r
}

// publish puts documents in force and lets what waits be looked at again.
func (r *ruled) publish(version int64, docs ...router.Routing) {
	r.t.Helper()
	versions := map[desk.QueueID]int64{}
	for _, d := range docs {
		versions[d.ID] = version
	}
	r.in = router.NewPolicies(docs, versions, router.Surroundings{})
	waiting, err := r.db.Waiting(r.ctx())
	r.must(err)
	for _, w := range waiting {
		r.must(r.svc.Reroute(r.ctx(), w.Conversation))
	}
}

// The plan is made in the unit that queues, and a rebuild gives what the facts gave.
func TestPlanIsKeptWithTheConversation(t *testing.T) {
	t.Parallel()
	r := newRuled(t)
	refunds := router.Routing{ID: general, Rules: []router.RoutingRule{{
		Name: "refunds", When: router.RoutingWhen{Words: []string{"退款"}}, Queue: "refunds", Need: []desk.Skill{{Name: "refunds", Level: 3}}, Boost: 5,
	}}}
	r.publish(4, refunds)
	in, other := r.chat("v1", "我要退款"), r.chat("v2", "hello")
	c := r.conversation(in.Conversation)
	if c.Queue != "refunds" || c.Plan == nil || c.Plan.Rule != "refunds" || c.Plan.Version != 4 {
		t.Fatalf("got %s by %+v, want refunds by rule refunds of version 4", c.Queue, c.Plan)
	}
	if c := r.conversation(other.Conversation); c.Queue != general || c.Plan == nil || c.Plan.Rule != "" {
		t.Errorf("what fits no rule: got %s by %+v", c.Queue, c.Plan)
	}
	said := fact[desk.Queued](r.world, in.Conversation).Work
	waiting, err := r.db.Waiting(r.ctx())
	r.must(err)
	for _, w := range waiting {
		if w.Conversation != in.Conversation {
			continue
		}
		said.Version = w.Version
		if d := cmp.Diff(said, w); d != "" {
			t.Errorf("the rebuild's work differs from the fact's (-fact +rebuild):\n%s", d)
		}
		if len(w.Skills) != 1 || w.Skills[0].Level != 3 {
			t.Errorf("skills: got %v", w.Skills)
		}
	}
	// Handed to another queue it goes by that queue's policy; opened again after it was done it is asked about anew.
	r.must(r.svc.Transfer(r.ctx(), desk.Transfer{Actor: agent(lead), Conversation: in.Conversation, Queue: "refunds"}))
	if c := r.conversation(in.Conversation); c.Queue != "refunds" || c.Plan != nil {
		t.Errorf("handed on: got %s by %+v, want refunds by its own settings", c.Queue, c.Plan)
	}
}

// A step's deed is done once, is told to the customer, and a new version does not tell them again.
func TestDeedsAreDoneOnce(t *testing.T) {
	t.Parallel()
	r := newRuled(t)
	doc := router.Routing{ID: general, Steps: []router.RoutingStep{{After: 60, Do: desk.DoMessage, Text: map[string]string{"en": "We are closed."}}}}
	r.publish(1, doc)
	in := r.chat("v1", "hello")
	act := desk.Act{Conversation: in.Conversation, Policy: general, Version: 1, Step: 0}
	for range 3 {
		r.must(r.svc.Act(r.ctx(), act))
	}
	if c := r.conversation(in.Conversation); c.Messages != 2 || c.Status != desk.Open || !c.Waiting() || len(c.Plan.Done) != 1 {
		t.Errorf("got %d messages, %s, plan %+v, want the text once and the place kept", c.Messages, c.Status, c.Plan)
	}
	if f := fact[desk.PolicyActed](r.world, in.Conversation); f.Do != desk.DoMessage || f.Step != 1 || f.Version != 1 {
		t.Errorf("the fact: got %+v", f)
	}
	r.publish(2, doc)
	act.Version = 2
	r.must(r.svc.Act(r.ctx(), act))
	if c := r.conversation(in.Conversation); c.Messages != 2 || c.Plan.Version != 2 {
		t.Errorf("after publishing again: got %d messages by version %d, want the same 2 by version 2", c.Messages, c.Plan.Version)
	}
}

// Who comes to a full queue is refused politely: it is in the record, answered by words, and nobody's work.
func TestFullQueueRefuses(t *testing.T) {
	t.Parallel()
	r := newRuled(t)
	doc := router.Routing{ID: general, Limit: &router.RoutingLimit{Size: 1, Do: desk.DoRefuse, Text: map[string]string{"en": "Please come back later."}}}
	waiting := 1
	r.in = router.NewPolicies([]router.Routing{doc}, nil, router.Surroundings{
		Line: func(desk.QueueID, desk.Medium) (int, time.Duration, bool) { return waiting, 0, false },
	})
	in := r.chat("v1", "hello")
	if c := r.conversation(in.Conversation); c.Status != desk.Resolved || c.Messages != 2 || c.Plan.Limit != "size" {
		t.Errorf("a chat: got %s with %d messages, want it resolved with our words", c.Status, c.Messages)
	}
	mail := r.mail("ada@customer.example", "hello")
	if c := r.conversation(mail.Conversation); c.Status != desk.Open || !c.Waiting() || c.Messages != 2 {
		t.Errorf("a mail: got %s with %d messages, want it told and kept", c.Status, c.Messages)
	}
}

// Nothing that waits is dropped by any edit, and everybody keeps the moment of their first queueing (property).
func TestNothingIsDroppedByEdits(t *testing.T) {
	t.Parallel()
	r := newRuled(t)
	rnd := rand.New(rand.NewPCG(8, 8))
	since := map[desk.ConversationID]time.Time{}
	words := []string{"hello", "退款", "a refund", "vip"}
	for i := range 25 {
		r.passes(time.Second)
		in := r.chat(fmt.Sprint("v", i), words[rnd.IntN(len(words))])
		since[in.Conversation] = r.conversation(in.Conversation).QueuedAt
	}
	for version := int64(1); version <= 12; version++ {
		var docs []router.Routing
		for _, q := range []desk.QueueID{general, "refunds"} {
			if rnd.IntN(4) == 0 {
				continue // no policy: the queue's own settings
			}
			doc := router.Routing{ID: q}
			for j := range rnd.IntN(4) {
				rule := router.RoutingRule{Name: fmt.Sprint("r", j), When: router.RoutingWhen{Words: words[rnd.IntN(len(words)):]}, Boost: rnd.IntN(60)}
				if q == general && rnd.IntN(2) == 0 {
					rule.Queue = "refunds"
				}
				if rnd.IntN(2) == 0 {
					rule.Need = []desk.Skill{{Name: "latin", Level: 1 + rnd.IntN(5)}}
				}
				doc.Rules = append(doc.Rules, rule)
			}
			docs = append(docs, doc)
		}
		r.passes(time.Minute)
		r.publish(version, docs...)
		waiting, err := r.db.Waiting(r.ctx())
		r.must(err)
		if len(waiting) != len(since) {
			t.Fatalf("version %d: got %d waiting, want all %d", version, len(waiting), len(since))
		}
		for _, w := range waiting {
			if !w.Since.Equal(since[w.Conversation]) {
				t.Fatalf("version %d: %s waits since %s, want %s", version, w.Conversation, w.Since, since[w.Conversation])
			}
			if _, ok := r.db.Directory().Queue(w.Queue); !ok {
				t.Fatalf("version %d: %s waits in %q, which is no queue", version, w.Conversation, w.Queue)
			}
			fresh := r.in.Plan(desk.Arrival{Conversation: desk.Conversation{Queue: general, Medium: desk.Chat}, Words: "", Now: r.clock()})
			if w.Plan != nil && fresh.Plan != nil && w.Queue == general && w.Plan.Version != version {
				t.Fatalf("version %d: %s goes by version %d", version, w.Conversation, w.Plan.Version)
			}
		}
	}
}

// Handed on by a person, work that had been sent on by a full queue asks for no more than its new queue does.
func TestAHandMovesWorkOutOfAFullQueuesStory(t *testing.T) {
	t.Parallel()
	r := newRuled(t)
	french := []desk.Skill{{Name: "french", Level: 3}}
	r.in = router.NewPolicies([]router.Routing{{
		ID: general, Rules: []router.RoutingRule{{Name: "french", Need: french}},
		Limit: &router.RoutingLimit{Size: 1, Do: desk.DoOverflow, Queue: "refunds"},
	}, {ID: "refunds", Order: desk.FairShare}}, nil, router.Surroundings{
		Line: func(q desk.QueueID, _ desk.Medium) (int, time.Duration, bool) {
			return map[desk.QueueID]int{general: 1}[q], 0, false
		},
	})
	in := r.chat("v1", "bonjour")
	c := r.conversation(in.Conversation)
	if c.Queue != "refunds" || c.Plan == nil || c.Plan.Limit == "" || len(c.Plan.Need) != 1 {
		t.Fatalf("sent on: got %s by %+v, want refunds with the skill of the full queue", c.Queue, c.Plan)
	}
	r.must(r.svc.Transfer(r.ctx(), desk.Transfer{Actor: agent(lead), Conversation: in.Conversation, Queue: "refunds"}))
	if c := r.conversation(in.Conversation); c.Plan == nil || len(c.Plan.Need) != 0 || c.Plan.Limit != "" {
		t.Errorf("handed on: got %+v, want the queue's own policy alone", c.Plan)
	}
}

// Who met a full queue keeps what it asked for, once; of the policy that is asked again the newest version alone counts,
// however many there were, and none at all when it is gone.
func TestAFullQueuesStoryDoesNotGrow(t *testing.T) {
	t.Parallel()
	french, latin := desk.Skill{Name: "french", Level: 3}, desk.Skill{Name: "latin", Level: 4}
	full := func(do desk.Deed, to desk.QueueID) router.Routing {
		return router.Routing{
			ID: general, Rules: []router.RoutingRule{{Name: "french", Need: []desk.Skill{french}, Want: []desk.Skill{french}, Boost: 5}},
			Limit: &router.RoutingLimit{Size: 1, Do: do, Queue: to, Text: map[string]string{"en": "Please wait."}},
		}
	}
	other := func(q desk.QueueID, to desk.QueueID, need ...desk.Skill) router.Routing {
		return router.Routing{ID: q, Rules: []router.RoutingRule{{Name: "all", Queue: to, Need: need, Want: need, Boost: 10 * len(need)}}}
	}
	stays := func(need ...desk.Skill) router.Routing {
		d := full(desk.DoMessage, "")
		d.Rules[0].Need, d.Rules[0].Want, d.Rules[0].Boost = need, need, 10*len(need)
		return d
	}
	type step struct {
		docs  []router.Routing
		queue desk.QueueID
		need  []desk.Skill
		boost int
		from  []desk.QueueID
	}
	sent, both := []desk.Skill{french}, []desk.Skill{french, latin}
	for name, steps := range map[string][]step{
		"sent to a queue with a policy": {
			{[]router.Routing{full(desk.DoOverflow, "refunds"), other("refunds", "", latin)}, "refunds", both, 15, []desk.QueueID{general}},
			{[]router.Routing{full(desk.DoOverflow, "refunds"), other("refunds", "", latin)}, "refunds", both, 15, []desk.QueueID{general}},
			{[]router.Routing{stays(latin), other("refunds", "")}, "refunds", sent, 5, []desk.QueueID{general}},
			{[]router.Routing{other("refunds", "")}, "refunds", sent, 5, []desk.QueueID{general}},
			{nil, "refunds", sent, 5, []desk.QueueID{general}},
			{[]router.Routing{other("refunds", "", latin)}, "refunds", both, 15, []desk.QueueID{general}},
		},
		"sent to a queue without one": {
			{[]router.Routing{full(desk.DoOverflow, "refunds")}, "refunds", sent, 5, []desk.QueueID{general}},
			{[]router.Routing{stays(latin)}, "refunds", sent, 5, []desk.QueueID{general}},
		},
		"sent on from there": {
			{[]router.Routing{full(desk.DoOverflow, "refunds"), other("refunds", "lab", latin)}, "lab", both, 15, []desk.QueueID{general, "refunds"}},
			{[]router.Routing{full(desk.DoOverflow, "refunds"), other("refunds", "lab")}, "lab", sent, 5, []desk.QueueID{general, "refunds"}},
			{[]router.Routing{other("refunds", "", latin)}, "refunds", both, 15, []desk.QueueID{general}},
		},
		"told and kept": {
			{[]router.Routing{full(desk.DoMessage, "")}, general, sent, 5, nil},
			{[]router.Routing{stays(latin)}, general, []desk.Skill{latin}, 10, nil},
			{[]router.Routing{stays()}, general, nil, 0, nil},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRuled(t)
			_, err := r.svc.SaveSetting(r.ctx(), desk.System(), desk.Setting{Kind: desk.SettingQueue, ID: "lab", Doc: []byte(`{"id":"lab","name":"Lab"}`)})
			r.must(err)
			r.in = router.NewPolicies(steps[0].docs, map[desk.QueueID]int64{general: 1, "refunds": 1}, router.Surroundings{
				Line: func(q desk.QueueID, _ desk.Medium) (int, time.Duration, bool) {
					return map[desk.QueueID]int{general: 1}[q], 0, false
				},
			})
			in := r.chat("v1", "bonjour")
			for i, want := range steps {
				if i > 0 {
					r.publish(int64(i+1), want.docs...)
				}
				c := r.conversation(in.Conversation)
				if c.Plan == nil {
					t.Fatalf("version %d: got no plan", i+1)
				}
				got := step{want.docs, c.Queue, c.Plan.Need, c.Plan.Boost, c.Plan.From}
				if d := cmp.Diff(want, got, cmp.AllowUnexported(step{}), cmpopts.EquateEmpty()); d != "" || c.Plan.Limit != "size" {
					t.Errorf("version %d, %+v (-want +got):\n%s", i+1, c.Plan, d)
				}
			}
		})
	}
}
