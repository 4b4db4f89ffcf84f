package router

import (
	"slices"
	"strings"

	"yingda/desk"
)

// ForecastAsk is what somebody wants to know before it is real: a policy, other people, or both.
type ForecastAsk struct {
	// Doc is the policy to be tried; missing: the stored draft, and without one the policy in force.
	Doc *Routing `json:"doc,omitempty"`
	// Day is whose traffic is played: yesterday, week (the same weekday a week ago), or a date.
	Day  string `json:"day,omitempty" maxLength:"10" doc:"yesterday (also when empty), week (the same weekday a week ago) or a date as 2026-11-21"`
	Zone string `json:"zone,omitempty" maxLength:"64" doc:"IANA time zone of the day; empty: UTC"`
	// Within is the service level's threshold in seconds; 0: 20 for calls and chats, the queue's own target else.
	Within int `json:"within_s,omitempty" minimum:"0" maximum:"2592000"`
	// Add are people who were not there.
	Add []ForecastCrew `json:"add,omitempty" nullable:"false" maxItems:"20"`
	// Remove are agents who shall not have been there.
	Remove []desk.AgentID `json:"remove,omitempty" nullable:"false" maxItems:"500"`
}

// ForecastCrew is Count people more, alike.
type ForecastCrew struct {
	Count     int            `json:"count" minimum:"1" maximum:"500"`
	Queues    []desk.QueueID `json:"queues,omitempty" nullable:"false" doc:"none: the queue asked about"`
	Teams     []desk.TeamID  `json:"teams,omitempty" nullable:"false"`
	Skills    []desk.Skill   `json:"skills,omitempty" nullable:"false"`
	Languages []string       `json:"languages,omitempty" nullable:"false"`
	From      string         `json:"from,omitempty" maxLength:"5" doc:"their shift, as 09:00; empty: all day"`
	To        string         `json:"to,omitempty" maxLength:"5"`
}

// RoutingForecast compares how a recorded day goes now and with what was asked about. The same customers come in both.
type RoutingForecast struct {
	Day      string   `json:"day" doc:"the recorded day, as 2026-11-21"`
	Zone     string   `json:"zone"`
	Arrivals int      `json:"arrivals" doc:"customers who came that day"`
	Agents   int      `json:"agents" doc:"agents who were there that day"`
	Cut      bool     `json:"cut" doc:"not all of the day was played: the figures are of the first Played customers"`
	Played   int      `json:"played"`
	Notes    []string `json:"notes" nullable:"false" doc:"what the record could not say: few_arrivals, few_handled, no_presence, patience_unknown, hours_unknown"`

	Present Forecast            `json:"present"`
	Draft   Forecast            `json:"draft"`
	Queues  []FiguresDifference `json:"queues" nullable:"false" doc:"draft less present, by queue; the first is all of them"`
	Took    float64             `json:"took_s"`
}

// addedName begins the names of people who were not there: no agent's id has a blank.
const addedName = "added "

// Within leaves of a forecast what a scope may see: its queues and people. The first figures are of all that was played.
func (f *RoutingForecast) Within(scope desk.Scope) {
	for _, side := range []*Forecast{&f.Present, &f.Draft} {
		side.Queues = slices.DeleteFunc(side.Queues, func(q QueueForecast) bool { return !scope.HasQueue(q.Queue) })
		side.Agents = slices.DeleteFunc(side.Agents, func(a AgentForecast) bool {
			return !strings.HasPrefix(string(a.Agent), addedName) && !scope.Covers(a.Agent)
		})
	}
	f.Queues = slices.DeleteFunc(f.Queues, func(q FiguresDifference) bool { return q.Queue != "" && !scope.HasQueue(q.Queue) })
}

// FiguresDifference is how the draft's figures differ from the present's: above 0 it has more.
type FiguresDifference struct {
	Queue        desk.QueueID `json:"queue" doc:"empty: all"`
	ServiceLevel float64      `json:"service_level"`
	MeanWait     float64      `json:"mean_wait_s"`
	P50          float64      `json:"wait_p50_s"`
	P90          float64      `json:"wait_p90_s"`
	P99          float64      `json:"wait_p99_s"`
	Abandoned    float64      `json:"abandoned"`
	Blocked      float64      `json:"blocked"`
	Answered     int          `json:"answered"`
	Occupancy    float64      `json:"occupancy" doc:"of all agents; 0 for one queue"`
}
