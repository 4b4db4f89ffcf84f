package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// SettingReportMail is the kind of supervisors' wishes to have a report by mail, each a [ReportMail].
const SettingReportMail SettingKind = "report_mail"

// Rhythm is how often something comes.
type Rhythm string

// The rhythms. A week begins on Monday.
const (
	EachDay   Rhythm = "day"
	EachWeek  Rhythm = "week"
	EachMonth Rhythm = "month"
)

// ReportMail is a report of promises that comes by mail, at an hour in a zone: of the day, week or month that ended with
// the midnight before. What it says is what its agent may see at that moment.
type ReportMail struct {
	ID      string    `json:"id"`
	Agent   AgentID   `json:"agent"`
	By      string    `json:"by"` // the view: day, queue, agent, …
	Contact ContactID `json:"contact,omitempty"`
	Every   Rhythm    `json:"every"`
	Hour    int       `json:"hour"` // 0 to 23
	Zone    string    `json:"zone"` // IANA
	Locale  string    `json:"locale"`
}

// ReportViews are what a report of promises can be by.
var ReportViews = []string{"day", "queue", "agent", "tier", "medium", "policy", "inbox", "target", "contact"}

func checkReportMail(m ReportMail) error {
	zone, err := time.LoadLocation(m.Zone)
	switch {
	case m.Agent == "":
		return badSetting("agent")
	case !slices.Contains(ReportViews, m.By):
		return badSetting("by")
	case m.Every != EachDay && m.Every != EachWeek && m.Every != EachMonth:
		return badSetting("every")
	case m.Hour < 0 || m.Hour > 23:
		return badSetting("hour")
	case err != nil || m.Zone == "" || zone == time.Local:
		return badSetting("zone")
	case !localeFits(m.Locale):
		return badSetting("locale")
	}
	return nil
}

// Last is the newest moment at or before t at which it was to be sent; false where its zone is not known.
func (m ReportMail) Last(t time.Time) (time.Time, bool) {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		return time.Time{}, false
	}
	now := t.In(zone)
	for back := 0; ; back++ {
		y, month, d := m.begins(now, back)
		if at := time.Date(y, month, d, m.Hour, 0, 0, 0, zone); !at.After(t) {
			return at, true
		}
	}
}

// begins is the first day of the period that t lies in, or of one so many before.
func (m ReportMail) begins(t time.Time, back int) (int, time.Month, int) {
	y, month, d := t.Date()
	noon := time.Date(y, month, d, 12, 0, 0, 0, time.UTC) // days alone count, whatever the zone does
	switch m.Every {
	case EachWeek:
		noon = noon.AddDate(0, 0, -7*back-(int(noon.Weekday())+6)%7)
	case EachMonth:
		noon = time.Date(y, month-time.Month(back), 1, 12, 0, 0, 0, time.UTC)
	default:
		noon = noon.AddDate(0, 0, -back)
	}
	return noon.Date()
}

// Days are the first and the last day, itself included, that the mail of a moment is about.
func (m ReportMail) Days(at time.Time) (from, to string) {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		zone = time.UTC
	}
	day := func(back, off int) string {
		y, month, d := m.begins(at.In(zone), back)
		return time.Date(y, month, d+off, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return day(1, 0), day(0, -1)
}

// MailReports keeps a supervisor's wish for a report by mail. Errors: Forbidden "supervisors_only"; Invalid
// "setting_invalid".
func (s *Service) MailReports(ctx context.Context, actor Actor, m ReportMail) (ReportMail, error) {
	if !actor.Supervises() || actor.Agent() == "" {
		return ReportMail{}, Refuse(Forbidden, "supervisors_only")
	}
	m.ID, m.Agent = s.newID(), actor.Agent()
	doc, err := json.Marshal(m)
	if err != nil {
		return ReportMail{}, fmt.Errorf("subscribe %s to a report: %w", m.Agent, err)
	}
	_, err = s.saveSetting(ctx, actor, Setting{Kind: SettingReportMail, ID: m.ID, Doc: doc})
	return m, err
}

// EndReportMail ends one: by its agent, or by the house, for a reason that becomes a fact. Errors: NotFound, also for
// somebody else's.
func (s *Service) EndReportMail(ctx context.Context, actor Actor, id, why string) error {
	s.settings.Lock()
	defer s.settings.Unlock()
	now := s.instant()
	err := s.update(ctx, About{}, func(tx Tx) error {
		was, err := tx.Setting(SettingReportMail, id)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		var m ReportMail
		if err != nil || was.Deleted || json.Unmarshal(was.Doc, &m) != nil || actor.Kind == ByAgent && m.Agent != actor.Agent() {
			return ErrNotFound
		}
		is := was
		is.Deleted, is.UpdatedAt = true, now
		about := SettingReportMail.Subject(id)
		facts := []Event{{Subject: about, Actor: actor, At: now, Fact: SettingChanged{
			Setting: SettingReportMail, ID: id, Version: was.Version + 1, Before: string(was.Doc), After: string(was.Doc), Deleted: true,
		}}}
		if why != "" {
			facts = append(facts, Event{Subject: about, Actor: actor, At: now, Fact: ReportMailEnded{Agent: m.Agent, Why: why}})
		}
		return errors.Join(tx.SaveSetting(is), tx.Append(facts...))
	})
	if err != nil {
		return fmt.Errorf("end report mail %s: %w", id, err)
	}
	return nil
}
