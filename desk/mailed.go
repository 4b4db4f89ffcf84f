package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
		return RefuseLanguage("locale")
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

// MaxReportMails bounds what one supervisor gets.
const MaxReportMails = 20

// MailReports keeps a supervisor's wish for a report by mail; asked twice, it comes once. Errors: Forbidden
// "supervisors_only"; Invalid "no_mail_address", "setting_invalid", "too_many_report_mails" (param max).
func (s *Service) MailReports(ctx context.Context, actor Actor, m ReportMail) (ReportMail, error) {
	a, _ := s.dir().Agent(actor.Agent())
	switch {
	case !actor.Supervises() || actor.Agent() == "":
		return ReportMail{}, Refuse(Forbidden, "supervisors_only")
	case a.Email == "":
		return ReportMail{}, Refuse(Invalid, "no_mail_address")
	}
	m.ID, m.Agent = s.newID(), actor.Agent()
	doc, err := json.Marshal(m)
	if err != nil {
		return ReportMail{}, fmt.Errorf("subscribe %s to a report: %w", m.Agent, err)
	}
	var kept ReportMail
	_, err = s.saveSetting(ctx, actor, Setting{Kind: SettingReportMail, ID: m.ID, Doc: doc}, func(tx Tx) (err error) {
		kept, err = roomFor(tx, m)
		return err
	})
	if errors.Is(err, errKept) {
		return kept, nil
	}
	return m, err
}

// errKept ends a unit that would write what is there already.
var errKept = errors.New("kept already")

// roomFor refuses a wish too many, and finds the same one with errKept.
func roomFor(tx Tx, m ReportMail) (ReportMail, error) {
	docs, err := tx.Settings(SettingReportMail)
	if err != nil {
		return ReportMail{}, err
	}
	n := 0
	for _, d := range docs {
		var was ReportMail
		if err := json.Unmarshal(d.Doc, &was); err != nil {
			return ReportMail{}, fmt.Errorf("report mail %s: %w", d.ID, err)
		}
		if was.Agent != m.Agent {
			continue
		}
		n++
		same := m
		if same.ID = was.ID; was == same {
			return was, errKept
		}
	}
	if n >= MaxReportMails {
		return ReportMail{}, Refuse(Invalid, "too_many_report_mails", "max", strconv.Itoa(MaxReportMails))
	}
	return ReportMail{}, nil
}

// EndReportMail ends one: by its agent, or by the house, for a reason that becomes a fact. Errors: NotFound, also for
// somebody else's.
func (s *Service) EndReportMail(ctx context.Context, actor Actor, id, why string) error {
	s.settings.Lock()
	defer s.settings.Unlock()
	_, err := s.writeSetting(ctx, actor, settingName{SettingReportMail, id}, func(_ Tx, was Setting) (Setting, []Fact, error) {
		var m ReportMail
		if was.Version == 0 || was.Deleted || json.Unmarshal(was.Doc, &m) != nil || actor.Kind == ByAgent && m.Agent != actor.Agent() {
			return was, nil, ErrNotFound
		}
		was.Deleted = true
		if why == "" {
			return was, nil, nil
		}
		return was, []Fact{ReportMailEnded{Agent: m.Agent, Why: why}}, nil
	})
	return err
}
