package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"yingda/desk"
	"yingda/router"
	"yingda/sla"
	"yingda/store"
)

// policies are the routing policies in force, replaced whole when one is published; the desk asks them.
type policies struct {
	now atomic.Pointer[router.Policies]
}

func (p *policies) Plan(a desk.Arrival) desk.Verdict {
	if in := p.now.Load(); in != nil {
		return in.Plan(a)
	}
	return desk.Verdict{Queue: a.Conversation.Queue}
}

// none reports whether there is no policy at all.
func (p *policies) none() bool {
	in := p.now.Load()
	return in == nil || in.None()
}

// hearRouting puts a published policy in force and lets what waits be looked at again. Every node does; a second time
// changes nothing. A calendar that changed needs neither: it is asked when somebody comes.
func (n *node) hearRouting(ctx context.Context, e desk.Event) error {
	f, ok := e.Fact.(desk.SettingChanged)
	if !ok || f.Setting != desk.SettingRouting {
		return nil
	}
	if err := n.refreshRouting(ctx); err != nil {
		return err
	}
	select {
	case n.routingNews <- struct{}{}:
	default: // it will look at all that waits in any case
	}
	return nil
}

// What could not be asked about is tried again after a pause, each time twice as long, up to the longest.
const (
	reroutePause   = 2 * time.Second
	rerouteLongest = 5 * time.Minute
)

// rerouting lets what waits be asked about again whenever policies changed, until ctx ends. Every node does, by the
// policies that it goes by from then on itself.
func (n *node) rerouting(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-n.routingNews:
			n.rerouteUntilDone(ctx, n.routingNews)
		}
	}
	return nil
}

// reroutingAtStart lets what waits be asked about once on the node that holds the lease: whoever was to do it may have
// stopped in the middle.
func (n *node) reroutingAtStart(ctx context.Context) error {
	return n.leased(ctx, "rerouting", func(ctx context.Context) error {
		n.rerouteUntilDone(ctx, nil)
		<-ctx.Done()
		return nil
	})
}

func (n *node) rerouteUntilDone(ctx context.Context, news <-chan struct{}) {
	untilDone(ctx, news, n.reroute, func(err error, left int, pause time.Duration) {
		n.log.Warn("routing: not all that waits was asked about again", "left", left, "again_in", pause, "err", err)
	})
}

// untilDone makes a pass over everything (nil), then over what failed, until nothing does or ctx ends. News begin again
// with everything.
func untilDone(ctx context.Context, news <-chan struct{}, pass func(context.Context, []desk.ConversationID) ([]desk.ConversationID, error),
	warn func(err error, left int, pause time.Duration),
) {
	var left []desk.ConversationID
	pause := reroutePause
	for {
		failed, err := pass(ctx, left)
		if err == nil || ctx.Err() != nil {
			return
		}
		warn(err, len(failed), pause)
		select {
		case <-ctx.Done():
			return
		case <-news:
			left, pause = nil, reroutePause
		case <-time.After(pause):
			left, pause = failed, min(2*pause, rerouteLongest)
		}
	}
}

func (n *node) refreshRouting(ctx context.Context) error {
	docs, versions, err := storedRouting(ctx, n.db)
	if err != nil {
		return err
	}
	n.policies.now.Store(router.NewPolicies(docs, versions, n.surroundings()))
	return nil
}

// storedRouting are the policies as the settings have them. One that does not read any more is left out: its queue goes
// by its own settings.
func storedRouting(ctx context.Context, db *store.DB) ([]router.Routing, map[desk.QueueID]int64, error) {
	sets, err := db.Settings(ctx, desk.SettingRouting)
	if err != nil {
		return nil, nil, fmt.Errorf("read the routing policies: %w", err)
	}
	var docs []router.Routing
	versions := map[desk.QueueID]int64{}
	for _, s := range sets {
		var doc router.Routing
		if json.Unmarshal(s.Doc, &doc) != nil {
			continue
		}
		doc.ID = desk.QueueID(s.ID)
		docs, versions[doc.ID] = append(docs, doc), s.Version
	}
	return docs, versions, nil
}

// surroundings is what policies are told of the world.
func (n *node) surroundings() router.Surroundings {
	return router.Surroundings{
		Open: calendarsOf(n.promises.Book),
		Line: func(q desk.QueueID, m desk.Medium) (int, time.Duration, bool) { return n.router.Line(q, m) },
	}
}

func calendarsOf(book func() *sla.Book) func(string, time.Time) (bool, bool) {
	return func(calendar string, at time.Time) (open, known bool) {
		s := book().Schedule(calendar)
		return s != nil && s.Open(at), s != nil
	}
}

// reroute lets the conversations, nil: everything that waits, be asked about again, but for what no policy has or had a
// say in. One that cannot be asked about keeps no other waiting. failed are those that could not be; nil with an error:
// what waits could not be listed.
func (n *node) reroute(ctx context.Context, only []desk.ConversationID) (failed []desk.ConversationID, err error) {
	if only != nil {
		return n.rerouteThese(ctx, only)
	}
	var after desk.ConversationID
	for {
		rows, listed := n.db.OpenRows(ctx, after, reviewPage)
		if listed != nil {
			return nil, fmt.Errorf("route anew: %w", listed)
		}
		var page []desk.ConversationID
		for i := range rows {
			after = rows[i].ID
			if rows[i].Waiting() && (rows[i].Plan != nil || !n.policies.none()) {
				page = append(page, after)
			}
		}
		left, why := n.rerouteThese(ctx, page)
		if why != nil {
			failed, err = append(failed, left...), why
		}
		if len(rows) < reviewPage || ctx.Err() != nil {
			return failed, err
		}
	}
}

// rerouteThese returns those that could not be asked about, and why the last could not.
func (n *node) rerouteThese(ctx context.Context, ids []desk.ConversationID) (failed []desk.ConversationID, err error) {
	for _, id := range ids {
		if why := n.desk.Reroute(ctx, id); why != nil && desk.CodeOf(why) != desk.NotFound {
			failed, err = append(failed, id), fmt.Errorf("route %s anew: %w", id, why)
		}
		if ctx.Err() != nil {
			return failed, err
		}
	}
	return failed, err
}

// checkRouting judges a policy beside the settings in force before it is published.
func (n *node) checkRouting(ctx context.Context, s desk.Setting) error {
	if s.Deleted {
		return nil
	}
	doc, err := readRouting(s)
	if err != nil {
		return err
	}
	found, err := n.steering().Check(ctx, doc)
	if err != nil {
		return err
	}
	return unpublishable(found)
}

// unpublishable refuses a policy for what is wrong with it, if anything is.
func unpublishable(found []router.RoutingFinding) error {
	errors := 0
	var first router.RoutingFinding
	for _, f := range found {
		if f.Error {
			if errors++; errors == 1 {
				first = f
			}
		}
	}
	if errors == 0 {
		return nil
	}
	return desk.Refuse(desk.Invalid, "routing_invalid", "path", first.Path, "why", first.Reason, "more", strconv.Itoa(errors))
}

// checkDraft lets a draft be unfinished, but not unreadable.
func checkDraft(_ context.Context, s desk.Setting) error {
	if s.Deleted {
		return nil
	}
	_, err := readRouting(s)
	return err
}

func readRouting(s desk.Setting) (router.Routing, error) {
	doc, err := router.ReadRouting(s.Doc)
	if err != nil {
		return doc, desk.Refuse(desk.Invalid, "setting_invalid", "field", "doc", "detail", err.Error())
	}
	doc.ID = desk.QueueID(s.ID)
	return doc, nil
}

// steering judges and tries policies for the console.
type steering struct {
	db   *store.DB
	book func() *sla.Book
	now  func() time.Time
	busy chan struct{} // one place for each forecast that may be made at once
}

func (n *node) steering() steering {
	return steering{db: n.db, book: n.promises.Book, now: n.now, busy: n.forecasts}
}

// Check is webui.Steering.
func (s steering) Check(ctx context.Context, doc router.Routing) ([]router.RoutingFinding, error) {
	house, err := s.house(ctx)
	if err != nil {
		return nil, err
	}
	return doc.Check(house), nil
}

func (s steering) house(ctx context.Context) (router.House, error) {
	h := router.House{Dir: s.db.Directory(), Calendars: []string{}}
	for kind, into := range map[desk.SettingKind]*[]string{desk.SettingSkill: &h.Skills, desk.SettingCalendar: &h.Calendars} {
		docs, err := s.db.Settings(ctx, kind)
		if err != nil {
			return h, fmt.Errorf("read %s documents: %w", kind, err)
		}
		for _, d := range docs {
			*into = append(*into, d.ID)
		}
	}
	var err error
	if h.Webhooks, err = (hookBook{s.db}).Webhooks(ctx); err != nil {
		return h, err
	}
	h.Others, _, err = storedRouting(ctx, s.db)
	return h, err
}
