package router

import (
	"container/heap"
	"strconv"
	"strings"
	"time"

	"yingda/desk"
)

// state is where a piece of work stands in the mirror.
type state int

const (
	waiting state = iota
	onOffer
	adrift // Redis and mirror disagreed: looked at again at its next step, offered to nobody until then
	asking // an endpoint is asked whose it is to be, or holds it back: waits in Redis, is offered to nobody until then
)

// item is one conversation that needs an agent.
type item struct {
	desk.Work
	rank     int64 // scoreOf, kept: comparisons are many
	turn     int64 // rank, less what the steps raised the boost by: the order it goes in
	own      bool  // waits for one agent alone, by a policy that lets such work go first
	state    state
	offer    Offer // while on offer
	declined map[desk.AgentID]time.Time
	stage    stage
	need     []desk.Skill    // required at this stage
	gates    []string        // where it waits for somebody to sign in or out
	asked    []int           // the steps whose deed was asked for
	actAt    time.Time       // a deed could not be done: none is asked for before then
	question string          // under way about it; "" while it asks: it is held back
	kept     desk.AgentID    // at whose seat room is kept meanwhile
	verdict  *verdict        // what an endpoint said, until its offer ends; nil: not asked
	heldBack time.Time       // since when an endpoint has held it back, with breaks; zero: it never did
	prefer   desk.Preference // whose it is for now; zero: the queue's
	node     rankNode        // its place in line, while waiting
	bucket   *bucket         // while waiting
	at       int             // place in the bucket's heap
	wake     time.Time       // its next timed step; zero: none
	fresh    bool            // to be looked at by settle
}

// ahead is the order of work: ringing calls, what waits for one agent alone where the policy says so, rank, age.
func ahead(a, b *item) bool {
	if a.own != b.own && a.Ringing == b.Ringing {
		return a.own
	}
	if a.turn != b.turn {
		return a.turn < b.turn
	}
	return older(&a.Work, &b.Work)
}

// bucketKey says what all work in one bucket has in common, so that a seat that may have its head may have any of it,
// the agent's own refusals apart.
type bucketKey struct {
	agent  desk.AgentID // work that waits for one agent alone
	queues string       // visible to these queues' agents, joined
	teams  string       // and these teams'
	late   string       // but not to those of these teams
	own    bool
	skills string
	medium desk.Medium
	weight int
}

// bucket is a heap of work alike in everything but rank.
type bucket struct {
	key    bucketKey
	queues []desk.QueueID
	teams  []desk.TeamID
	skills []desk.Skill // as relaxed
	items  []*item
}

func keyFor(w *desk.Work, st *stage, prefer desk.AgentID, skills []desk.Skill) bucketKey {
	k := bucketKey{agent: prefer, medium: w.Medium, weight: w.Weight, own: prefer != "" && w.Plan != nil && w.Plan.OwnFirst}
	if prefer != "" {
		return k
	}
	if len(st.teams)+len(st.late) > 0 {
		k.teams, k.late = joined(st.teams), joined(st.late)
	}
	if len(st.queues) == 1 {
		k.queues = string(st.queues[0])
	} else {
		var b strings.Builder
		for _, q := range st.queues {
			b.WriteString(string(q))
			b.WriteByte(0)
		}
		k.queues = b.String()
	}
	if len(skills) > 0 {
		var b strings.Builder
		for _, s := range skills {
			b.WriteString(s.Name)
			b.WriteByte(0)
			b.WriteString(strconv.Itoa(s.Level))
			b.WriteByte(0)
		}
		k.skills = b.String()
	}
	return k
}

func joined(teams []desk.TeamID) string {
	var b strings.Builder
	for _, t := range teams {
		b.WriteString(string(t))
		b.WriteByte(0)
	}
	return b.String()
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (b *bucket) Len() int           { return len(b.items) }
func (b *bucket) Less(i, j int) bool { return ahead(b.items[i], b.items[j]) }
func (b *bucket) Swap(i, j int) {
	b.items[i], b.items[j] = b.items[j], b.items[i]
	b.items[i].at, b.items[j].at = i, j
}

// Push is heap.Interface.
func (b *bucket) Push(x any) {
	it := x.(*item)
	it.at = len(b.items)
	b.items = append(b.items, it)
}

// Pop is heap.Interface.
func (b *bucket) Pop() any {
	n := len(b.items) - 1
	it := b.items[n]
	b.items[n] = nil
	b.items = b.items[:n]
	return it
}

// first is the best item that ok allows, or nil. It walks the heap from the top in order, so that it costs by the
// number of items refused and not by the size of the bucket.
func (b *bucket) first(ok func(*item) bool) *item {
	if len(b.items) == 0 || ok(b.items[0]) {
		if len(b.items) == 0 {
			return nil
		}
		return b.items[0]
	}
	edge := &frontier{b: b, at: []int{0}}
	for len(edge.at) > 0 {
		i := heap.Pop(edge).(int)
		if i > 0 && ok(b.items[i]) {
			return b.items[i]
		}
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(b.items) {
				heap.Push(edge, child)
			}
		}
	}
	return nil
}

// frontier is a heap of places in a bucket's heap.
type frontier struct {
	b  *bucket
	at []int
}

func (f *frontier) Len() int           { return len(f.at) }
func (f *frontier) Less(i, j int) bool { return f.b.Less(f.at[i], f.at[j]) }
func (f *frontier) Swap(i, j int)      { f.at[i], f.at[j] = f.at[j], f.at[i] }
func (f *frontier) Push(x any)         { f.at = append(f.at, x.(int)) }
func (f *frontier) Pop() any {
	n := len(f.at) - 1
	x := f.at[n]
	f.at = f.at[:n]
	return x
}

// step is something to look at when its moment comes: a conversation, an offer or a seat.
type step struct {
	at    time.Time
	conv  desk.ConversationID
	offer desk.OfferID
	seat  desk.AgentID
}

// steps is the one timer heap of the room. Entries are never taken out early; what they name is asked whether they
// still mean anything.
type steps []step

func (s steps) Len() int           { return len(s) }
func (s steps) Less(i, j int) bool { return s[i].at.Before(s[j].at) }
func (s steps) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Push is heap.Interface.
func (s *steps) Push(x any) { *s = append(*s, x.(step)) }

// Pop is heap.Interface.
func (s *steps) Pop() any {
	n := len(*s) - 1
	x := (*s)[n]
	*s = (*s)[:n]
	return x
}
