package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Alerts (预警) tell a supervisor that a number of the board went beyond what the house allows. Which numbers, and how
// far, are documents; an alert is raised once for a rule and what it looks at, and cleared when the number is well back.

// SettingAlert is the kind of rules for alerts.
const SettingAlert SettingKind = "alert"

// AboutAlert is the subject of facts about alerts; its id is the alert's.
const AboutAlert SubjectKind = "alert"

// AlertID is an alert's id.
type AlertID string

// Measure is what a rule for alerts looks at.
type Measure string

// The measures. Queues have the first three, inboxes the last.
const (
	MeasureWaiting Measure = "waiting"       // conversations that wait, on offer or not
	MeasureLongest Measure = "longest_wait"  // seconds the longest waiting one waits
	MeasureService Measure = "service_level" // per cent of the day's promises kept
	MeasureChannel Measure = "channel_down"  // seconds the connection is down
)

// AlertRule is one rule: the settings document. A queue or inbox is looked at by itself; none named is every one.
type AlertRule struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Disabled bool      `json:"disabled"`
	Measure  Measure   `json:"measure" enum:"waiting,longest_wait,service_level,channel_down"`
	Queues   []QueueID `json:"queues" nullable:"false"`
	Inboxes  []InboxID `json:"inboxes" nullable:"false"`
	// Raise is the number from which on an alert is raised: conversations, seconds, or per cent below which.
	Raise int `json:"raise"`
	// Clear is the number it must be back at: at most, for a service level at least. 0: four fifths of Raise, for a
	// service level two points above it.
	Clear int `json:"clear"`
	// After is how many seconds the number must stand beyond Raise before anybody is told.
	After int `json:"after_s"`
	// Least is how many promises a day's service level must stand on before it is believed; 0: 10.
	Least int `json:"least"`
	// To is who is told besides the board: people of ours on the console, who are mailed as well where Mail is set,
	// addresses, and webhooks. An alert has no assignee and no owner.
	To   []Recipient `json:"to,omitempty" doc:"who is told besides the board; not assignee or owner"`
	Mail bool        `json:"mail,omitempty" doc:"agents are told by mail as well as on the console"`
	// NoticesIn is a calendar, as a policy's: outside of its hours mails to plain addresses, which have no hours of their
	// own, wait for its next opening. The board and people of ours are told at once.
	NoticesIn string `json:"notices_in,omitempty" doc:"calendar; outside of its hours mails to plain addresses wait for its next opening; empty: any hour"`
}

// defaultLeast is how many promises a service level must stand on: one late of two is no alarm.
const defaultLeast = 10

// Believes reports whether n promises are enough to judge a service level by.
func (r AlertRule) Believes(n int64) bool {
	least := r.Least
	if least == 0 {
		least = defaultLeast
	}
	return n >= int64(least)
}

// ClearAt is where an alert of the rule is cleared.
func (r AlertRule) ClearAt() int {
	switch {
	case r.Clear > 0:
		return r.Clear
	case r.Measure == MeasureService:
		return min(100, r.Raise+2)
	case r.Measure == MeasureChannel:
		return 0
	}
	return r.Raise * 4 / 5
}

// Beyond reports whether a value calls for an alert.
func (r AlertRule) Beyond(value int) bool {
	if r.Measure == MeasureService {
		return value < r.Raise
	}
	return value >= r.Raise
}

// Back reports whether a value is well back: between Raise and ClearAt an alert stays as it is (hysteresis), so that a
// number that wavers tells of itself once.
func (r AlertRule) Back(value int) bool {
	if r.Measure == MeasureService {
		return value >= r.ClearAt()
	}
	return value <= r.ClearAt()
}

const (
	maxAlertRaise = 1_000_000
	maxAlertTo    = 20 // recipients
)

func checkAlert(r AlertRule) error {
	known := r.Measure == MeasureWaiting || r.Measure == MeasureLongest || r.Measure == MeasureService || r.Measure == MeasureChannel
	top := maxAlertRaise
	if r.Measure == MeasureService {
		top = 100
	}
	switch {
	case !nameFits(r.Name):
		return badSetting("name")
	case !known:
		return badSetting("measure")
	case r.Raise < 1 || r.Raise > top:
		return badSetting("raise")
	case !within(r.Clear, top) || r.Clear > 0 && (r.Measure == MeasureService) != (r.Clear > r.Raise) && r.Clear != r.Raise:
		return badSetting("clear")
	case !within(r.After, maxQueueWait):
		return badSetting("after_s")
	case !within(r.Least, maxAlertRaise):
		return badSetting("least")
	case len(r.To) > maxAlertTo || slices.ContainsFunc(r.To, notOfAlerts):
		return badSetting("to")
	}
	return nil
}

func notOfAlerts(r Recipient) bool {
	field, _ := r.Problem()
	return field != "" || r.Kind == ToAssignee || r.Kind == ToOwner
}

// Alert is one alert from raising to clearing.
type Alert struct {
	ID      AlertID
	Rule    string
	Name    string // the rule's, as it was
	Measure Measure
	Queue   QueueID // what it looks at: this
	Inbox   InboxID // or this
	Value   int     // when it was raised
	Raise   int     // the rule's threshold then

	RaisedAt     time.Time
	ClearedAt    time.Time
	Acknowledged AgentID
	AckedAt      time.Time
	SnoozedBy    AgentID
	SnoozedUntil time.Time
}

// About names what an alert is about: one is open at most for each.
func (a Alert) About() string { return a.Rule + " " + string(a.Queue) + string(a.Inbox) }

// Open reports whether it is not cleared.
func (a Alert) Open() bool { return a.ClearedAt.IsZero() }

// Facts about alerts.
type (
	// AlertRaised says that a number of the board went beyond its threshold, and whom the rule has told of it.
	AlertRaised struct {
		Alert Alert
		To    []Recipient // as the rule says
		Told  []AgentID   // who that was
		Mail  bool        // agents are told by mail too

		NoticesIn string // calendar outside of whose hours mails to plain addresses wait
	}
	// AlertCleared says that it is well back, at Value, or that the rule is gone.
	AlertCleared struct {
		Alert Alert
		Value int
	}
	// AlertAcknowledged says that somebody looks after it.
	AlertAcknowledged struct{ Alert Alert }
	// AlertSnoozed says that nobody is to be reminded of it until then; a zero moment wakes it.
	AlertSnoozed struct{ Alert Alert }
)

// Kind is "alert_raised".
func (AlertRaised) Kind() string { return "alert_raised" }

// Kind is "alert_cleared".
func (AlertCleared) Kind() string { return "alert_cleared" }

// Kind is "alert_acknowledged".
func (AlertAcknowledged) Kind() string { return "alert_acknowledged" }

// Kind is "alert_snoozed".
func (AlertSnoozed) Kind() string { return "alert_snoozed" }

// TxAlerts keeps alerts.
type TxAlerts interface {
	// Alert returns the newest of what is named, open or cleared, or ErrNotFound.
	Alert(about string) (Alert, error)
	SaveAlert(Alert) error
}

// RaiseAlert raises a and tells whom its rule names, unless one about the same is open: then it changes nothing and
// returns false. A snooze of the one before that is not over goes on, and nobody is told. Errors: those of
// [Store.Update].
func (s *Service) RaiseAlert(ctx context.Context, a Alert, r AlertRule) (bool, error) {
	a.ID, a.RaisedAt, a.ClearedAt = AlertID(s.newID()), s.instant(), time.Time{}
	raised := false
	err := s.update(ctx, About{}, func(tx Tx) error {
		raised = false
		was, err := tx.Alert(a.About())
		switch {
		case err != nil && !errors.Is(err, ErrNotFound):
			return err
		case err == nil && was.Open():
			return nil
		}
		is := a
		if was.SnoozedUntil.After(a.RaisedAt) {
			is.SnoozedBy, is.SnoozedUntil = was.SnoozedBy, was.SnoozedUntil
		}
		raised = true
		f := AlertRaised{Alert: is}
		if is.SnoozedUntil.IsZero() {
			f.To, f.Mail, f.NoticesIn = r.To, r.Mail, r.NoticesIn
			f.Told = whoOf(s.dir(), r.To, s.queueOf(is), func(RecipientKind) AgentID { return "" })
		}
		return s.saveAlert(tx, System(), is, f)
	})
	return raised && err == nil, err
}

// queueOf is the queue an alert concerns: what it looks at, or where what comes in by its inbox goes.
func (s *Service) queueOf(a Alert) QueueID {
	if i, ok := s.dir().Inbox(a.Inbox); ok && a.Queue == "" {
		return i.Queue
	}
	return a.Queue
}

// ClearAlert clears what is open about the same as a, at a value. Clearing twice is clearing once. Errors: those of
// [Store.Update].
func (s *Service) ClearAlert(ctx context.Context, about string, value int) error {
	return s.onAlert(ctx, System(), about, "", func(a Alert, now time.Time) (Alert, Fact) {
		a.ClearedAt = now
		return a, AlertCleared{Alert: a, Value: value}
	})
}

// AcknowledgeAlert says that the actor looks after an alert. Who acknowledged first stays. Errors: Conflict
// "alert_over"; NotFound.
func (s *Service) AcknowledgeAlert(ctx context.Context, actor Actor, about string, id AlertID) error {
	return s.onAlert(ctx, actor, about, id, func(a Alert, now time.Time) (Alert, Fact) {
		if a.Acknowledged != "" {
			return a, nil
		}
		a.Acknowledged, a.AckedAt = actor.Agent(), now
		return a, AlertAcknowledged{Alert: a}
	})
}

// snoozeDays is how far ahead an alert may be silenced: over any holiday, not for good. Who wants no alert any more changes
// the rule.
const snoozeDays = 31

// SnoozeAlert keeps an alert quiet until a moment; the zero one wakes it. Errors: Invalid "snooze_in_past",
// "snooze_too_long" (param days); Conflict "alert_over"; NotFound.
func (s *Service) SnoozeAlert(ctx context.Context, actor Actor, about string, id AlertID, until time.Time) error {
	now := s.instant()
	switch {
	case until.IsZero():
	case !until.After(now):
		return Refuse(Invalid, "snooze_in_past")
	case until.After(now.Add(snoozeDays * 24 * time.Hour)):
		return Refuse(Invalid, "snooze_too_long", "days", strconv.Itoa(snoozeDays))
	}
	return s.onAlert(ctx, actor, about, id, func(a Alert, _ time.Time) (Alert, Fact) {
		a.SnoozedBy, a.SnoozedUntil = actor.Agent(), until.UTC().Truncate(time.Millisecond)
		if until.IsZero() {
			a.SnoozedBy, a.SnoozedUntil = "", time.Time{}
		}
		return a, AlertSnoozed{Alert: a}
	})
}

// onAlert changes the open alert about something. Without an id it passes over one that is not there or is cleared.
func (s *Service) onAlert(ctx context.Context, actor Actor, about string, id AlertID, change func(Alert, time.Time) (Alert, Fact)) error {
	now := s.instant()
	err := s.update(ctx, About{}, func(tx Tx) error {
		a, err := tx.Alert(about)
		switch {
		case errors.Is(err, ErrNotFound) && id == "":
			return nil
		case err != nil:
			return err
		case id != "" && (a.ID != id || !a.Open()):
			return Refuse(Conflict, "alert_over")
		case !a.Open():
			return nil
		}
		is, f := change(a, now)
		if f == nil {
			return nil
		}
		return s.saveAlert(tx, actor, is, f)
	})
	if err != nil {
		return fmt.Errorf("alert %s: %w", about, err)
	}
	return nil
}

func (s *Service) saveAlert(tx Tx, actor Actor, a Alert, f Fact) error {
	if err := tx.SaveAlert(a); err != nil {
		return err
	}
	return tx.Append(Event{Subject: Subject{AboutAlert, string(a.ID)}, Actor: actor, At: s.instant(), Fact: f})
}
