package router

import (
	"slices"
	"time"

	"yingda/desk"
)

// refusal says why the seat may not have the item now, or "".
func (m *mirror) refusal(it *item, s *seat, now time.Time) string {
	if why := m.shut(s, it.Medium, now); why != "" {
		return why
	}
	if now.Before(s.shy) {
		return "settling"
	}
	if it.prefer.Agent != "" && it.prefer.Agent != s.Agent {
		return "preferred"
	}
	if at, ok := it.declined[s.Agent]; ok && now.Before(at.Add(m.cfg.Again)) {
		return "declined"
	}
	if full := Room(&s.Seat, &s.load, it.Medium, it.Weight); full != "" {
		return full
	}
	if it.prefer.Agent == "" || !directed(it.prefer) {
		if !it.stage.serves(&s.Seat) {
			return "queue"
		}
		if m.delayed(s, it) {
			return "delay"
		}
		if !s.Skilled(it.need) {
			return "skill"
		}
	}
	return ""
}

// bestWork is the waiting item that should go first among all the seat may have, or nil.
func (m *mirror) bestWork(s *seat, now time.Time) *item {
	if !s.open(now) {
		return nil
	}
	var best *item
	look := func(b *bucket) {
		if best != nil && !ahead(b.items[0], best) {
			return
		}
		if b.key.agent == "" && (!s.Skilled(b.skills) || b.key.late != "" && m.delayed(s, b.items[0])) || Room(&s.Seat, &s.load, b.key.medium, b.key.weight) != "" {
			return
		}
		it := b.first(func(it *item) bool { return m.refusal(it, s, now) == "" })
		if it != nil && (best == nil || ahead(it, best)) {
			best = it
		}
	}
	for _, b := range m.byAgent[s.Agent] {
		look(b)
	}
	for _, q := range s.Queues {
		for _, b := range m.byQueue[q] {
			look(b)
		}
	}
	if len(m.byTeam) > 0 {
		for _, t := range s.Teams {
			for _, b := range m.byTeam[t] {
				look(b)
			}
		}
	}
	return best
}

// bestSeat is the seat the item should go to, or nil, and how it compared.
func (m *mirror) bestSeat(it *item, now time.Time) (*seat, candidate, desk.Rule) {
	q := m.queue(it.Queue)
	rule := ruleFor(&it.Work, &q)
	if it.prefer.Agent != "" {
		s := m.seats[it.prefer.Agent]
		if s == nil || m.refusal(it, s, now) != "" {
			return nil, candidate{}, rule
		}
		return s, m.candidate(it, s, now), rule
	}
	if s := m.decided(it, now); s != nil {
		c := m.candidate(it, s, now)
		c.decided = true
		return s, c, byEndpoint
	}
	best, chosen := m.best(it, rule, now)
	return best, chosen, rule
}

func (m *mirror) candidate(it *item, s *seat, now time.Time) candidate {
	at, declined := it.declined[s.Agent]
	return candidate{
		agent: s.Agent, declined: declined && now.Before(at.Add(m.cfg.Forget)), speaks: speaks(&s.Seat, it.Language),
		liked: liked(&s.Seat, &it.Work), skill: skillSum(&s.Seat, it.Skills), taken: s.takenSince(now.Add(-desk.FairSpan)), load: s.load.All, capacity: s.Capacity, turn: s.turn, order: s.order,
	}
}

// agree goes from a piece of work to its best seat and from the seat to its best work until the two want each other: the
// work found goes before every other that its seat may have. Each turn finds an earlier rank, so it ends. The seat is nil
// when nobody may have the work.
func (m *mirror) agree(it *item, now time.Time) (*item, *seat, candidate, desk.Rule) {
	for {
		s, c, rule := m.bestSeat(it, now)
		if s == nil {
			return it, nil, c, rule
		}
		first := m.bestWork(s, now)
		if first == nil || first == it || !ahead(first, it) {
			return it, s, c, rule
		}
		it = first
	}
}

// settle makes up to limit matches and reserves them in the mirror. Afterwards, when it made fewer, no waiting item
// and no seat that fit each other are left. It looks only at what changed: fresh work looks at seats, a freed seat
// looks at bucket heads.
func (m *mirror) settle(now time.Time, limit int, newID func() string) []Match {
	var out []Match
	give := func(it *item, s *seat, c *candidate, rule desk.Rule) {
		if d := m.asks(it, now); d != nil {
			m.ask(it, s, d, rule, now, newID)
			return
		}
		out = append(out, m.reserve(it, s, c, rule, now, newID))
	}
	if m.mixed {
		m.mixed = false
		slices.SortFunc(m.works, func(a, b *item) int {
			if ahead(a, b) {
				return -1
			}
			return 1
		})
	}
	for len(m.works) > 0 && len(out) < limit {
		it := m.works[0]
		if it.state == waiting && it.bucket != nil && m.items[it.Conversation] == it {
			if first, s, c, rule := m.agree(it, now); s != nil {
				give(first, s, &c, rule)
				if first != it {
					continue
				}
			}
		}
		it.fresh = false
		m.works = m.works[1:]
	}
	for len(m.freed) > 0 && len(out) < limit {
		it := m.bestWork(m.freed[0], now)
		if it == nil {
			m.freed[0].fresh = false
			m.freed = m.freed[1:]
			continue
		}
		it, s, c, rule := m.agree(it, now)
		if s == nil { // cannot be: it fits this one
			m.freed[0].fresh = false
			m.freed = m.freed[1:]
			continue
		}
		give(it, s, &c, rule)
	}
	return out
}

// reserve turns a choice into a match and takes the item and the room out of the mirror's free stock.
func (m *mirror) reserve(it *item, s *seat, c *candidate, rule desk.Rule, now time.Time, newID func() string) Match {
	q := m.queue(it.Queue)
	o := Offer{
		ID: desk.OfferID(newID()), Conversation: it.Conversation, Agent: s.Agent, Queue: it.Queue, Medium: it.Medium,
		Weight: it.Weight, ExpiresAt: now.Add(q.RingFor()).Truncate(time.Millisecond),
	}
	match := Match{
		Work: it.Work, Agent: s.Agent, Score: it.Rank(), Auto: it.prefer.Auto || q.Accepts(it.Medium), offer: o,
	}
	if !m.silent {
		match.Why = slices.Concat(explain(&it.Work, it.stage, it.prefer, rule, c, now), explainVerdict(it.verdict, c), m.passedOver(it, s, rule, now))
	}
	m.offered(it, o, now)
	return match
}
