package router

import (
	"time"

	"yingda/desk"
)

// Scenario is a stretch of work to try the routing rules on: who comes, who is there, by which rules. Times of day are
// those of the scenario's own clock, which starts at Start and knows no zone; shifts and profiles repeat every day.
type Scenario struct {
	// Name is printed with the forecast.
	Name string `yaml:"name"`
	// Start is the time of day the first customer may come, as 08:00.
	Start string `yaml:"start"`
	// Length is how long customers come. What waits then is served to the end of the shifts, at most Length more.
	Length time.Duration `yaml:"length"`
	// Warmup is how much of the beginning is played but not counted.
	Warmup time.Duration `yaml:"warmup"`
	// Seed chooses the chances; equal seeds give equal days, and arrivals do not change with the staffing.
	Seed uint64 `yaml:"seed"`
	// Runs is how many days with different chances are averaged; 0: 1.
	Runs int `yaml:"runs"`

	Queues   []ScenarioQueue `yaml:"queues"`
	Arrivals []Stream        `yaml:"arrivals"`
	Agents   []Crew          `yaml:"agents"`

	// Policies are routing policies of these queues, the documents that the console has.
	Policies []Routing `yaml:"policies"`
	// Calendars are those that policies name: when each is open, every day, as 09:00-18:00.
	Calendars map[string][]string `yaml:"calendars"`

	base time.Time                                  // the moment that is midnight here; zero: none
	open func(string, time.Time) (open, known bool) // real calendars
	// hours are calendars by the scenario's own clock, for shifts of real people; nil: they end by Crew.Shifts alone.
	hours Hours
}

// ScenarioQueue is a queue and its rules, as its settings have them.
type ScenarioQueue struct {
	ID desk.QueueID `yaml:"id"`
	// Within is the service level's threshold; 0: 20 s.
	Within time.Duration `yaml:"within"`
	// Target is the promise that gives the rank, when it is not Within.
	Target time.Duration `yaml:"target"`
	// Ring is how long an offer rings; 0: 30 s.
	Ring time.Duration `yaml:"ring"`
	Rule desk.Rule     `yaml:"rule"`
	// Limit is how many may wait; who comes then is turned away. Missing: no limit.
	Limit     *int                  `yaml:"limit"`
	Weights   map[desk.Medium]int   `yaml:"weights"`
	TierBoost map[desk.Tier]int     `yaml:"tier_boost_min"`
	PrioBoost map[desk.Priority]int `yaml:"priority_boost_min"`
	Overflow  []ScenarioOverflow    `yaml:"overflow"`
	Relax     []ScenarioRelax       `yaml:"relax"`

	whole *desk.Queue // the real one, in place of all but Within and Limit
}

// ScenarioOverflow lets another queue's agents take work after a wait.
type ScenarioOverflow struct {
	After time.Duration `yaml:"after"`
	Queue desk.QueueID  `yaml:"queue"`
}

// ScenarioRelax lowers the required skills after a wait.
type ScenarioRelax struct {
	After time.Duration `yaml:"after"`
	By    int           `yaml:"by"`
}

// Stream is customers of one kind. One of PerHour, Profile, History and HistoryFile says when they come.
type Stream struct {
	Queue   desk.QueueID `yaml:"queue"`
	Channel desk.Medium  `yaml:"channel"`
	PerHour float64      `yaml:"per_hour"` // Poisson at a constant rate
	Profile *Profile     `yaml:"profile"`  // Poisson, another rate each half hour
	History []Recorded   `yaml:"history"`  // as recorded
	// HistoryFile is a CSV file beside the scenario with the columns at, handling and patience; who reads the scenario
	// puts its rows into History.
	HistoryFile string `yaml:"history_file"`

	Handling Dist          `yaml:"handling"` // how long an agent keeps one
	WrapUp   time.Duration `yaml:"wrap_up"`  // afterwards the agent is offered nothing for so long
	Patience *Dist         `yaml:"patience"` // how long a customer waits; missing: for ever
	Skills   []NeedSkill   `yaml:"skills"`
	Tier     desk.Tier     `yaml:"tier"`
	Priority desk.Priority `yaml:"priority"`
	Language string        `yaml:"language"`
	Inbox    desk.InboxID  `yaml:"inbox"` // for policies, as what follows
	Owner    desk.AgentID  `yaml:"owner"` // of these customers
	Words    string        `yaml:"words"` // what they write first
}

// NeedSkill is a skill and a level from 1 to 5.
type NeedSkill struct {
	Name  string `yaml:"name"`
	Level int    `yaml:"level"`
}

// Profile is how many come in each half hour, from a time of day on.
type Profile struct {
	From        string    `yaml:"from"`
	PerHalfHour []float64 `yaml:"per_half_hour"`
}

// Recorded is one customer who came: At after the start. Handling and Patience of 0 are drawn as the stream says.
type Recorded struct {
	At       time.Duration `yaml:"at"`
	Handling time.Duration `yaml:"handling"`
	Patience time.Duration `yaml:"patience"`

	who *comer // in place of what the stream says of them
}

// Crew is Count agents alike.
type Crew struct {
	Name      string              `yaml:"name"`
	Count     int                 `yaml:"count"` // 0: 1
	Queues    []desk.QueueID      `yaml:"queues"`
	Teams     []desk.TeamID       `yaml:"teams"`
	Skills    []NeedSkill         `yaml:"skills"`
	Languages []string            `yaml:"languages"`
	Capacity  int                 `yaml:"capacity"` // units; 0: 100
	Maximum   map[desk.Medium]int `yaml:"maximum"`
	Shifts    []string            `yaml:"shifts"` // as 08:00-12:00; none: always there
	Answer    Dist                `yaml:"answer"` // how long an offer rings before it is taken; missing: at once

	spans [][2]time.Duration // in place of Shifts: since the start of the first day
	duty  *duty              // of real people, by the scenario's clock; nil: none
}

// duty is when real people may be offered what, besides their presence.
type duty struct {
	only   []desk.Medium // away, and offered these alone; none: there
	since  time.Time     // of their presence
	leave  []desk.Absence
	shifts []desk.Shift
}

// Dist is how long something takes: exponential with that mean, lognormal with that mean and standard deviation SD, or
// always Fixed.
type Dist struct {
	Exponential time.Duration `yaml:"exponential"`
	Lognormal   time.Duration `yaml:"lognormal"`
	SD          time.Duration `yaml:"sd"`
	Fixed       time.Duration `yaml:"fixed"`
}

// Mean is the mean of it.
func (d Dist) Mean() time.Duration { return d.Exponential + d.Lognormal + d.Fixed }

// OneQueue is a scenario that needs no file: one queue, one channel, agents alike, exponential times.
type OneQueue struct {
	ArrivalsPerHour float64
	AHT             time.Duration // of one piece of work, however many an agent has at once
	Agents          int
	Concurrency     int           // pieces of work an agent holds at once; 0: 1
	Patience        time.Duration // mean; 0: nobody gives up
	QueueLimit      int           // how many may wait; below 0: no limit
	Target          time.Duration // of the service level
	Arrivals        int           // how many are counted
	Seed            uint64
}

// Servers is how many pieces of work all agents hold at once.
func (o OneQueue) Servers() int { return o.Agents * max(1, o.Concurrency) }

// Traffic is the work offered, in Erlangs.
func (o OneQueue) Traffic() float64 { return o.ArrivalsPerHour * o.AHT.Hours() }

// scenario is the same as a Scenario. A piece of work weighs one unit and an agent has Concurrency of them, so that
// room ends exactly there.
func (o OneQueue) scenario() Scenario {
	within := o.Target
	q := ScenarioQueue{ID: "queue", Within: max(within, time.Nanosecond), Target: time.Hour, Weights: map[desk.Medium]int{desk.Chat: 1}}
	if o.QueueLimit >= 0 {
		q.Limit = &o.QueueLimit
	}
	s := Stream{Queue: q.ID, Channel: desk.Chat, PerHour: o.ArrivalsPerHour, Handling: Dist{Exponential: o.AHT}}
	if o.Patience > 0 {
		s.Patience = &Dist{Exponential: o.Patience}
	}
	return Scenario{
		Name: "one queue", Seed: o.Seed, Queues: []ScenarioQueue{q}, Arrivals: []Stream{s},
		Agents: []Crew{{Name: "agent", Count: o.Agents, Queues: []desk.QueueID{q.ID}, Capacity: max(1, o.Concurrency)}},
	}
}
