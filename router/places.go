package router

import (
	"slices"
	"time"

	"yingda/desk"
)

// Place is one conversation in the line of its queue.
type Place struct {
	Conversation desk.ConversationID
	Position     int       // as Position gives it: 0 while it rings
	Rank         time.Time // DueAt less Boost: what the order goes by
	DueAt        time.Time
	Boost        time.Duration // what its steps have raised so far included
	Since        time.Time
	Agent        desk.AgentID // whom it rings at; "" it waits
	ExpiresAt    time.Time    // until when it rings there
	Mark         Mark
}

// Mark is a place in a line that outlasts the conversation which stood there: where the next page begins.
type Mark struct {
	Rings   bool                `json:"o,omitempty"`
	Own     bool                `json:"w,omitempty"`
	Ringing bool                `json:"r,omitempty"`
	Turn    int64               `json:"t"`
	Since   time.Time           `json:"s"`
	ID      desk.ConversationID `json:"c"`
}

func markOf(it *item) Mark {
	return Mark{it.state == onOffer, it.own, it.Ringing, it.turn, it.Since, it.Conversation}
}

// item is something to be compared with: it stands in no line.
func (m Mark) item() *item {
	return &item{Work: desk.Work{Conversation: m.ID, Ringing: m.Ringing, Since: m.Since}, own: m.Own, turn: m.Turn}
}

// Places are those who wait in a queue: first what rings at somebody, then what waits, each in the order it goes in; at
// most limit of them after a mark, nil for the beginning. more says that there are others behind. What Redis and this node
// disagree about has no place for that moment. It costs by how many ring and are asked for, not by how many wait.
func (r *Router) Places(q desk.QueueID, after *Mark, limit int) (line []Place, more bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found, more := r.m.standing(q, after, limit)
	for _, it := range found {
		p := Place{
			Conversation: it.Conversation, Position: r.m.position(it), DueAt: it.DueAt, Boost: it.Boost + it.stage.lift, Since: it.Since,
			Agent: it.offer.Agent, ExpiresAt: it.offer.ExpiresAt, Mark: markOf(it),
		}
		p.Rank = p.DueAt.Add(-p.Boost)
		line = append(line, p)
	}
	return line, more
}

// standing is what Places shows.
func (m *mirror) standing(q desk.QueueID, after *Mark, limit int) (found []*item, more bool) {
	var from *item
	if after != nil {
		from = after.item()
	}
	if after == nil || after.Rings {
		for _, it := range m.offers {
			if it.Queue == q && (from == nil || ahead(from, it)) {
				found = append(found, it)
			}
		}
		slices.SortFunc(found, inOrder)
		from = nil
	}
	if len(found) <= limit {
		found = append(found, m.waitingIn(q, from, limit+1-len(found))...)
	}
	return found[:min(limit, len(found))], len(found) > limit
}

// inOrder compares as ahead does.
func inOrder(a, b *item) int {
	switch {
	case ahead(a, b):
		return -1
	case ahead(b, a):
		return 1
	}
	return 0
}

// waitingIn are the first that wait in a queue behind an item, which need not be one of them; nil: from the beginning.
func (m *mirror) waitingIn(q desk.QueueID, after *item, limit int) []*item {
	var out []*item
	for _, mail := range []bool{false, true} {
		if r := m.ranks[lineKey{q, mail}]; r != nil {
			n := len(out)
			r.root.walk(after, func(it *item) bool {
				out = append(out, it)
				return len(out)-n < limit
			})
		}
	}
	slices.SortFunc(out, inOrder)
	return out[:min(limit, len(out))]
}

// walk hands the items of a tree that come behind another to yield, in order, until it says false.
func (it *item) walk(after *item, yield func(*item) bool) bool {
	if it == nil {
		return true
	}
	if after == nil || ahead(after, it) {
		if !it.node.left.walk(after, yield) || !yield(it) {
			return false
		}
		after = nil // all that follows comes behind it, too
	}
	return it.node.right.walk(after, yield)
}
