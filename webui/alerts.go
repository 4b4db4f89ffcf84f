package webui

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"time"

	"yingda/desk"
)

// Alerting is where alerts are read; *store.DB is one.
type Alerting interface {
	// OpenAlerts lists the alerts that are not cleared, oldest first.
	OpenAlerts(ctx context.Context) ([]desk.Alert, error)
	// Alerts is one page of all alerts, newest first.
	Alerts(ctx context.Context, before desk.Keyset, limit int) ([]desk.Alert, error)
	// AlertByID returns one, or desk.ErrNotFound.
	AlertByID(ctx context.Context, id desk.AlertID) (desk.Alert, error)
}

// alertsEvery is how often the board's numbers are held against the rules.
const alertsEvery = 5 * time.Second

// WatchAlerts raises and clears alerts until ctx ends. It is meant for one node at a time; two for a moment do no harm,
// since the record keeps one open alert for a rule and what it looks at. How long a number stood beyond its threshold is
// counted anew after a change of leader; what was raised before stays raised.
func (h *Hub) WatchAlerts(ctx context.Context) error {
	since := map[string]time.Time{}
	for ctx.Err() == nil {
		if h.ready() {
			h.warn("alerts", h.lookForAlerts(ctx, since))
		}
		pause(ctx, alertsEvery)
	}
	return nil
}

// ready reports whether the board has its picture: before that every queue looks empty.
func (h *Hub) ready() bool {
	h.board.mu.Lock()
	defer h.board.mu.Unlock()
	return !h.board.day.IsZero()
}

// reading is one number that a rule looks at.
type reading struct {
	queue desk.QueueID
	inbox desk.InboxID
	value int
}

func (h *Hub) lookForAlerts(ctx context.Context, since map[string]time.Time) error {
	rules, err := h.alertRules(ctx)
	if err != nil {
		return err
	}
	was, err := h.s.Alerting.OpenAlerts(ctx)
	if err != nil {
		return err
	}
	open := map[string]desk.Alert{}
	for _, a := range was {
		open[a.About()] = a
	}
	now := h.s.Now()
	queues, _ := h.board.whole(now)
	channels, err := h.s.Channels.ChannelStatuses(ctx)
	if err != nil {
		return err
	}
	looked := map[string]bool{}
	for _, r := range rules {
		for _, n := range h.readings(r, queues, channels, now) {
			a := desk.Alert{Rule: r.ID, Name: r.Name, Measure: r.Measure, Queue: n.queue, Inbox: n.inbox, Value: n.value, Raise: r.Raise}
			about := a.About()
			looked[about] = true
			_, raised := open[about]
			if err := h.judge(ctx, r, a, raised, since, now); err != nil {
				return err
			}
		}
	}
	maps.DeleteFunc(since, func(about string, _ time.Time) bool { return !looked[about] })
	for about := range open { // its rule, queue or inbox is gone
		if !looked[about] {
			if err := h.s.Desk.ClearAlert(ctx, about, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge raises a, clears what is open, or leaves it: between the two thresholds nothing changes.
func (h *Hub) judge(ctx context.Context, r desk.AlertRule, a desk.Alert, raised bool, since map[string]time.Time, now time.Time) error {
	about := a.About()
	if raised || !r.Beyond(a.Value) {
		delete(since, about)
	}
	switch {
	case raised && r.Back(a.Value):
		return h.s.Desk.ClearAlert(ctx, about, a.Value)
	case raised || !r.Beyond(a.Value):
		return nil
	}
	from, ok := since[about]
	if !ok {
		from = now
		since[about] = now
	}
	if now.Sub(from) < time.Duration(r.After)*time.Second {
		return nil
	}
	delete(since, about)
	_, err := h.s.Desk.RaiseAlert(ctx, a, r)
	return err
}

func (h *Hub) alertRules(ctx context.Context) ([]desk.AlertRule, error) {
	docs, err := h.s.Papers.Settings(ctx, desk.SettingAlert)
	if err != nil {
		return nil, err
	}
	var out []desk.AlertRule
	for _, d := range docs {
		var r desk.AlertRule
		if err := json.Unmarshal(d.Doc, &r); err != nil || r.Disabled {
			h.warn("rule for alerts "+d.ID, err)
			continue
		}
		r.ID = d.ID
		out = append(out, r)
	}
	return out, nil
}

// readings are the numbers a rule looks at.
func (h *Hub) readings(r desk.AlertRule, queues []BoardQueue, channels []desk.ChannelStatus, now time.Time) []reading {
	var out []reading
	if r.Measure == desk.MeasureChannel {
		for _, c := range channels {
			if inbox, known := h.s.Dir().Inbox(c.Inbox); !known || !inbox.Enabled || !named(r.Inboxes, c.Inbox) {
				continue // one that was switched off is not down
			}
			n := reading{inbox: c.Inbox}
			if !c.Up {
				n.value = seconds(now.Sub(c.Since))
			}
			out = append(out, n)
		}
		return out
	}
	for _, q := range queues {
		id := desk.QueueID(q.ID)
		if !named(r.Queues, id) {
			continue
		}
		n := reading{queue: id, value: measured(r.Measure, q, now)}
		if r.Measure == desk.MeasureService && !r.Believes(q.Service.Met+q.Service.Late) {
			n.value = allKept // too few to judge by: nothing is wrong yet
		}
		out = append(out, n)
	}
	return out
}

// allKept is the service level of a queue where nothing was late.
const allKept = 100

// measured is a queue's number, as it stands.
func measured(m desk.Measure, q BoardQueue, now time.Time) int {
	switch m {
	case desk.MeasureWaiting:
		return q.Waiting + q.OnOffer
	case desk.MeasureLongest:
		if q.LongestSince.IsZero() {
			return 0
		}
		return seconds(now.Sub(q.LongestSince.Time))
	case desk.MeasureService:
		if q.Service.Target == nil {
			return allKept
		}
		return int(math.Floor(*q.Service.Target))
	case desk.MeasureChannel:
	}
	return 0
}

// standing says of a board's alerts how what they look at stands on it.
func standing(alerts []Alert, queues []BoardQueue, channels []Channel, now time.Time) {
	for i := range alerts {
		a, n := &alerts[i], 0
		if a.Measure == string(desk.MeasureChannel) {
			c := slices.IndexFunc(channels, func(c Channel) bool { return c.Inbox == a.Inbox })
			if c < 0 {
				continue
			}
			if !channels[c].Up {
				n = seconds(now.Sub(channels[c].Since.Time))
			}
		} else {
			q := slices.IndexFunc(queues, func(q BoardQueue) bool { return q.ID == a.Queue })
			if q < 0 {
				continue
			}
			n = measured(desk.Measure(a.Measure), queues[q], now)
		}
		a.Now = &n
	}
}

// seconds is a span in whole ones, at least 1: what has only just begun is not nothing.
func seconds(d time.Duration) int { return max(1, int(d/time.Second)) }

// named reports whether a rule looks at id: a list without anything is everything.
func named[T comparable](list []T, id T) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return len(list) == 0
}
