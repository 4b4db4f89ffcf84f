package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"yingda/desk"
	"yingda/router"
	"yingda/webui"
)

// boardRetry is how long a node waits before it asks again to be the one that watches.
const boardRetry = time.Second

// watchBoard holds the board's numbers against the rules for alerts, and writes down what each hour is expected to bring,
// on one node at a time.
func (n *node) watchBoard(ctx context.Context) error {
	for ctx.Err() == nil {
		err := n.db.Hold(ctx, "board", func(ctx context.Context) error {
			g, ctx := errgroup.WithContext(ctx)
			g.Go(func() error { return n.web.Hub.WatchAlerts(ctx) })
			g.Go(func() error { return n.web.Hub.WatchHours(ctx) })
			return g.Wait()
		})
		if err != nil && ctx.Err() == nil {
			n.log.Debug("board: lease", "err", err)
		}
		rest(ctx, boardRetry)
	}
	return nil
}

// ahead looks ahead with the router's simulator and the record's past.
type ahead struct{ n *node }

func (a ahead) LookAhead(ctx context.Context, asks []webui.Ahead) ([][]webui.AheadLine, error) {
	in := make([]router.OutlookAsk, len(asks))
	for i, q := range asks {
		in[i] = router.OutlookAsk{
			Horizon: q.Horizon, Runs: q.Runs, Seed: q.Seed, Due: q.Due,
			Change: router.OutlookChange{Kind: q.Change.Kind, Queue: q.Change.Queue, Agent: q.Change.Agent, To: q.Change.To},
		}
		for _, s := range q.Streams {
			in[i].Streams = append(in[i].Streams, router.OutlookStream{
				Queue: s.Queue, Medium: s.Medium, PerHour: s.PerHour, Handling: s.Handling, Budget: s.Budget,
			})
		}
	}
	said, err := a.n.router.Outlook(ctx, in)
	out := make([][]webui.AheadLine, len(said))
	for i, lines := range said {
		for _, l := range lines {
			out[i] = append(out[i], webui.AheadLine{Queue: l.Queue, Arrivals: l.Arrivals, Late: l.Late})
		}
	}
	return out, err
}

func (a ahead) Arrivals(ctx context.Context, from, to time.Time) ([]desk.Flow, error) {
	return a.n.db.Arrivals(ctx, from, to)
}

func (a ahead) Handled(ctx context.Context, from, to time.Time) ([]desk.Flow, error) {
	return a.n.db.Handled(ctx, from, to)
}

func (a ahead) SaveForesight(ctx context.Context, all []desk.Foreseen) error {
	return a.n.db.SaveForesight(ctx, all)
}

func (a ahead) Foresight(ctx context.Context, from, to time.Time) ([]desk.Foreseen, error) {
	return a.n.db.Foresight(ctx, from, to)
}

func (a ahead) Broke(ctx context.Context, from, to time.Time) (map[desk.QueueID]int64, error) {
	return a.n.db.Broke(ctx, from, to)
}

// door is how a chat or phone inbox does on this node.
func (n *node) door(id desk.InboxID) webui.Door {
	good, refused := n.voice.Health(id)
	return webui.Door{Visitors: n.chat.Open()[id], LastGood: good, Refused: refused}
}
