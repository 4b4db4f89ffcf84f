package router

import "yingda/desk"

// ranks is what waits in one queue in its order, such that the place of each is found in the logarithm of how many
// wait: a treap, whose nodes are the items themselves. It makes its own dice, so that a run repeats.
type ranks struct {
	root *item
	dice uint32
}

// rankNode is an item's part in its queue's ranks.
type rankNode struct {
	in          *ranks // nil: it stands nowhere
	left, right *item
	size        int32
	heap        uint32
}

// lineKey names a line: what an agent's room for mail does not keep waiting, calls and chats, stands apart from mail,
// since mail is interruptible.
type lineKey struct {
	queue desk.QueueID
	mail  bool
}

func sizeOf(it *item) int32 {
	if it == nil {
		return 0
	}
	return it.node.size
}

func resized(it *item) *item {
	it.node.size = 1 + sizeOf(it.node.left) + sizeOf(it.node.right)
	return it
}

// split parts a tree into those ahead of it and the rest.
func split(t, it *item) (a, b *item) {
	if t == nil {
		return nil, nil
	}
	if ahead(t, it) {
		t.node.right, b = split(t.node.right, it)
		return resized(t), b
	}
	a, t.node.left = split(t.node.left, it)
	return a, resized(t)
}

func joinedTrees(a, b *item) *item {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.node.heap > b.node.heap:
		a.node.right = joinedTrees(a.node.right, b)
		return resized(a)
	}
	b.node.left = joinedTrees(a, b.node.left)
	return resized(b)
}

func (r *ranks) add(it *item) {
	r.dice ^= r.dice << 13 // xorshift32
	r.dice ^= r.dice >> 17
	r.dice ^= r.dice << 5
	it.node = rankNode{in: r, size: 1, heap: r.dice}
	a, b := split(r.root, it)
	r.root = joinedTrees(joinedTrees(a, it), b)
}

// remove takes an item out; its order must be the one it was added by.
func (r *ranks) remove(it *item) {
	at := &r.root
	for *at != it {
		(*at).node.size--
		if ahead(it, *at) {
			at = &(*at).node.left
		} else {
			at = &(*at).node.right
		}
	}
	*at = joinedTrees(it.node.left, it.node.right)
	it.node = rankNode{}
}

// before counts who stands ahead of it, in the line or not.
func (r *ranks) before(it *item) int {
	n := 0
	for t := r.root; t != nil; {
		if ahead(t, it) {
			n += int(sizeOf(t.node.left)) + 1
			t = t.node.right
		} else {
			t = t.node.left
		}
	}
	return n
}

// stand puts an item that waits into its line; unstand takes it out, before anything its order depends on changes.
func (m *mirror) stand(it *item) {
	k := lineKey{it.Queue, it.Medium == desk.Email}
	r := m.ranks[k]
	if r == nil {
		r = &ranks{dice: 2463534242}
		m.ranks[k] = r
	}
	r.add(it)
}

func (m *mirror) unstand(it *item) {
	if it.node.in != nil {
		it.node.in.remove(it)
	}
}

// aheadOf counts what goes before an item of its queue and keeps it waiting: calls and chats before a call or a chat,
// everything before a mail.
func (m *mirror) aheadOf(it *item) int {
	n := 0
	if r := m.ranks[lineKey{it.Queue, false}]; r != nil {
		n = r.before(it)
	}
	if r := m.ranks[lineKey{it.Queue, true}]; r != nil && it.Medium == desk.Email {
		n += r.before(it)
	}
	return n
}
