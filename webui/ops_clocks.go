package webui

import (
	"context"
	"slices"
	"time"

	"yingda/desk"
	"yingda/sla"
)

// ClockHistory answers "why is this late": the clocks made anew from the facts, and each turn of theirs.
type ClockHistory struct {
	Conversation string      `json:"conversation"`
	Agrees       bool        `json:"agrees" doc:"the stored clocks are what the facts give"`
	Complete     bool        `json:"complete" doc:"false: there are more facts than were read, and the history begins in between"`
	Clocks       []Clock     `json:"clocks" doc:"all that ever ran, in the order they started"`
	Turns        []ClockTurn `json:"turns" doc:"oldest first"`
}

// ClockTurn is one thing that happened to a clock, and why.
type ClockTurn struct {
	At     Time              `json:"at" doc:"when it counts"`
	What   string            `json:"what" enum:"started,paused,resumed,changed,marked,unmarked,warned,breached,escalated,acknowledged,forgiven,met,revived,cancelled,waiver_asked,waived,waiver_refused,waiver_undone"`
	Target string            `json:"target" enum:"answer,first_response,next_response,resolution,callback,requester_wait,agent_work,update,group"`
	N      int               `json:"n" doc:"counts the clocks of one target from 1"`
	Cause  string            `json:"cause" doc:"kind of the fact; time: only time passed"`
	Seq    int64             `json:"seq" doc:"number of the fact; 0 when only time passed"`
	By     Who               `json:"by"`
	Params map[string]string `json:"params" doc:"what one wants to know of the cause, such as message, from, to, reason"`
	Level  int               `json:"level" doc:"of a warning, per cent of the time; else 0"`
	OldDue Time              `json:"old_due" doc:"null when the due moment did not move"`
	Clock  Clock             `json:"clock" doc:"as it stood after"`
	Left   int64             `json:"left_s" doc:"time left then in the clock's own measure, seconds; negative when late"`
}

const (
	maxFacts  = 20_000 // how many facts one history is made of at most
	factsPage = 100    // how many are read at once: the record's own page
)

func (s *Server) getClockHistory(ctx context.Context, in *ByID) (*out[ClockHistory], error) {
	r, err := s.visible(ctx, viewing(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	events, complete, err := s.allEvents(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	books, err := s.Papers.BookEvents(ctx)
	if err != nil {
		return nil, err
	}
	ledger := sla.NewLedger(books, nil)
	turns, clocks := sla.Why(r.Conversation, events, ledger.At, s.Now())
	h := ClockHistory{
		Conversation: in.ID, Complete: complete, Agrees: complete && sla.Agree(r.Clocks, clocks),
		Clocks: mapped(clocks, wireClock), Turns: make([]ClockTurn, 0, len(turns)),
	}
	d := s.Dir()
	for _, t := range turns {
		h.Turns = append(h.Turns, clockTurn(d, ledger, t))
	}
	return &out[ClockHistory]{h}, nil
}

func clockTurn(d desk.Directory, ledger *sla.Ledger, t sla.Turn) ClockTurn {
	w := ClockTurn{
		At: at(t.At), What: t.What, Target: string(t.Clock.Target), N: t.Clock.N, Cause: t.Cause, Seq: t.Seq, Params: t.Params,
		Level: t.Level, OldDue: at(t.Old), Clock: wireClock(t.Clock), Left: int64(ledger.At(t.At).Left(t.Clock, t.At) / time.Second),
	}
	if t.Seq != 0 {
		w.By = who(d, t.Actor)
	}
	if w.Params == nil {
		w.Params = map[string]string{}
	}
	return w
}

// allEvents reads a conversation's facts, oldest first, as far as maxFacts.
func (s *Server) allEvents(ctx context.Context, id desk.ConversationID) (events []desk.Event, complete bool, err error) {
	var before int64
	for len(events) < maxFacts {
		page, err := s.Lists.ConversationEvents(ctx, id, before, factsPage)
		if err != nil {
			return nil, false, err
		}
		events = append(events, page...)
		if len(page) < factsPage {
			complete = true
			break
		}
		before = page[len(page)-1].Seq
	}
	slices.Reverse(events)
	return events, complete, nil
}

// ClockPath names a promise of a conversation; exported, for huma fills embedded fields only then.
type ClockPath struct {
	ByID
	Target string `path:"target" enum:"answer,first_response,next_response,resolution,callback,requester_wait,agent_work,update,group"`
}

// acknowledge says "I have it": the ladder of the clock stops.
func (s *Server) acknowledge(ctx context.Context, in *ClockPath) (*out[Conversation], error) {
	v := viewing(ctx)
	r, err := s.visible(ctx, v, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.Desk.Acknowledge(ctx, v.actor(), r.ID, desk.Target(in.Target)); err != nil {
		return nil, err
	}
	return s.fresh(ctx, r.ID)
}
