package webui

import (
	"context"
	"slices"
	"strconv"
	"time"

	"yingda/desk"
)

func (s *Server) getTrace(ctx context.Context, in *ByID) (*out[Trace], error) {
	r, err := s.visible(ctx, viewing(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	events, _, err := s.allEvents(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	t := Trace{Conversation: in.ID, Routing: "none", Steps: []TraceStep{}, Hindrances: []Hindrance{}}
	switch {
	case r.Held():
		t.Routing = "assigned"
	case r.Waiting():
		t.Routing = "waiting"
		if s.Hub.offeredTo(r.ID) != "" {
			t.Routing = "on_offer"
		} else {
			t.Hindrances = s.hindrances(viewing(ctx).scope.Covering(), r.ID)
		}
		q, _ := s.Dir().Queue(r.Queue)
		w := desk.WorkOf(r.Conversation, r.Clocks, q)
		t.Rank, t.DueAt, t.Boost = at(w.Rank()), at(w.DueAt), int64(w.Boost/time.Second)
		t.Ahead = s.ahead(r.ID)
	}
	for _, e := range slices.Backward(events) {
		if step, ok := traceStep(e); ok {
			t.Steps = append(t.Steps, step)
		}
	}
	return &out[Trace]{t}, nil
}

// traceStep is the routing side of a fact; false for facts about something else.
func traceStep(e desk.Event) (TraceStep, bool) {
	t := TraceStep{Seq: e.Seq, Kind: e.Fact.Kind(), At: at(e.At), Why: []Reason{}}
	switch f := e.Fact.(type) {
	case desk.Resumed:
	case desk.Queued:
		t.Why = planned(f.Work.Plan)
	case desk.Reranked:
		if f.Work.Plan == nil {
			return t, false
		}
		t.Why = planned(f.Work.Plan)
	case desk.PolicyActed:
		t.Reason, t.Why = string(f.Do), acted(f)
	case desk.Unqueued:
		t.Reason = f.Why
	case desk.Offered:
		t.Agent, t.Offer, t.Auto, t.Why = string(f.Agent), string(f.Offer), f.Auto, reasons(f.Why)
	case desk.OfferAccepted:
		t.Agent, t.Offer, t.Auto = string(f.Agent), string(f.Offer), f.Auto
	case desk.OfferDeclined:
		t.Agent, t.Offer, t.Reason = string(f.Agent), string(f.Offer), f.Reason
	case desk.OfferExpired:
		t.Agent, t.Offer = string(f.Agent), string(f.Offer)
	case desk.OfferWithdrawn:
		t.Agent, t.Offer, t.Reason = string(f.Agent), string(f.Offer), f.Reason
	case desk.Assigned:
		t.Agent, t.Offer, t.Forced = string(f.Agent), string(f.Offer), f.Forced
	case desk.Released:
		t.Agent, t.Reason = string(f.Agent), f.Why
	case desk.QueueChanged:
		t.Reason = string(f.To)
	default:
		return t, false
	}
	return t, true
}

// planned says which policy, rule, share and limit made a conversation's plan.
func planned(p *desk.Plan) []Reason {
	out := []Reason{}
	if p == nil {
		return out
	}
	add := func(rule, value string) {
		if value != "" {
			out = append(out, Reason{Rule: rule, Value: value})
		}
	}
	add("policy", string(p.Policy)+" "+strconv.FormatInt(p.Version, 10))
	add("policy_rule", p.Rule)
	add("split", p.Share)
	add("limit", p.Limit)
	for _, q := range p.From {
		add("sent_on", string(q))
	}
	return out
}

func acted(f desk.PolicyActed) []Reason {
	p := desk.Plan{Policy: f.Policy, Version: f.Version, Rule: f.Rule, Limit: f.Limit}
	out := planned(&p)
	if f.Step > 0 {
		out = append(out, Reason{Rule: "step", Value: strconv.Itoa(f.Step)})
	}
	return out
}
