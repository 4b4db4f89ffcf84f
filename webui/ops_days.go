package webui

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"

	"yingda/desk"
)

// Days are agents' days and what was thought of their work; *store.DB is one.
type Days interface {
	// AgentEvents is one page of the facts of a period that are about an agent or that they did, newest first.
	AgentEvents(ctx context.Context, a desk.AgentID, from, to time.Time, before desk.LogPlace, limit int) ([]desk.Event, error)
	// AnsweredBy names the conversations an agent answered in a period, in order of id.
	AnsweredBy(ctx context.Context, a desk.AgentID, from, to time.Time) ([]desk.ConversationID, error)
	Scores(ctx context.Context, a desk.AgentID, from, to time.Time) ([]desk.Score, error)
}

func (s *Server) dayOps() {
	add(s, op{desk.RoleAgent, http.MethodGet, "/agents/{id}/day", "getAgentDay", "An agent's day, newest first: my own, or of somebody of my teams, which they see"}, s.getAgentDay)
	add(s, op{desk.RoleSupervisor, http.MethodGet, "/agents/{id}/sample", "sampleAgent", "Some conversations they answered, picked by chance, for a look at quality"}, s.sampleAgent)
	add(s, op{desk.RoleSupervisor, http.MethodPut, "/agents/{id}/scores/{mid}", "saveScore", "What I think of a conversation as they led it; mid is the conversation"}, s.saveScore)
}

type dayQuery struct {
	ByID
	Paging
	Date string `query:"date" required:"true" minLength:"10" maxLength:"10" doc:"as 2026-11-22"`
	Zone string `query:"zone" default:"UTC" maxLength:"64"`
}

// AgentDay is one page of an agent's day.
type AgentDay struct {
	Agent  string     `json:"agent"`
	Name   string     `json:"name"`
	Date   string     `json:"date"`
	Items  []DayItem  `json:"items"`
	Next   string     `json:"next"`
	Totals *DayTotals `json:"totals,omitempty" doc:"of the whole day; on the first page"`
	Scores []DayScore `json:"scores" doc:"what reviewers said on that day; on the first page"`
}

// DayTotals is what a day came to.
type DayTotals struct {
	Answers   int `json:"answers"`
	Late      int `json:"late" doc:"of the answers"`
	Offers    int `json:"offers"`
	Missed    int `json:"missed" doc:"offers that rang out"`
	Declined  int `json:"declined"`
	Transfers int `json:"transfers"`
	Looks     int `json:"looks" doc:"by others at their work"`
}

// DayItem is one thing that happened. Of a conversation the reader may not see it says no more than what was done, when,
// and by whom.
type DayItem struct {
	Event        Event  `json:"event"`
	Conversation string `json:"conversation" doc:"empty: it is about none, it was erased, or it is not the reader's to see"`
	Number       int64  `json:"number"`
	Customer     string `json:"customer"`
	Medium       string `json:"medium"`
	Wait         *int64 `json:"wait_s,omitempty" doc:"of an answer: how long the customer had waited"`
	Late         bool   `json:"late" doc:"of an answer: after its due moment"`
}

// DayScore is what a reviewer thought of one conversation.
type DayScore struct {
	Conversation string      `json:"conversation"`
	Reviewer     Who         `json:"reviewer"`
	At           Time        `json:"at"`
	Points       []DayPoints `json:"points"`
	Words        string      `json:"words"`
}

// DayPoints are one question's.
type DayPoints struct {
	Question string `json:"question" enum:"tone,understanding,solution,promise"`
	Points   int    `json:"points" minimum:"1" maximum:"5"`
}

func (s *Server) getAgentDay(ctx context.Context, in *dayQuery) (*out[AgentDay], error) {
	v := viewing(ctx)
	a, err := s.covered(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from, err := dayIn(in.Zone, in.Date, "date")
	if err != nil {
		return nil, err
	}
	var place desk.LogPlace
	if err := s.sign.open("day", in.Cursor, &place); err != nil {
		return nil, err
	}
	if err := s.looksAt(ctx, v, a.ID, "day:"+in.Date); err != nil {
		return nil, err
	}
	to := from.AddDate(0, 0, 1)
	found, err := s.Days.AgentEvents(ctx, a.ID, from, to, place, in.Limit)
	if err != nil {
		return nil, err
	}
	day := AgentDay{Agent: string(a.ID), Name: a.Name, Date: in.Date, Scores: []DayScore{}}
	if day.Items, err = s.dayItems(ctx, v.scope, found); err != nil {
		return nil, err
	}
	if len(found) == in.Limit {
		place.At, place.Seq = found[len(found)-1].At, found[len(found)-1].Seq
		day.Next = s.sign.seal("day", place)
	}
	if in.Cursor != "" {
		return &out[AgentDay]{day}, nil
	}
	if day.Totals, err = s.dayTotals(ctx, a.ID, from, to); err != nil {
		return nil, err
	}
	day.Scores, err = s.scores(ctx, a.ID, from, to)
	return &out[AgentDay]{day}, err
}

// dayTotals counts the whole day, however many pages it has.
func (s *Server) dayTotals(ctx context.Context, a desk.AgentID, from, to time.Time) (*DayTotals, error) {
	var d desk.Day
	for place := (desk.LogPlace{}); ; {
		found, err := s.Days.AgentEvents(ctx, a, from, to, place, desk.PageMost)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			d.Add(e)
			place.At, place.Seq = e.At, e.Seq
		}
		if len(found) < desk.PageMost {
			break
		}
	}
	return &DayTotals{
		Answers: d.Answers, Late: d.Late, Offers: d.Offers, Missed: d.Missed, Declined: d.Declined, Transfers: d.Transfers, Looks: d.Looks,
	}, nil
}

func (s *Server) dayItems(ctx context.Context, scope desk.Scope, found []desk.Event) ([]DayItem, error) {
	var ids []desk.ConversationID
	for _, e := range found {
		if id := desk.ConversationID(e.Subject.ID); e.Subject.Kind == desk.AboutConversation && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	rows, err := s.rowsWithin(ctx, scope, ids)
	if err != nil {
		return nil, err
	}
	d := s.Dir()
	return mapped(found, func(e desk.Event) DayItem {
		item := DayItem{Event: wireEvent(d, e)}
		r, ok := rows[desk.ConversationID(e.Subject.ID)]
		switch {
		case e.Subject.Kind != desk.AboutConversation:
		case !ok:
			item.Event.ID, item.Event.Data = "", map[string]any{}
		default:
			item.Conversation, item.Number, item.Customer, item.Medium = string(r.ID), r.Number, r.ContactName, string(r.Medium)
		}
		if f, ok := e.Fact.(desk.ClockMet); ok && f.Clock.Target.Response() {
			wait := int64(f.Clock.MetAt.Sub(f.Clock.StartedAt) / time.Second)
			item.Wait, item.Late = &wait, f.Clock.Broken()
		}
		return item
	}), nil
}

func (s *Server) scores(ctx context.Context, a desk.AgentID, from, to time.Time) ([]DayScore, error) {
	found, err := s.Days.Scores(ctx, a, from, to)
	d := s.Dir()
	return mapped(found, func(x desk.Score) DayScore {
		w := DayScore{Conversation: string(x.Conversation), Reviewer: who(d, desk.AgentActor(x.Reviewer, "")), At: at(x.At), Points: []DayPoints{}, Words: x.Words}
		for _, p := range x.Points {
			w.Points = append(w.Points, DayPoints{p.Question, p.Points})
		}
		return w
	}), err
}

// rowsWithin are those of some conversations that are there and within a scope.
func (s *Server) rowsWithin(ctx context.Context, scope desk.Scope, ids []desk.ConversationID) (map[desk.ConversationID]desk.ConversationRow, error) {
	out := map[desk.ConversationID]desk.ConversationRow{}
	if len(ids) == 0 {
		return out, nil
	}
	known, err := s.Lists.ConversationRows(ctx, "", ids)
	for _, r := range known {
		if scope.Sees(r) {
			out[r.ID] = r
		}
	}
	return out, err
}

// looks spares the record those looks that this node knows to stand in it.
type looks struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// maxLooks bounds what is remembered.
const maxLooks = 10_000

func (l *looks) fresh(key string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Sub(l.last[key]) >= desk.LookFor
}

func (l *looks) keep(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || len(l.last) > maxLooks {
		l.last = map[string]time.Time{}
	}
	l.last[key] = now
}

// looksAt writes into an agent's day that somebody else looked at their work. One's own is nobody's business.
func (s *Server) looksAt(ctx context.Context, v viewer, a desk.AgentID, what string) error {
	if a == v.id() || a == "" {
		return nil
	}
	key, now := string(v.id())+" "+string(a)+" "+what, s.Now()
	if !s.looks.fresh(key, now) {
		return nil
	}
	if err := s.Desk.Look(ctx, v.actor(), a, what); err != nil {
		return err
	}
	s.looks.keep(key, now)
	return nil
}

type sampleQuery struct {
	ByID
	From string `query:"from" required:"true" minLength:"10" maxLength:"10" doc:"the first day"`
	To   string `query:"to" required:"true" minLength:"10" maxLength:"10" doc:"the last day, 31 at most"`
	Zone string `query:"zone" default:"UTC" maxLength:"64"`
	N    int    `query:"n" minimum:"1" maximum:"50" default:"5"`
	Draw string `query:"draw" maxLength:"20" doc:"another word draws another sample; the same word the same"`
}

// AgentSample is a sample of an agent's work and what was said of it.
type AgentSample struct {
	Agent  string         `json:"agent"`
	Name   string         `json:"name"`
	Of     int            `json:"of" doc:"how many they answered in the period"`
	Items  []Conversation `json:"items"`
	Scores []DayScore     `json:"scores" doc:"given in the period"`
}

// maxSampleDays bounds the period a sample is drawn from.
const maxSampleDays = 31

func (s *Server) sampleAgent(ctx context.Context, in *sampleQuery) (*out[AgentSample], error) {
	v := viewing(ctx)
	a, err := s.covered(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from, to, err := daysIn(in.Zone, in.From, in.To, maxSampleDays)
	if err != nil {
		return nil, err
	}
	if err := s.looksAt(ctx, v, a.ID, "sample:"+in.From+"/"+in.To); err != nil {
		return nil, err
	}
	to = to.AddDate(0, 0, 1)
	all, err := s.Days.AnsweredBy(ctx, a.ID, from, to)
	if err != nil {
		return nil, err
	}
	sample := AgentSample{Agent: string(a.ID), Name: a.Name, Of: len(all), Items: []Conversation{}}
	drawn := byChance(all, in.Draw)
	rows, err := s.Lists.ConversationRows(ctx, v.id(), drawn[:min(len(drawn), in.N)])
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if v.scope.Sees(r) {
			sample.Items = append(sample.Items, s.row(r))
		}
	}
	sample.Scores, err = s.scores(ctx, a.ID, from, s.Now().Add(time.Second))
	return &out[AgentSample]{sample}, err
}

// byChance puts ids into an order that has nothing to do with what happened in them, and is the same for the same word.
func byChance(ids []desk.ConversationID, word string) []desk.ConversationID {
	hash := func(id desk.ConversationID) string {
		sum := sha256.Sum256([]byte(word + " " + string(id)))
		return hex.EncodeToString(sum[:8])
	}
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b desk.ConversationID) int { return cmp.Compare(hash(a), hash(b)) })
	return out
}

type scoreIn struct {
	ByID
	Conversation string `path:"mid" maxLength:"64"`
	Body         struct {
		Points []DayPoints `json:"points" minItems:"1" maxItems:"4"`
		Words  string      `json:"words" maxLength:"2000"`
	}
}

func (s *Server) saveScore(ctx context.Context, in *scoreIn) (*ack, error) {
	v := viewing(ctx)
	a, err := s.covered(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	r, err := s.visible(ctx, v, in.Conversation)
	if err != nil {
		return nil, err
	}
	score := desk.Score{Conversation: r.ID, Agent: a.ID, Words: in.Body.Words}
	for _, p := range in.Body.Points {
		score.Points = append(score.Points, desk.Points{Question: p.Question, Points: p.Points})
	}
	return done(), s.Desk.Score(ctx, v.actor(), score)
}
