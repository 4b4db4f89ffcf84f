package desk

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Duty is what an agent may be offered besides how much: by the reason they are away for, by leave that was planned, and
// by the end of their shift. The rules that read it are router's (docs/routing.md, "When offers stop").

// The kinds of settings about duty.
const (
	SettingReason SettingKind = "reason" // why somebody is away: an AwayReason
	SettingLeave  SettingKind = "leave"  // an agent's planned leave; the id is the agent's
)

// Reasons of away that the house gives a meaning, and the mark of a wrap-up that lasts until its agent says so.
const (
	ReasonFocus   = "focus"      // no new offers for a while; what is held stays (专注时段)
	ReasonOnLeave = "leave"      // planned leave has begun: set by the house alone
	UntilDone     = "until_done" // of wrap_up: Until is when a supervisor sees that it takes long, not its end
)

// AwayReason is a reason for being away (离席原因) and what may be offered in it all the same.
type AwayReason struct {
	ID    string            `json:"id"`
	Name  map[string]string `json:"name"`                   // by language: en, zh-CN; a missing one is shown in another
	Takes []Medium          `json:"takes" nullable:"false"` // media that are offered all the same; empty: none
	Most  int               `json:"max_min"`                // minutes at once, then it ends by itself; 0: no limit
	Order int               `json:"order"`                  // place in menus
	Off   bool              `json:"off"`                    // not to be chosen any more
}

// defaultReasons are there without a document; a document of the same id takes its place.
var defaultReasons = []AwayReason{
	{ID: "break", Name: map[string]string{"en": "Short break", "zh-CN": "小休"}, Order: 10},
	{ID: "lunch", Name: map[string]string{"en": "Lunch", "zh-CN": "用餐"}, Order: 20},
	{ID: "meeting", Name: map[string]string{"en": "Meeting", "zh-CN": "会议"}, Order: 30},
	{ID: "training", Name: map[string]string{"en": "Training", "zh-CN": "培训"}, Order: 40},
	{ID: ReasonFocus, Name: map[string]string{"en": "Focus block", "zh-CN": "专注时段"}, Most: 120, Order: 50},
	{ID: "other", Name: map[string]string{"en": "Other", "zh-CN": "其他"}, Order: 90},
}

// Duties is the part of a [Directory] that says why people are away and who planned leave.
type Duties interface {
	// Reasons are the documents that are not deleted, in any order.
	Reasons() []AwayReason
	// Leave is the agent's planned leave, in order of From.
	Leave(a AgentID) []Absence
}

// ReasonsOf are the reasons in force, in order of menus: the firm's documents, and the defaults they do not replace.
func ReasonsOf(d Directory) []AwayReason {
	out := slices.Clone(d.Reasons())
	for _, r := range defaultReasons {
		if !slices.ContainsFunc(out, func(x AwayReason) bool { return x.ID == r.ID }) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b AwayReason) int {
		if a.Order != b.Order {
			return a.Order - b.Order
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

// AwayReasonOf finds one; a reason that is switched off is still known, for those who have it.
func AwayReasonOf(d Directory, id string) (AwayReason, bool) {
	for _, r := range ReasonsOf(d) {
		if r.ID == id {
			return r, true
		}
	}
	return AwayReason{}, false
}

// Absence is planned leave (计划缺勤): From it offers stop and the agent's work goes back to its queues, but for what
// they let an absent agent keep; at To it is over. Who would be asked as a customer's owner is their Deputy meanwhile.
type Absence struct {
	ID     string    `json:"id"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Deputy AgentID   `json:"deputy,omitempty"` // "" the agent's own deputy
	Note   string    `json:"note,omitempty"`
}

// In reports whether t lies in it.
func (a Absence) In(t time.Time) bool { return !t.Before(a.From) && t.Before(a.To) }

// Leave is the document of one agent's leave.
type Leave struct {
	Agent    AgentID   `json:"agent"`
	Absences []Absence `json:"absences" nullable:"false"`
}

// Shift is when an agent works: the open hours of a calendar, and how long before their end new offers stop.
type Shift struct {
	Calendar string
	Lead     map[Medium]int // minutes before the end; missing: 0
}

// shiftsOf are an agent's own shift, else those of their teams.
func shiftsOf(d Directory, a Agent) []Shift {
	if a.ShiftCalendar != "" {
		return []Shift{{a.ShiftCalendar, a.ShiftLead}}
	}
	var out []Shift
	for _, id := range a.Teams {
		if t, ok := d.Team(id); ok && t.ShiftCalendar != "" {
			out = append(out, Shift{t.ShiftCalendar, t.ShiftLead})
		}
	}
	return out
}

// SeatOf is an agent as the router sees one by the settings in force, without what they hold.
func SeatOf(d Directory, a Agent, p Presence) Seat {
	s := Seat{
		Agent: a.ID, Presence: p, Queues: QueuesOf(d, a), Teams: a.Teams, Skills: a.Skills, Languages: a.Languages,
		Capacity: a.Capacity, Maximum: a.Maximum, Deputy: a.Deputy, Shifts: shiftsOf(d, a), Leave: d.Leave(a.ID),
	}
	if s.Capacity == 0 {
		s.Capacity = DefaultCapacity
	}
	s.Takes = TakenIn(d, p)
	return s
}

// TakenIn are the media that may be offered to somebody who is away for a reason that leaves some.
func TakenIn(d Directory, p Presence) []Medium {
	if p.State != Away {
		return nil
	}
	r, _ := AwayReasonOf(d, p.Reason)
	return r.Takes
}

// OnLeave is the absence that t lies in; false when there is none.
func (s Seat) OnLeave(t time.Time) (Absence, bool) {
	for _, a := range s.Leave {
		if a.In(t) {
			return a, true
		}
	}
	return Absence{}, false
}

// StandIn is who is asked in the agent's place at t; "" when the agent is there, or nobody stands in.
func (s Seat) StandIn(t time.Time) AgentID {
	a, on := s.OnLeave(t)
	if !on {
		return ""
	}
	if a.Deputy != "" {
		return a.Deputy
	}
	return s.Deputy
}

// Bounds of the documents about duty.
const (
	maxAwayMinutes = 24 * 60
	maxLead        = 12 * 60 // minutes
	maxAbsences    = 200
	maxLeave       = 2 * 366 * 24 * time.Hour // one absence
	keepLeave      = 90 * 24 * time.Hour      // absences that ended longer ago are dropped when leave is saved
	maxLeaveNote   = 200                      // characters
)

func checkReason(s Setting) error {
	var r AwayReason
	if json.Unmarshal(s.Doc, &r) != nil {
		return badSetting("doc")
	}
	if r.Name["en"] == "" && r.Name["zh-CN"] == "" {
		return badSetting("name")
	}
	for lang, name := range r.Name {
		if lang != "en" && lang != "zh-CN" || name != "" && !nameFits(name) {
			return badSetting("name")
		}
	}
	for _, m := range r.Takes {
		if !m.Valid() {
			return badSetting("takes")
		}
	}
	switch {
	case !within(r.Most, maxAwayMinutes):
		return badSetting("max_min")
	case s.ID == ReasonFocus && r.Most == 0:
		return badSetting("max_min") // a focus block ends
	case s.ID == ReasonOnLeave || s.ID == UntilDone:
		return badSetting("id")
	}
	return nil
}

func checkLead(lead map[Medium]int) error {
	for m, n := range lead {
		if !m.Valid() || !within(n, maxLead) {
			return badSetting("shift_lead_min")
		}
	}
	return nil
}

// checkLeave looks at an agent's leave: whole, in order, without overlap, deputies who are somebody else.
func checkLeave(d Directory, l *Leave) error {
	slices.SortFunc(l.Absences, func(a, b Absence) int { return a.From.Compare(b.From) })
	if len(l.Absences) > maxAbsences {
		return badSetting("absences")
	}
	for i, a := range l.Absences {
		_, known := d.Agent(a.Deputy)
		switch {
		case a.ID == "" || len(a.ID) > 64:
			return badSetting("id")
		case !a.From.Before(a.To) || a.To.Sub(a.From) > maxLeave:
			return badSetting("to")
		case i > 0 && a.From.Before(l.Absences[i-1].To):
			return Refuse(Conflict, "leave_overlaps", "from", a.From.UTC().Format(time.RFC3339))
		case a.Deputy != "" && (!known || a.Deputy == l.Agent):
			return badSetting("deputy")
		case utf8.RuneCountInString(a.Note) > maxLeaveNote || strings.ContainsFunc(a.Note, unicode.IsControl):
			return badSetting("note")
		}
	}
	return nil
}

// awayUntil is when being away for a reason ends by itself. asked is the agent's own wish, zero when they have none.
// Errors: Invalid "reason_unknown", "away_in_past", "away_too_long" (param max, minutes).
func awayUntil(d Directory, reason string, asked, now time.Time) (time.Time, error) {
	if reason == "" {
		return asked, nil
	}
	r, ok := AwayReasonOf(d, reason)
	if !ok || r.Off {
		return time.Time{}, Refuse(Invalid, "reason_unknown", "reason", reason)
	}
	most := now.Add(time.Duration(r.Most) * time.Minute)
	switch {
	case !asked.IsZero() && !asked.After(now):
		return time.Time{}, Refuse(Invalid, "away_in_past")
	case r.Most > 0 && asked.After(most.Add(time.Minute)): // a page's clock may be a little ahead
		return time.Time{}, Refuse(Invalid, "away_too_long", "max", strconv.Itoa(r.Most))
	case asked.After(now.Add(maxAwayMinutes * time.Minute)):
		return time.Time{}, Refuse(Invalid, "away_too_long", "max", strconv.Itoa(maxAwayMinutes))
	case asked.IsZero() && r.Most > 0:
		return most, nil
	}
	return asked, nil
}
