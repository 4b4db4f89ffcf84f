package voice

import (
	"sync"
	"time"

	"yingda/desk"
)

// healthSpan is how long a refused webhook is remembered.
const healthSpan = time.Hour

// maxRefused bounds what is remembered of one inbox: beyond it the number says enough.
const maxRefused = 1000

// health is how the webhooks of each inbox went lately.
type health struct {
	mu sync.Mutex
	of map[desk.InboxID]*heard
}

type heard struct {
	good    time.Time
	refused []time.Time
}

// Health is when an inbox's last good webhook came to this node, and how many were refused in the last hour.
func (v *Voice) Health(id desk.InboxID) (good time.Time, refused int) {
	h := &v.health
	h.mu.Lock()
	defer h.mu.Unlock()
	x := h.of[id]
	if x == nil {
		return time.Time{}, 0
	}
	x.forget(v.Now())
	return x.good, len(x.refused)
}

// hear notes a webhook for an inbox that exists; what is addressed to nobody is nobody's trouble.
func (h *health) hear(id desk.InboxID, good bool, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = map[desk.InboxID]*heard{}
	}
	x := h.of[id]
	if x == nil {
		x = &heard{}
		h.of[id] = x
	}
	if good {
		x.good = now
		return
	}
	x.forget(now)
	if len(x.refused) < maxRefused {
		x.refused = append(x.refused, now)
	}
}

func (x *heard) forget(now time.Time) {
	n := 0
	for n < len(x.refused) && now.Sub(x.refused[n]) > healthSpan {
		n++
	}
	x.refused = x.refused[n:]
}
