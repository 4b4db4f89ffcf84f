package chat

import (
	"maps"
	"sync"

	"yingda/desk"
)

// opened counts the open widget sockets of each inbox, for the board.
type opened struct {
	mu sync.Mutex
	n  map[desk.InboxID]int
}

func (o *opened) add(id desk.InboxID, by int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == nil {
		o.n = map[desk.InboxID]int{}
	}
	o.n[id] += by
}

// Open is how many widget sockets each inbox has on this node.
func (c *Chat) Open() map[desk.InboxID]int {
	c.open.mu.Lock()
	defer c.open.mu.Unlock()
	return maps.Clone(c.open.n)
}
