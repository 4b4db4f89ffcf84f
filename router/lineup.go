package router

import (
	"cmp"
	"time"

	"github.com/tidwall/btree"

	"yingda/desk"
)

// lineup is the seats of one queue or team that have a door open and room for one medium, in the order a rule compares
// them, so that the best is found without looking at all: an offer costs no more with ten thousand agents than with ten.
type lineup struct {
	key   lineupKey
	order *btree.BTreeG[stand]
	speak map[string]int // how many of them speak a language
}

type lineupKey struct {
	queue  desk.QueueID
	team   desk.TeamID
	medium desk.Medium
	rule   desk.Rule
}

// stand is where a seat stands in its lines: what the rules compare, as it was when it was put in.
type stand struct {
	seat           *seat
	load, capacity int
	turn           time.Time
	order          uint64
	languages      []string
}

// sorted reports whether a rule's order can be kept: it is the same for all work and does not change with time alone.
// Seats of the other rules stand in order of idleness, and all of them are looked at.
func sorted(rule desk.Rule) bool { return rule == desk.LongestIdle || rule == desk.LeastLoaded }

func newLineup(key lineupKey) *lineup {
	byIdle := func(a, b stand) int {
		return cmp.Or(a.turn.Compare(b.turn), cmp.Compare(a.order, b.order), cmp.Compare(a.seat.Agent, b.seat.Agent))
	}
	less := func(a, b stand) bool { return byIdle(a, b) < 0 }
	if key.rule == desk.LeastLoaded {
		less = func(a, b stand) bool {
			return cmp.Or(cmp.Compare(a.load*b.capacity, b.load*a.capacity), byIdle(a, b)) < 0
		}
	}
	return &lineup{key: key, order: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true}), speak: map[string]int{}}
}

func (l *lineup) add(s *seat, by int) {
	if by > 0 {
		l.order.Set(s.stand)
	} else {
		l.order.Delete(s.stand)
	}
	for _, lang := range s.stand.languages {
		for i, r := range lang + "-" { // who speaks zh-CN speaks zh
			if r == '-' {
				l.speak[lang[:i]] += by
			}
		}
	}
}

// admits reports whether the seat may stand in the line; least is the lightest work of its medium there is. Who is not
// admitted is refused all such work.
func (l *lineup) admits(s *seat, least int) bool {
	return s.doors.why[mediumAt(l.key.medium)] == "" && Room(&s.Seat, &s.load, l.key.medium, least) == ""
}

// lineups are all lineups of a mirror. They are made when first asked for, and seats that moved since are put right then.
type lineups struct {
	all     map[lineupKey]*lineup
	byQueue map[desk.QueueID][]*lineup
	byTeam  map[desk.TeamID][]*lineup
	moved   []*seat
	least   map[desk.Medium]int // weight of the lightest work seen
}

func newLineups() lineups {
	return lineups{
		all: map[lineupKey]*lineup{}, byQueue: map[desk.QueueID][]*lineup{}, byTeam: map[desk.TeamID][]*lineup{}, least: map[desk.Medium]int{},
	}
}

// weighs notes how heavy work can be; lighter work than ever admits more seats.
func (ls *lineups) weighs(m *mirror, w *desk.Work) {
	if was, ok := ls.least[w.Medium]; ok && w.Weight >= was {
		return
	}
	ls.least[w.Medium] = w.Weight
	for _, s := range m.seats {
		ls.move(s)
	}
}

// move notes that a seat is not what it was when it was put into its lines.
func (ls *lineups) move(s *seat) {
	if !s.moved {
		s.moved = true
		ls.moved = append(ls.moved, s)
	}
}

// settle puts the seats that moved where they belong.
func (ls *lineups) settle() {
	for _, s := range ls.moved {
		s.moved = false
		for _, l := range s.lines {
			l.add(s, -1)
		}
		s.lines = s.lines[:0]
		s.stand = stand{seat: s, load: s.load.All, capacity: s.Capacity, turn: s.turn, order: s.order, languages: s.Languages}
		for _, q := range s.Queues {
			ls.join(ls.byQueue[q], s)
		}
		for _, t := range s.Teams {
			ls.join(ls.byTeam[t], s)
		}
	}
	ls.moved = ls.moved[:0]
}

func (ls *lineups) join(to []*lineup, s *seat) {
	for _, l := range to {
		if l.admits(s, ls.least[l.key.medium]) {
			l.add(s, 1)
			s.lines = append(s.lines, l)
		}
	}
}

// of is the line of that key. Every seat stands where it belongs: settle comes first.
func (ls *lineups) of(m *mirror, key lineupKey) *lineup {
	l := ls.all[key]
	if l != nil {
		return l
	}
	l = newLineup(key)
	ls.all[key] = l
	seats := m.roster[key.queue]
	if key.team != "" {
		seats = m.members[key.team]
		ls.byTeam[key.team] = append(ls.byTeam[key.team], l)
	} else {
		ls.byQueue[key.queue] = append(ls.byQueue[key.queue], l)
	}
	for _, s := range seats {
		ls.join([]*lineup{l}, s)
	}
	return l
}

// best is the seat the item should go to among those of the queues and teams of its stage, or nil.
func (m *mirror) best(it *item, rule desk.Rule, now time.Time) (*seat, candidate) {
	m.lines.settle()
	var best *seat
	var chosen candidate
	key := lineupKey{medium: it.Medium, rule: rule}
	if !sorted(rule) {
		key.rule = desk.LongestIdle
	}
	want := 0
	if it.Plan != nil {
		want = len(it.Plan.Want)
	}
	look := func(l *lineup) {
		spoken := it.Language == "" || l.speak[it.Language] > 0
		l.order.Scan(func(st stand) bool {
			if m.refusal(it, st.seat, now) != "" {
				return true
			}
			c := m.candidate(it, st.seat, now)
			if best == nil || better(rule, &c, &chosen) {
				best, chosen = st.seat, c
			}
			last := sorted(rule) && !c.declined && c.speaks == spoken && c.liked == want // whoever follows compares no better
			return !last
		})
	}
	for _, q := range it.stage.queues {
		key.queue = q
		look(m.lines.of(m, key))
	}
	key.queue = ""
	for _, t := range it.stage.teams {
		key.team = t
		look(m.lines.of(m, key))
	}
	return best, chosen
}
