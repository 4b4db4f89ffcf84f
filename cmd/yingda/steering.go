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

// reroutePause is the pause before what could not be asked about is tried again.
const reroutePause = 2 * time.Second

// rerouting lets what waits be asked about again whenever policies changed, and once at the start: a node may have
// stopped in the middle. It runs until ctx ends.
func (n *node) rerouting(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := n.reroute(ctx); err != nil && ctx.Err() == nil {
			n.log.Warn("routing: not all that waits was asked about again", "again_in", reroutePause, "err", err)
			rest(ctx, reroutePause)
			continue
		}
		select {
		case <-ctx.Done():
		case <-n.routingNews:
		}
	}
	return nil
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

// reroute lets everything that waits be asked about again, but for what no policy has or had a say in. One that cannot be
// asked about keeps no other waiting.
func (n *node) reroute(ctx context.Context) error {
	var after desk.ConversationID
	var failed error
	for {
		rows, err := n.db.OpenRows(ctx, after, reviewPage)
		if err != nil {
			return fmt.Errorf("route anew: %w", err)
		}
		for i := range rows {
			after = rows[i].ID
			if !rows[i].Waiting() || rows[i].Plan == nil && n.policies.none() {
				continue
			}
			if err := n.desk.Reroute(ctx, after); err != nil && desk.CodeOf(err) != desk.NotFound {
				failed = fmt.Errorf("route %s anew: %w", after, err)
			}
			if ctx.Err() != nil {
				return failed
			}
		}
		if len(rows) < reviewPage {
			return failed
		}
	}
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
