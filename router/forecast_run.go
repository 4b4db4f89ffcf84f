package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"yingda/desk"
)

// Traffic is a recorded day: who came, who was there, by which settings. It says nothing of what became of anybody.
type Traffic struct {
	Start  time.Time // of the day
	Length time.Duration
	Cut    bool // the rest of the day was not read
	Queues []desk.Queue
	Teams  []desk.Team
	Comers []Comer // in order of time
	People []Person
	Open   func(calendar string, at time.Time) (open, known bool)
}

// Comer is one customer who came, as it is known of them.
type Comer struct {
	At           time.Time
	Conversation desk.Conversation // Queue is where its inbox sends it
	Contact      desk.Contact
	Words        string
	Handling     time.Duration     // 0: nobody had it
	GaveUp       time.Duration     // they left after so long; 0: they did not
	Waited       time.Duration     // until they were answered or left
	Budget       time.Duration     // of the promise that gave the rank; 0: the queue's target
	Prefer       []desk.Preference // Until counts from the zero time
}

// Person is one agent and when they were there.
type Person struct {
	Seat  desk.Seat
	There [][2]time.Time
}

// Bounds of a forecast: what a request may cost.
const (
	forecastMost  = 20_000          // customers
	forecastTime  = 6 * time.Second // for both runs together
	forecastTries = 3
	fewArrivals   = 30
	fewHandled    = 10
)

// Compare plays a recorded day twice: by the policies in force, and with what is asked about. It takes seconds at most:
// what there is no time for is cut off, and said. It runs on a clock, mirror and chances of its own. Errors: Invalid
// "setting_invalid" for a shift or queue that is none; Conflict "no_traffic"; Unavailable "forecast_slow"; ctx's.
func Compare(ctx context.Context, q desk.QueueID, t Traffic, inForce []Routing, ask ForecastAsk) (RoutingForecast, error) {
	out := RoutingForecast{
		Day: t.Start.Format(time.DateOnly), Zone: t.Start.Location().String(), Arrivals: len(t.Comers), Agents: len(t.People), Notes: []string{},
	}
	if len(t.Comers) == 0 {
		return out, desk.Refuse(desk.Conflict, "no_traffic", "day", out.Day)
	}
	if err := ask.check(&t); err != nil {
		return out, err
	}
	draft := inForce
	if ask.Doc != nil {
		draft = append(slices.DeleteFunc(slices.Clone(inForce), func(d Routing) bool { return d.ID == ask.Doc.ID }), *ask.Doc)
	}
	out.Notes = t.notes(draft)
	out.Played = min(len(t.Comers), forecastMost)
	for try := range forecastTries {
		err := t.both(ctx, q, inForce, draft, ask, &out)
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return out, fmt.Errorf("forecast: %w", err)
		}
		if try == forecastTries-1 {
			return out, desk.Refuse(desk.Unavailable, "forecast_slow")
		}
		out.Played = max(1, out.Played/5)
	}
	out.Cut = t.Cut || out.Played < len(t.Comers)
	out.Queues = compared(&out.Present, &out.Draft)
	return out, nil
}

// both plays the first customers of the day in both ways.
func (t *Traffic) both(ctx context.Context, q desk.QueueID, inForce, draft []Routing, ask ForecastAsk, out *RoutingForecast) (err error) {
	ctx, cancel := context.WithTimeout(ctx, forecastTime/forecastTries)
	defer cancel()
	spec := t.scenario(out.Played, ask.Within)
	spec.Name, spec.Policies = "present", inForce
	if out.Present, err = simulate(ctx, spec); err != nil {
		return err
	}
	spec = t.scenario(out.Played, ask.Within)
	spec.Name, spec.Policies = "draft", draft
	spec.Agents = slices.DeleteFunc(spec.Agents, func(c Crew) bool { return slices.Contains(ask.Remove, desk.AgentID(c.Name)) })
	for i, c := range ask.Add {
		spec.Agents = append(spec.Agents, c.crew(i, q))
	}
	out.Draft, err = simulate(ctx, spec)
	return err
}

// check names what makes no sense in a question.
func (a *ForecastAsk) check(t *Traffic) error {
	wrong := func(field string) error { return desk.Refuse(desk.Invalid, "setting_invalid", "field", field) }
	for i := range a.Add {
		c := &a.Add[i]
		at := "add[" + strconv.Itoa(i) + "]"
		if (c.From == "") != (c.To == "") {
			return wrong(at + ".from")
		}
		if c.From != "" {
			if _, _, err := shift(c.From + "-" + c.To); err != nil {
				return wrong(at + ".from")
			}
		}
		for _, q := range c.Queues {
			if !slices.ContainsFunc(t.Queues, func(have desk.Queue) bool { return have.ID == q }) {
				return wrong(at + ".queues")
			}
		}
		for _, s := range c.Skills {
			if s.Level < 1 || s.Level > 5 || s.Name == "" {
				return wrong(at + ".skills")
			}
		}
	}
	return nil
}

func (c *ForecastCrew) crew(i int, q desk.QueueID) Crew {
	out := Crew{
		Name: addedName + strconv.Itoa(i+1), Count: c.Count, Queues: c.Queues, Teams: c.Teams, Skills: needed(c.Skills), Languages: c.Languages,
	}
	if len(out.Queues) == 0 {
		out.Queues = []desk.QueueID{q}
	}
	if c.From != "" {
		out.Shifts = []string{c.From + "-" + c.To}
	}
	return out
}

func needed(skills []desk.Skill) []NeedSkill {
	var out []NeedSkill
	for _, s := range skills {
		out = append(out, NeedSkill{Name: s.Name, Level: s.Level})
	}
	return out
}

// streamKey tells apart whom the record shows to take different times.
type streamKey struct {
	queue  desk.QueueID
	medium desk.Medium
}

// known is what the record shows of one kind of work.
type known struct {
	handled  int
	handling time.Duration // in all
	gaveUp   int
	waited   time.Duration // in all, of those who left and of those who did not
}

func (t *Traffic) known() map[streamKey]*known {
	by := map[streamKey]*known{}
	for i := range t.Comers {
		c := &t.Comers[i]
		k := streamKey{c.Conversation.Queue, c.Conversation.Medium}
		if by[k] == nil {
			by[k] = &known{}
		}
		v := by[k]
		v.waited += c.Waited
		if c.Handling > 0 {
			v.handled, v.handling = v.handled+1, v.handling+c.Handling
		}
		if c.GaveUp > 0 {
			v.gaveUp++
		}
	}
	return by
}

// usualHandling is how long one takes where the record knows nothing.
var usualHandling = map[desk.Medium]time.Duration{desk.Voice: 4 * time.Minute, desk.Chat: 8 * time.Minute, desk.Email: 10 * time.Minute}

// scenario is the first n customers of the day with those who were there. Chances are the same each time: who gave no
// patience or handling away draws them from what others showed.
func (t *Traffic) scenario(n, within int) Scenario {
	spec := Scenario{Start: "00:00", Length: t.Length, Seed: 1, base: t.Start, open: t.Open}
	for i := range t.Queues {
		q := &t.Queues[i]
		sq := ScenarioQueue{ID: q.ID, Within: time.Duration(within) * time.Second, whole: q}
		if within == 0 && q.Target > 0 {
			sq.Within = q.TargetFor()
		}
		spec.Queues = append(spec.Queues, sq)
	}
	by := t.known()
	at := map[streamKey]int{}
	for i := range t.Comers[:min(n, len(t.Comers))] {
		c := &t.Comers[i]
		k := streamKey{c.Conversation.Queue, c.Conversation.Medium}
		j, ok := at[k]
		if !ok {
			j = len(spec.Arrivals)
			at[k] = j
			spec.Arrivals = append(spec.Arrivals, t.stream(k, by[k]))
		}
		who := &comer{conversation: c.Conversation, contact: c.Contact, words: c.Words, budget: c.Budget, prefer: c.Prefer}
		spec.Arrivals[j].History = append(spec.Arrivals[j].History, Recorded{
			At: c.At.Sub(t.Start), Handling: c.Handling, Patience: c.GaveUp, who: who,
		})
	}
	for i := range t.People {
		spec.Agents = append(spec.Agents, t.People[i].crew(t.Start))
	}
	return spec
}

func (t *Traffic) stream(k streamKey, v *known) Stream {
	st := Stream{Queue: k.queue, Channel: k.medium, Handling: Dist{Exponential: usualHandling[k.medium]}}
	if v.handled > 0 {
		st.Handling.Exponential = max(time.Second, v.handling/time.Duration(v.handled))
	}
	if v.gaveUp > 0 { // of exponential patience the best guess is all waiting by all who left
		st.Patience = &Dist{Exponential: max(time.Second, v.waited/time.Duration(v.gaveUp))}
	}
	if i := slices.IndexFunc(t.Queues, func(q desk.Queue) bool { return q.ID == k.queue }); i >= 0 {
		st.WrapUp = time.Duration(t.Queues[i].WrapUp[k.medium]) * time.Second
	}
	return st
}

func (p *Person) crew(start time.Time) Crew {
	c := Crew{
		Name: string(p.Seat.Agent), Count: 1, Queues: p.Seat.Queues, Teams: p.Seat.Teams, Skills: needed(p.Seat.Skills),
		Languages: p.Seat.Languages, Capacity: p.Seat.Capacity, Maximum: p.Seat.Maximum,
	}
	for _, there := range p.There {
		c.spans = append(c.spans, [2]time.Duration{there[0].Sub(start), there[1].Sub(start)})
	}
	return c
}

// notes are what the record could not say, so that nobody takes a guess for a measurement.
func (t *Traffic) notes(docs []Routing) []string {
	out := []string{}
	handled, left, waits := 0, 0, false
	for _, v := range t.known() {
		handled, left = handled+v.handled, left+v.gaveUp
	}
	for i := range t.Comers {
		waits = waits || t.Comers[i].Conversation.Medium != desk.Email
	}
	add := func(when bool, note string) {
		if when {
			out = append(out, note)
		}
	}
	add(len(t.Comers) < fewArrivals, "few_arrivals")
	add(handled < fewHandled, "few_handled")
	add(len(t.People) == 0, "no_presence")
	add(waits && left == 0, "patience_unknown")
	add(t.Open == nil && slices.ContainsFunc(docs, func(d Routing) bool {
		return slices.ContainsFunc(d.Rules, func(r RoutingRule) bool { return r.When.Hours != nil })
	}), "hours_unknown")
	return out
}

// compared says how the draft differs, all queues first.
func compared(a, b *Forecast) []FiguresDifference {
	out := []FiguresDifference{differ("", &a.Figures, &b.Figures)}
	out[0].Occupancy = b.Occupancy - a.Occupancy
	for i := range b.Queues {
		j := slices.IndexFunc(a.Queues, func(q QueueForecast) bool { return q.Queue == b.Queues[i].Queue })
		if j >= 0 && a.Queues[j].Offered+b.Queues[i].Offered > 0 {
			out = append(out, differ(b.Queues[i].Queue, &a.Queues[j].Figures, &b.Queues[i].Figures))
		}
	}
	slices.SortStableFunc(out[1:], func(x, y FiguresDifference) int { return cmp.Compare(x.Queue, y.Queue) })
	return out
}

func differ(q desk.QueueID, a, b *Figures) FiguresDifference {
	return FiguresDifference{
		Queue: q, ServiceLevel: b.ServiceLevel - a.ServiceLevel, MeanWait: b.MeanWait - a.MeanWait, P50: b.P50 - a.P50, P90: b.P90 - a.P90,
		P99: b.P99 - a.P99, Abandoned: b.Abandoned - a.Abandoned, Blocked: b.Blocked - a.Blocked, Answered: b.Answered - a.Answered,
	}
}
