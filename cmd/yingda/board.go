package main

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"yingda/desk"
	"yingda/router"
	"yingda/store"
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

// ahead looks ahead with the router's simulator, by the policies in force, and the record's past.
type ahead struct {
	*store.DB
	n *node
}

// steered is a question with the policies in force.
func (a ahead) steered(ctx context.Context, ask router.OutlookAsk) (router.OutlookAsk, error) {
	docs, _, err := storedRouting(ctx, a.DB)
	ask.Policies, ask.Open = docs, calendarsOf(a.n.promises.Book)
	return ask, err
}

func (a ahead) Outlook(ctx context.Context, asks []router.OutlookAsk) ([][]router.OutlookLine, error) {
	asks = slices.Clone(asks)
	for i := range asks {
		var err error
		if asks[i], err = a.steered(ctx, asks[i]); err != nil {
			return nil, err
		}
	}
	return a.n.router.Outlook(ctx, asks)
}

func (a ahead) Remedies(ctx context.Context, ask router.OutlookAsk, lines []router.OutlookLine) ([]router.Remedy, error) {
	ask, err := a.steered(ctx, ask)
	if err != nil {
		return nil, err
	}
	return a.n.router.Remedies(ctx, ask, lines)
}

// Due counts in a calendar; one that is gone, or never opens again, is the wall clock.
func (a ahead) Due(calendar string, budget time.Duration) func(time.Time) time.Time {
	s := a.n.promises.Book().Schedule(calendar)
	if s == nil {
		return nil
	}
	return func(from time.Time) time.Time {
		due, err := s.Add(from, budget)
		if err != nil {
			return from.Add(budget)
		}
		return due
	}
}

// door is how a chat or phone inbox does on this node.
func (n *node) door(id desk.InboxID) webui.Door {
	good, refused := n.voice.Health(id)
	return webui.Door{Visitors: n.chat.Open()[id], LastGood: good, Refused: refused}
}
