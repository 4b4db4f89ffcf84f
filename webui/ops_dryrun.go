package webui

import (
	"context"
	"net/http"
	"time"

	"yingda/desk"
	"yingda/sla"
)

func (s *Server) dryRunOps() {
	add(s, op{desk.RoleAdministrator, http.MethodPost, "/settings/policies/{id}/dryrun", "dryRunPolicy", "Count past days again as if the policy were this document; nothing is saved"}, s.dryRun)
}

// DryRunAsk is a policy as it would be, and how far to look back.
type DryRunAsk struct {
	Doc  sla.Policy `json:"doc"`
	Days int        `json:"days" minimum:"1" maximum:"92" default:"30" doc:"the promises that ended in so many days up to now"`
}

// DryRunAnswer is how promises ended, and how they would have. What people did is taken as it was.
type DryRunAnswer struct {
	From   Time          `json:"from"`
	To     Time          `json:"to"`
	Played int           `json:"played" doc:"conversations that were counted again, the newest first"`
	Whole  bool          `json:"whole" doc:"false: there are more than could be counted in time; both sides are of those that were"`
	Items  []sla.DryLine `json:"items"`
}

type dryRunIn struct {
	ByID
	Body DryRunAsk
}

// dryTime is how long a person waits for a dry run, dryMost how many conversations it looks at.
const (
	dryTime = 8 * time.Second
	dryMost = 20_000
)

func (s *Server) dryRun(ctx context.Context, in *dryRunIn) (*out[DryRunAnswer], error) {
	if s.Reports == nil {
		return nil, refuse(desk.Unavailable, "store_down")
	}
	if !s.dryRuns.TryLock() { // it reads a month of the record: one at a time
		return nil, refuse(desk.TooMany, "forecast_busy")
	}
	defer s.dryRuns.Unlock()
	now := s.Now()
	books, err := s.Papers.BookEvents(ctx)
	if err != nil {
		return nil, err
	}
	in.Body.Doc.ID = in.ID
	d, err := sla.NewDryRun(sla.NewLedger(books, nil), []sla.Policy{in.Body.Doc}, now.AddDate(0, 0, -in.Body.Days), now, now)
	if err != nil {
		return nil, sla.Refusal(err)
	}
	answer := DryRunAnswer{From: at(d.From), To: at(now)}
	patience, cancel := context.WithTimeout(ctx, dryTime)
	defer cancel()
	play := func(r desk.ConversationRow) error {
		events, _, err := s.allEvents(ctx, r.ID)
		if err == nil {
			d.Add(r.Conversation, events)
		}
		return err
	}
	if answer.Whole, err = s.eachEnded(ctx, patience, sla.PromiseQuery{From: d.From, To: d.To, By: "day", AllQueues: true}, play); err != nil {
		return nil, err
	}
	answer.Played = d.Played
	if !answer.Whole && answer.Played == 0 {
		return nil, refuse(desk.Unavailable, "forecast_slow")
	}
	answer.Items = d.Lines()
	return &out[DryRunAnswer]{answer}, nil
}

// eachEnded hands every conversation of which a promise ended to take, once each, the newest endings first, until patience
// is over. It reports whether those were all.
func (s *Server) eachEnded(ctx, patience context.Context, q sla.PromiseQuery, take func(desk.ConversationRow) error) (whole bool, err error) {
	seen := map[desk.ConversationID]bool{}
	for before := (desk.Keyset{}); ; {
		found, err := s.Reports.PromiseRows(ctx, q, before, desk.PageMost)
		if err != nil {
			return false, err
		}
		var fresh []desk.ConversationID
		for _, p := range found {
			if !seen[p.Conversation] {
				seen[p.Conversation] = true
				fresh = append(fresh, p.Conversation)
			}
			before = desk.Keyset{At: p.EndedAt, ID: p.Place()}
		}
		rows, err := s.Lists.ConversationRows(ctx, "", fresh)
		if err != nil {
			return false, err
		}
		for _, r := range rows {
			if patience.Err() != nil {
				return false, ctx.Err()
			}
			if err := take(r); err != nil {
				return false, err
			}
		}
		if len(found) < desk.PageMost {
			return true, nil
		}
		if len(seen) >= dryMost {
			return false, nil
		}
	}
}
