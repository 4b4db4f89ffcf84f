package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
	"yingda/store"
)

// explanation is why a conversation is where it is, as JSON.
type explanation struct {
	Conversation desk.ConversationID `json:"conversation"`
	Number       int64               `json:"number"`
	Queue        desk.QueueID        `json:"queue"`
	Medium       desk.Medium         `json:"medium"`
	Status       desk.Status         `json:"status"`
	Assignee     desk.AgentID        `json:"assignee"`
	Rank         *time.Time          `json:"rank"` // null when it does not wait
	Due          *time.Time          `json:"due_at"`
	Boost        float64             `json:"boost_s"`
	Steps        []explained         `json:"steps"`
}

// explained is one step of its way.
type explained struct {
	At         time.Time         `json:"at"`
	Kind       string            `json:"kind"`
	Agent      desk.AgentID      `json:"agent,omitempty"`
	Offer      desk.OfferID      `json:"offer,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Auto       bool              `json:"auto,omitempty"`
	Score      map[string]string `json:"score,omitempty"`      // what decided who is next and who gets it
	Considered int               `json:"considered,omitempty"` // agents of the queues
	Passed     []passed          `json:"passed,omitempty"`
}

// passed is an agent who was not chosen, and why not.
type passed struct {
	Agent  desk.AgentID `json:"agent"`
	Reason string       `json:"reason"`
}

// explain tells from the record how a conversation was routed.
func (p *program) explain(ctx context.Context, args []string) error {
	which := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		which, args = args[0], args[1:]
	} else if n := len(args) - 1; n >= 0 && !strings.HasPrefix(args[n], "-") && (n == 0 || !slices.Contains([]string{"-c", "--c"}, args[n-1])) {
		which, args = args[n], args[:n]
	}
	if which == "" {
		return fmt.Errorf("%w: route explain CONVERSATION; its id or its number", errUsage)
	}
	asJSON := false
	cfg, err := p.config("route explain", args, func(f *flag.FlagSet) { f.BoolVar(&asJSON, "json", false, "") })
	if err != nil {
		return err
	}
	db, err := openRecord(ctx, cfg.Store, p.logger(cfg.Log), "GET /api/v1/conversations/ID/trace")
	if err != nil {
		return fmt.Errorf("route explain: %w", err)
	}
	defer db.Close()
	e, err := explanationOf(ctx, db, which)
	if errors.Is(err, desk.ErrNotFound) {
		return fmt.Errorf("there is no conversation %s", which)
	}
	if err != nil {
		return fmt.Errorf("explain %s: %w", which, err)
	}
	if asJSON {
		return p.printJSON(e)
	}
	return p.printExplanation(e, db.Directory())
}

// conversationNamed is the conversation of a number, with or without its #, or of an id as it is; desk.ErrNotFound for a
// number nobody has.
func conversationNamed(ctx context.Context, db *store.DB, which string) (desk.ConversationID, error) {
	if n, err := strconv.ParseInt(strings.TrimPrefix(which, "#"), 10, 64); err == nil {
		return db.ConversationNumbered(ctx, n)
	}
	return desk.ConversationID(which), nil
}

func explanationOf(ctx context.Context, db *store.DB, which string) (explanation, error) {
	id, err := conversationNamed(ctx, db, which)
	if err != nil {
		return explanation{}, err
	}
	c, clocks, err := db.Conversation(ctx, id)
	if err != nil {
		return explanation{}, err
	}
	e := explanation{
		Conversation: c.ID, Number: c.Number, Queue: c.Queue, Medium: c.Medium, Status: c.Status, Assignee: c.Assignee,
		Steps: []explained{},
	}
	if c.Status == desk.Open && c.Assignee == "" && c.Queue != "" {
		q, _ := db.Directory().Queue(c.Queue)
		w := desk.WorkOf(c, clocks, q)
		rank := w.Rank()
		e.Rank, e.Due, e.Boost = &rank, &w.DueAt, w.Boost.Seconds()
	}
	events, err := eventsOf(ctx, db, id)
	if err != nil {
		return explanation{}, err
	}
	for _, ev := range events {
		if s, ok := explainFact(ev); ok {
			e.Steps = append(e.Steps, s)
		}
	}
	return e, nil
}

// explainFact is the routing side of a fact; false for facts about something else.
func explainFact(ev desk.Event) (explained, bool) {
	s := explained{At: ev.At, Kind: ev.Fact.Kind()}
	switch f := ev.Fact.(type) {
	case desk.Queued:
		s.Reason = string(f.Work.Queue)
		s.planned(f.Work.Plan)
	case desk.Reranked:
		if f.Work.Plan == nil {
			return s, false
		}
		s.planned(f.Work.Plan)
	case desk.PolicyActed:
		s.Reason = string(f.Do)
		s.planned(&desk.Plan{Policy: f.Policy, Version: f.Version, Rule: f.Rule, Limit: f.Limit})
		if f.Step > 0 {
			s.Score["step"] = strconv.Itoa(f.Step)
		}
	case desk.Resumed:
		s.Agent = f.Agent
	case desk.Unqueued:
		s.Reason = f.Why
	case desk.Offered:
		s.Agent, s.Offer, s.Auto = f.Agent, f.Offer, f.Auto
		s.reasons(f.Why)
	case desk.OfferAccepted:
		s.Agent, s.Offer, s.Auto = f.Agent, f.Offer, f.Auto
	case desk.OfferDeclined:
		s.Agent, s.Offer, s.Reason = f.Agent, f.Offer, f.Reason
	case desk.OfferExpired:
		s.Agent, s.Offer = f.Agent, f.Offer
	case desk.OfferWithdrawn:
		s.Agent, s.Offer, s.Reason = f.Agent, f.Offer, f.Reason
	case desk.Assigned:
		s.Agent, s.Offer = f.Agent, f.Offer
		if f.Forced {
			s.Reason = "forced"
		}
	case desk.Released:
		s.Agent, s.Reason = f.Agent, f.Why
	case desk.QueueChanged:
		s.Reason = string(f.To)
	default:
		return s, false
	}
	return s, true
}

// planned says which policy, rule, share and limit made a conversation's plan.
func (s *explained) planned(p *desk.Plan) {
	if p == nil {
		return
	}
	s.Score = map[string]string{"policy": string(p.Policy) + " " + strconv.FormatInt(p.Version, 10)}
	for rule, value := range map[string]string{"policy_rule": p.Rule, "split": p.Share, "limit": p.Limit} {
		if value != "" {
			s.Score[rule] = value
		}
	}
	for _, q := range p.From {
		s.Score["sent_on"] = strings.TrimPrefix(s.Score["sent_on"]+", "+string(q), ", ")
	}
}

// reasons sorts an offer's trace into what decided and who was passed over.
func (s *explained) reasons(why []desk.Reason) {
	s.Score = map[string]string{}
	for _, r := range why {
		switch r.Rule {
		case "passed":
			who, reason, _ := strings.Cut(r.Value, " ")
			s.Passed = append(s.Passed, passed{desk.AgentID(who), reason})
		case "considered":
			s.Considered, _ = strconv.Atoi(r.Value)
		default:
			if had := s.Score[r.Rule]; had != "" {
				r.Value = had + ", " + r.Value
			}
			s.Score[r.Rule] = r.Value
		}
	}
}

// scoreOrder is the order in which the parts of a score are read.
var scoreOrder = []string{
	"rank", "due", "boost", "waited", "ringing", "policy", "policy_rule", "split", "limit", "sent_on",
	"step", "raised", "skills", "relaxed", "dropped", "overflow", "team", "language", "preferred_skills", "prefer", "rule", "decided", "load",
	"idle", "again", "by_hand", "forced",
}

func (p *program) printExplanation(e explanation, dir desk.Directory) error {
	name := func(a desk.AgentID) string {
		if known, ok := dir.Agent(a); ok && known.Name != "" {
			return known.Name
		}
		return string(a)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#%d (%s) %s, %s, queue %s", e.Number, e.Conversation, e.Medium, e.Status, e.Queue)
	switch {
	case e.Assignee != "":
		fmt.Fprintf(&b, ", with %s\n", name(e.Assignee))
	case e.Rank != nil:
		fmt.Fprintf(&b, ", waiting\nrank %s = due %s − boost %s\n", stamp(*e.Rank), stamp(*e.Due), time.Duration(e.Boost*float64(time.Second)))
	default:
		b.WriteString(", with nobody\n")
	}
	for i := range e.Steps {
		s := &e.Steps[i]
		fmt.Fprintf(&b, "%s  %s", stamp(s.At), strings.ReplaceAll(s.Kind, "_", " "))
		if s.Agent != "" {
			fmt.Fprintf(&b, "  %s", name(s.Agent))
		}
		if s.Reason != "" {
			fmt.Fprintf(&b, "  (%s)", s.Reason)
		}
		if s.Auto {
			b.WriteString("  accepted for them")
		}
		b.WriteByte('\n')
		var parts []string
		for _, rule := range scoreOrder {
			if v, ok := s.Score[rule]; ok {
				parts = append(parts, rule+" "+v)
			}
		}
		if len(parts) > 0 {
			fmt.Fprintf(&b, "    %s\n", strings.Join(parts, " · "))
		}
		if len(s.Passed) > 0 {
			fmt.Fprintf(&b, "    passed over, of %d who serve the queue:\n", s.Considered)
		}
		for _, x := range s.Passed {
			fmt.Fprintf(&b, "      %s: %s\n", name(x.Agent), x.Reason)
		}
	}
	if len(e.Steps) == 0 {
		b.WriteString("It was never queued nor offered.\n")
	}
	if _, err := p.out.Write([]byte(b.String())); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
