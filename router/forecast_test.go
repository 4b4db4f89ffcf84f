package router

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"yingda/desk"
)

// recordedDay is a day of calls and chats in two queues, with too few people in the first.
func recordedDay() Traffic {
	start := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	t := Traffic{
		Start: start, Length: 24 * time.Hour, Queues: []desk.Queue{{ID: "help"}, {ID: "more"}},
		Open: func(string, time.Time) (bool, bool) { return true, true },
	}
	for i := range 400 {
		at := start.Add(9*time.Hour + time.Duration(i)*time.Minute)
		c := Comer{
			At: at, Handling: 3 * time.Minute, Waited: 30 * time.Second, Contact: desk.Contact{ID: desk.ContactID(fmt.Sprint("k", i))}, Words: "hello",
			Conversation: desk.Conversation{Queue: "help", Inbox: "line", Medium: desk.Voice, Tier: desk.Ordinary},
		}
		if i%10 == 0 {
			c.Words = "我要退款"
		}
		if i%25 == 0 {
			c.Handling, c.GaveUp, c.Waited = 0, 2*time.Minute, 2*time.Minute
		}
		t.Comers = append(t.Comers, c)
	}
	for i, q := range []desk.QueueID{"help", "help", "help", "more", "more"} {
		t.People = append(t.People, Person{
			Seat:  desk.Seat{Agent: desk.AgentID(fmt.Sprint("a", i)), Queues: []desk.QueueID{q}, Capacity: 100},
			There: [][2]time.Time{{start.Add(8 * time.Hour), start.Add(18 * time.Hour)}},
		})
	}
	return t
}

// A policy that widens to the idle queue helps, and the forecast says so; without a change both sides are the same.
func TestForecastComparesADay(t *testing.T) {
	t.Parallel()
	day := recordedDay()
	ask := ForecastAsk{Within: 20, Doc: &Routing{ID: "help", Steps: []RoutingStep{{After: 5, Queues: []desk.QueueID{"more"}}}}}
	got, err := Compare(t.Context(), "help", day, nil, ask)
	if err != nil {
		t.Fatal(err)
	}
	if got.Arrivals != 400 || got.Agents != 5 || got.Cut || got.Played != 400 || got.Present.Offered != 400 || got.Draft.Offered != 400 {
		t.Errorf("what was played: got %+v of %d and %d", got, got.Present.Offered, got.Draft.Offered)
	}
	if got.Draft.ServiceLevel < got.Present.ServiceLevel+0.05 || got.Queues[0].ServiceLevel != got.Draft.ServiceLevel-got.Present.ServiceLevel {
		t.Errorf("service level: got %.3f now and %.3f with two more to take them", got.Present.ServiceLevel, got.Draft.ServiceLevel)
	}
	busy := func(f Forecast, a desk.AgentID) float64 {
		return f.Agents[slices.IndexFunc(f.Agents, func(x AgentForecast) bool { return x.Agent == a })].Handled
	}
	if busy(got.Present, "a3")+busy(got.Present, "a4") != 0 || busy(got.Draft, "a3")+busy(got.Draft, "a4") == 0 {
		t.Errorf("the other queue's people: got %v now and %v then, want them idle now", got.Present.Agents, got.Draft.Agents)
	}
	same, err := Compare(t.Context(), "help", day, nil, ForecastAsk{Within: 20})
	if err != nil || same.Present.Figures != same.Draft.Figures {
		t.Errorf("nothing changed: got %v and %+v, want the same as %+v", err, same.Draft.Figures, same.Present.Figures)
	}
	if hours := got.Present.Agents[0].Hours; hours < 9.9 || hours > 10.1 {
		t.Errorf("hours of a0: got %.2f, want the 10 of the record", hours)
	}
}

func TestForecastOfPeopleWordsAndRefusals(t *testing.T) {
	t.Parallel()
	day := recordedDay()
	more, err := Compare(t.Context(), "help", day, nil, ForecastAsk{Within: 20, Add: []ForecastCrew{{Count: 3, From: "09:00", To: "17:00"}}})
	if err != nil || more.Queues[0].ServiceLevel <= 0 || more.Queues[0].Abandoned > 0 {
		t.Errorf("three more: got %v %+v", err, more.Queues)
	}
	less, err := Compare(t.Context(), "help", day, nil, ForecastAsk{Within: 20, Remove: []desk.AgentID{"a0"}})
	if err != nil || less.Queues[0].ServiceLevel >= 0 {
		t.Errorf("one less: got %v %+v", err, less.Queues)
	}
	refunds := &Routing{ID: "help", Rules: []RoutingRule{{Name: "refunds", When: RoutingWhen{Words: []string{"退款"}}, Queue: "more"}}}
	moved, err := Compare(t.Context(), "help", day, nil, ForecastAsk{Within: 20, Doc: refunds})
	i := slices.IndexFunc(moved.Draft.Queues, func(q QueueForecast) bool { return q.Queue == "more" })
	if err != nil || moved.Draft.Queues[i].Offered != 40 {
		t.Errorf("refunds to the other queue: got %v %+v, want 40", err, moved.Draft.Queues)
	}
	day.Comers = nil
	if _, err := Compare(t.Context(), "help", day, nil, ForecastAsk{}); desk.ReasonOf(err) != "no_traffic" {
		t.Errorf("an empty day: got %v", err)
	}
	if _, err := Compare(t.Context(), "help", recordedDay(), nil, ForecastAsk{Add: []ForecastCrew{{Count: 1, From: "9"}}}); desk.ReasonOf(err) != "setting_invalid" {
		t.Errorf("half a shift: got %v", err)
	}
}

// Limits and end actions take customers out of the line in a simulation, too.
func TestScenarioWithPolicies(t *testing.T) {
	t.Parallel()
	spec := Scenario{
		Name: "limits", Start: "09:00", Length: 4 * time.Hour, Seed: 1,
		Queues:   []ScenarioQueue{{ID: "help"}},
		Arrivals: []Stream{{Queue: "help", Channel: desk.Voice, PerHour: 60, Handling: Dist{Fixed: 5 * time.Minute}}},
		Agents:   []Crew{{Name: "a", Count: 3, Queues: []desk.QueueID{"help"}}},
		Policies: []Routing{{ID: "help", Limit: &RoutingLimit{Size: 4, Do: desk.DoRefuse, Text: map[string]string{"en": "later"}}}},
	}
	full, err := Simulate(t.Context(), spec)
	if err != nil || full.Refused == 0 || full.MaxWait > (5*4/3+5)*60 {
		t.Errorf("a limit of 4: got %v, %d refused, longest %.0f s", err, full.Refused, full.MaxWait)
	}
	spec.Policies = []Routing{{ID: "help", Steps: []RoutingStep{{After: 120, Do: desk.DoVoicemail}}}}
	mail, err := Simulate(t.Context(), spec)
	if err != nil || mail.Refused == 0 || mail.MaxWait > 121 {
		t.Errorf("voicemail after two minutes: got %v, %d gone, longest %.0f s", err, mail.Refused, mail.MaxWait)
	}
}
