package router

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"yingda/desk"
)

// This file is the wire's side of decide.go: how a question is put, what it says, and how its answer is judged.

// consult puts questions on the wire. Callers hold turn.
func (r *Router) consult(ctx context.Context, all []*question) {
	for _, q := range all {
		r.consults.Go(func() { r.settleQuestion(ctx, q) })
	}
}

// settleQuestion asks and lets the answer count. It is over by the deadline, whatever the Decider does.
func (r *Router) settleQuestion(ctx context.Context, q *question) {
	began := r.now()
	v := q.put(ctx, r.oracle.decider)
	now := r.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.oracle.open--
	b := r.oracle.breaker(q.endpoint.URL)
	if ctx.Err() != nil { // this node leads no more: who does asks again
		b.trying = false
		r.m.dismiss(q, now)
		return
	}
	r.oracle.count(r.m.answered(q, v, now))
	r.met.decision.Observe(max(0, now.Sub(began).Seconds()))
	if b.heard(failure(v.said), now) {
		r.log.Warn("router: an endpoint that decides is left alone for a while", "url", q.endpoint.URL, "for", restFor, "err", v.said)
	}
	r.kick()
}

// put asks and judges the answer, by the deadline.
func (q *question) put(ctx context.Context, d Decider) verdict {
	ctx, cancel := context.WithTimeout(ctx, q.endpoint.deadline())
	defer cancel()
	type reply struct {
		body []byte
		err  error
	}
	got := make(chan reply, 1)
	go func() {
		body, err := d.Ask(ctx, q.endpoint, q.id, q.body)
		got <- reply{body, err}
	}()
	select {
	case <-ctx.Done():
		return verdict{said: failedLate}
	case a := <-got:
		switch {
		case errors.Is(a.err, ErrUnsigned):
			return verdict{said: failedSign}
		case ctx.Err() != nil:
			return verdict{said: failedLate}
		case a.err != nil:
			return verdict{said: failedLine}
		}
		return q.judge(a.body)
	}
}

// answer is what an endpoint says: one of these, or nothing at all.
type answer struct {
	Agent *desk.AgentID  `json:"agent"`
	Order []desk.AgentID `json:"order"`
	Wait  *int           `json:"wait_s"`
}

// judge reads an answer. What names nobody who was a candidate is none.
func (q *question) judge(body []byte) verdict {
	var a answer
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(&a)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one answer")
		}
	}
	said := 0
	for _, is := range []bool{a.Agent != nil, a.Order != nil, a.Wait != nil} {
		if is {
			said++
		}
	}
	switch {
	case err != nil || said > 1 || a.Wait != nil && (*a.Wait < 1 || *a.Wait > longestHold):
		return verdict{said: failedRead}
	case said == 0:
		return verdict{said: decidedLeft}
	case a.Wait != nil:
		return verdict{said: decidedHeld, hold: time.Duration(*a.Wait) * time.Second}
	case a.Agent != nil:
		a.Order = []desk.AgentID{*a.Agent}
	}
	order := slices.DeleteFunc(a.Order, func(id desk.AgentID) bool { return !slices.Contains(q.candidates, id) })
	if len(order) == 0 {
		return verdict{said: failedSeat}
	}
	return verdict{order: order, said: decidedThere}
}

// asked is a question as it is posted; docs/routing.md publishes it.
type asked struct {
	ID           string            `json:"id"`
	Kind         string            `json:"kind"`
	At           time.Time         `json:"at"`
	Deadline     int64             `json:"deadline_ms"`
	Conversation askedConversation `json:"conversation"`
	Candidates   []askedCandidate  `json:"candidates"`
}

type askedConversation struct {
	ID        desk.ConversationID `json:"id"`
	Queue     desk.QueueID        `json:"queue"`
	Inbox     desk.InboxID        `json:"inbox"`
	Medium    desk.Medium         `json:"medium"`
	Tier      desk.Tier           `json:"tier"`
	Language  string              `json:"language"`
	Skills    []askedSkill        `json:"skills"` // as the timed steps have left them
	Preferred []askedSkill        `json:"preferred_skills"`
	Rank      time.Time           `json:"rank"`
	Due       time.Time           `json:"due"`
	Since     time.Time           `json:"waiting_since"`
	Policy    desk.QueueID        `json:"policy"`
	Version   int64               `json:"policy_version"`
	Rule      string              `json:"policy_rule"`
}

type askedSkill struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

// askedCandidate is an agent who may have the work, with what the rules compare.
type askedCandidate struct {
	Agent     desk.AgentID `json:"agent"`
	Load      int          `json:"load"`
	Capacity  int          `json:"capacity"`
	Skill     int          `json:"skill"`
	Preferred int          `json:"preferred_skills"`
	Speaks    bool         `json:"speaks"`
	Taken     int          `json:"taken"`
	Idle      int64        `json:"idle_s"`
	Declined  bool         `json:"declined"`
}

func questionBody(q *question, it *item, all []candidate, now time.Time) []byte {
	out := asked{
		ID: q.id, Kind: "decide", At: now.UTC(), Deadline: q.endpoint.deadline().Milliseconds(),
		Conversation: askedConversation{
			ID: it.Conversation, Queue: it.Queue, Inbox: it.Inbox, Medium: it.Medium, Tier: cmp.Or(it.Tier, desk.Ordinary), Language: it.Language,
			Skills: askedSkills(it.need), Preferred: askedSkills(it.Plan.Want), Rank: it.Rank().UTC(), Due: it.DueAt.UTC(), Since: it.Since.UTC(),
			Policy: it.Plan.Policy, Version: it.Plan.Version, Rule: it.Plan.Rule,
		},
	}
	for i := range all {
		c := &all[i]
		idle := int64(0)
		if !c.turn.IsZero() {
			idle = int64(now.Sub(c.turn).Seconds())
		}
		out.Candidates = append(out.Candidates, askedCandidate{
			Agent: c.agent, Load: c.load, Capacity: c.capacity, Skill: c.skill, Preferred: c.liked, Speaks: c.speaks, Taken: c.taken, Idle: idle, Declined: c.declined,
		})
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(err) // our own structs
	}
	return body
}

func askedSkills(skills []desk.Skill) []askedSkill {
	out := make([]askedSkill, 0, len(skills))
	for _, s := range skills {
		out = append(out, askedSkill(s))
	}
	return out
}
