package router

import (
	"container/heap"
	"slices"
	"time"

	"yingda/desk"
)

// seat is an agent in the mirror: Held carries what they hold and what is reserved for open offers.
type seat struct {
	desk.Seat
	load  Load
	turn  time.Time // last offer or finished work
	order uint64    // breaks ties of turn
	shy   time.Time // Redis refused this seat: not before then
	since map[desk.ConversationID]time.Time
	fresh bool // to be looked at by settle
	doors doors
	lines []*lineup // it stands in
	stand stand
	moved bool // it stands there wrongly
}

// open reports whether the seat may be offered anything at all.
func (s *seat) open(now time.Time) bool {
	return s.doors.any() && !now.Before(s.shy)
}

// mirror is the waiting list and the seats in memory. It is not safe for concurrent use; Router.mu guards it.
type mirror struct {
	dir     desk.Directory
	cfg     *Config
	items   map[desk.ConversationID]*item
	seats   map[desk.AgentID]*seat
	buckets map[bucketKey]*bucket
	byQueue map[desk.QueueID][]*bucket                    // visible to a queue's agents
	byTeam  map[desk.TeamID][]*bucket                     // visible to a team's agents
	byAgent map[desk.AgentID][]*bucket                    // waiting for one agent
	serving map[desk.QueueID][]*seat                      // seats that may be offered something, by queue
	roster  map[desk.QueueID][]*seat                      // all seats by queue
	members map[desk.TeamID][]*seat                       // all seats by team
	gates   map[string]*gate                              // where work waits for somebody to sign in or out
	acts    map[desk.ConversationID]bool                  // whose steps have deeds to be done
	inLine  map[desk.QueueID]int                          // how many wait or ring, by queue
	wanted  map[desk.AgentID]map[desk.ConversationID]bool // who is named in somebody's Prefer
	offers  map[desk.OfferID]*item
	steps   steps
	works   []*item // fresh
	mixed   bool    // works is not in order of rank
	freed   []*seat // fresh
	order   uint64
	pace    pace
	hours   Hours // nil: no shift ends
	silent  bool  // no reasons are wanted: a simulation makes millions of choices

	// over names the offers that ended lately, in two generations: the fact that tells of an offer may come after the
	// one that ends it, when a screen learned of it from Redis first.
	over, overBefore map[desk.OfferID]bool

	// declined is what an older mirror knew of work this one has not seen yet.
	declined map[desk.ConversationID]map[desk.AgentID]time.Time

	ranks    map[lineKey]*ranks
	gauges   map[paceKey]*gauge
	foreseen map[desk.ConversationID]desk.WaitForecast // of waits that have not ended; nil: no forecasts are kept
	keep     func(desk.WaitForecast)                   // takes those that were judged; may be nil

	oracle *oracle // asks endpoints; nil: none is asked

	standsFor   map[desk.AgentID]map[desk.AgentID]bool // deputy → for whom
	doorsTurned []*seat                                // by steps, for Redis to be told
	lines       lineups
}

func newMirror(dir desk.Directory, cfg *Config) *mirror {
	return &mirror{
		dir: dir, cfg: cfg,
		items: map[desk.ConversationID]*item{}, seats: map[desk.AgentID]*seat{}, buckets: map[bucketKey]*bucket{},
		byQueue: map[desk.QueueID][]*bucket{}, byAgent: map[desk.AgentID][]*bucket{}, serving: map[desk.QueueID][]*seat{}, roster: map[desk.QueueID][]*seat{},
		byTeam: map[desk.TeamID][]*bucket{}, members: map[desk.TeamID][]*seat{}, gates: map[string]*gate{}, acts: map[desk.ConversationID]bool{}, inLine: map[desk.QueueID]int{},
		wanted: map[desk.AgentID]map[desk.ConversationID]bool{}, offers: map[desk.OfferID]*item{}, pace: pace{},
		declined: map[desk.ConversationID]map[desk.AgentID]time.Time{}, standsFor: map[desk.AgentID]map[desk.AgentID]bool{},
		ranks: map[lineKey]*ranks{}, gauges: map[paceKey]*gauge{},
		lines: newLineups(),
	}
}

func (m *mirror) queue(id desk.QueueID) desk.Queue {
	q, ok := m.dir.Queue(id)
	if !ok {
		q.ID = id
	}
	return q
}

// enqueue puts work into the waiting list, or changes it there. Work on offer stays on offer.
func (m *mirror) enqueue(w desk.Work, now time.Time) *item {
	it := m.items[w.Conversation]
	isNew := it == nil
	if isNew {
		it = &item{declined: m.declined[w.Conversation]}
		delete(m.declined, w.Conversation)
		m.items[w.Conversation] = it
	} else {
		m.queued(it, -1)
	}
	m.unplace(it)
	m.unwant(it)
	m.lines.weighs(m, &w)
	it.Work, it.rank, it.asked, it.verdict = w, scoreOf(w), nil, nil
	it.turn = it.rank
	m.queued(it, 1)
	for _, p := range w.Prefer {
		if m.wanted[p.Agent] == nil {
			m.wanted[p.Agent] = map[desk.ConversationID]bool{}
		}
		m.wanted[p.Agent][w.Conversation] = true
	}
	if it.state != onOffer {
		m.place(it, now)
	}
	if isNew {
		m.foresee(it, now)
	}
	return it
}

func (m *mirror) unwant(it *item) {
	for _, p := range it.Prefer {
		delete(m.wanted[p.Agent], it.Conversation)
	}
}

// drop forgets a conversation: it needs no agent any more. It returns the open offer that falls with it, if any.
func (m *mirror) drop(c desk.ConversationID, now time.Time) (Offer, bool) {
	it := m.items[c]
	if it == nil {
		return Offer{}, false
	}
	o, had := m.unoffer(it, now)
	m.unplace(it)
	m.unwant(it)
	m.leaveGates(it)
	m.queued(it, -1)
	delete(m.acts, c)
	delete(m.items, c)
	return o, had
}

// place puts a waiting item into the bucket its stage and preferences give, and sets its next step.
func (m *mirror) place(it *item, now time.Time) {
	m.unplace(it)
	m.leaveGates(it)
	q := m.queue(it.Queue)
	it.state, it.stage = waiting, stageAt(&it.Work, &q, now, func(st *stage) bool { return m.anybody(it, st) })
	var until time.Time
	it.prefer, until = preferred(m.preferences(&it.Work, now), now, func(p desk.Preference) bool { return m.mayWaitFor(it, p, now) })
	it.need = it.stage.required(it.Skills)
	key := keyFor(&it.Work, &it.stage, it.prefer.Agent, it.need)
	it.own, it.turn = key.own, it.rank-it.stage.lift.Milliseconds()
	late := len(it.stage.acts) > 0 && it.actAt.After(now)
	if len(it.stage.acts) > 0 && !late {
		m.acts[it.Conversation] = true
	}
	b := m.buckets[key]
	if b == nil {
		b = &bucket{key: key, queues: it.stage.queues, teams: it.stage.teams, skills: it.need}
		m.buckets[key] = b
		if key.agent != "" {
			m.byAgent[key.agent] = append(m.byAgent[key.agent], b)
		} else {
			for _, q := range b.queues {
				m.byQueue[q] = append(m.byQueue[q], b)
			}
			for _, t := range b.teams {
				m.byTeam[t] = append(m.byTeam[t], b)
			}
		}
	}
	heap.Push(b, it)
	it.bucket = b
	m.stand(it)
	m.freshen(it)
	wake := sooner(it.stage.next, until)
	if late {
		wake = sooner(wake, it.actAt)
	}
	for _, at := range it.declined {
		if again := at.Add(m.cfg.Again); again.After(now) {
			wake = sooner(wake, again)
		}
	}
	m.wakeAt(it, wake)
}

func (m *mirror) freshen(it *item) {
	if !it.fresh {
		it.fresh, m.mixed = true, true
		m.works = append(m.works, it)
	}
}

func (m *mirror) wakeAt(it *item, at time.Time) {
	if it.wake = at; !at.IsZero() {
		heap.Push(&m.steps, step{at: at, conv: it.Conversation})
	}
}

// mayWaitFor reports whether a preferred agent could take the work before long: there or writing up the last, allowed,
// and not the one who just refused it.
func (m *mirror) mayWaitFor(it *item, p desk.Preference, now time.Time) bool {
	s := m.seats[p.Agent]
	if s == nil {
		return false
	}
	why := m.shut(s, it.Medium, now)
	if why != "" && (s.Presence.State != desk.WrapUp || why != shutAway) {
		return false
	}
	if at, ok := it.declined[p.Agent]; ok && now.Before(at.Add(m.cfg.Forget)) {
		return false
	}
	if p.Rule == "returned" { // what woke up goes to its agent at once or to the queue (DESIGN 2.3): it waits for nobody
		return why == "" && Room(&s.Seat, &s.load, it.Medium, it.Weight) == ""
	}
	return directed(p) || (s.Serves(it.Queue) && s.Skilled(it.Skills))
}

func (m *mirror) unplace(it *item) {
	if it.state == asking {
		m.unstand(it)
		m.unask(it)
	}
	b := it.bucket
	if b == nil {
		return
	}
	m.unstand(it)
	heap.Remove(b, it.at)
	it.bucket = nil
	if len(b.items) > 0 {
		return
	}
	delete(m.buckets, b.key)
	gone := func(x *bucket) bool { return x == b }
	if b.key.agent != "" {
		m.byAgent[b.key.agent] = slices.DeleteFunc(m.byAgent[b.key.agent], gone)
		return
	}
	for _, q := range b.queues {
		m.byQueue[q] = slices.DeleteFunc(m.byQueue[q], gone)
	}
	for _, t := range b.teams {
		if m.byTeam[t] = slices.DeleteFunc(m.byTeam[t], gone); len(m.byTeam[t]) == 0 {
			delete(m.byTeam, t)
		}
	}
}

// offered takes an item out of waiting and reserves room for it at the offer's seat.
func (m *mirror) offered(it *item, o Offer, now time.Time) {
	m.unplace(it)
	it.state, it.offer, it.wake = onOffer, o, time.Time{}
	m.offers[o.ID] = it
	heap.Push(&m.steps, step{at: o.ExpiresAt, offer: o.ID})
	if s := m.seats[o.Agent]; s != nil {
		s.hold(it.Work)
		m.turned(s, now)
	}
}

// unoffer takes the open offer off an item and frees the room it reserved. The item is left in no bucket.
func (m *mirror) unoffer(it *item, now time.Time) (Offer, bool) {
	if it.state != onOffer {
		return Offer{}, false
	}
	o := it.offer
	it.verdict = nil
	delete(m.offers, o.ID)
	m.ended(o.ID)
	it.state, it.offer = adrift, Offer{}
	if s := m.seats[o.Agent]; s != nil && s.since[it.Conversation].IsZero() {
		s.unhold(it.Conversation)
		m.lines.move(s)
		m.free(s)
	}
	return o, true
}

// overKept is how many ended offers one generation remembers.
const overKept = 4096

func (m *mirror) ended(o desk.OfferID) {
	if len(m.over) >= overKept || m.over == nil {
		m.over, m.overBefore = make(map[desk.OfferID]bool, overKept), m.over
	}
	m.over[o] = true
}

// refused brings an item back to waiting after its agent refused or missed the offer o; false when o is not its offer.
func (m *mirror) refused(o desk.OfferID, now time.Time, declined bool) bool {
	it := m.offers[o]
	if it == nil {
		return false
	}
	was, _ := m.unoffer(it, now)
	if declined {
		if it.declined == nil {
			it.declined = map[desk.AgentID]time.Time{}
		}
		it.declined[was.Agent] = now
	}
	m.place(it, now)
	return true
}

// drift sets an item aside until at: what Redis said of it does not agree with the mirror.
func (m *mirror) drift(it *item, at time.Time) {
	m.unplace(it)
	it.state = adrift
	m.wakeAt(it, at)
}

// due takes the steps out whose moment has come: offers that may have ended, items adrift; the rest it does itself.
func (m *mirror) due(now time.Time) (ended []Offer, lost []*item) {
	for len(m.steps) > 0 && !m.steps[0].at.After(now) {
		st := heap.Pop(&m.steps).(step)
		switch {
		case st.offer != "":
			if it := m.offers[st.offer]; it != nil && !it.offer.ExpiresAt.After(now) {
				ended = append(ended, it.offer)
			}
		case st.seat != "":
			if s := m.seats[st.seat]; s != nil {
				m.turnDoors(s, now)
				m.free(s)
			}
		default:
			it := m.items[st.conv]
			if it == nil || !it.wake.Equal(st.at) {
				continue
			}
			switch it.state {
			case adrift:
				lost = append(lost, it)
			case waiting, asking:
				m.place(it, now)
			default: // it rings
			}
		}
	}
	return ended, lost
}

// next is when the next step comes; false when there is none.
func (m *mirror) next() (time.Time, bool) {
	if len(m.steps) == 0 {
		return time.Time{}, false
	}
	return m.steps[0].at, true
}

// plan adds a step.
func (m *mirror) plan(st step) { heap.Push(&m.steps, st) }
