package chat

import (
	"strconv"
	"strings"
	"sync"
	"time"
)

// Paces of what one visitor or one address may do.
const (
	burst = 10 // messages in ten seconds
)

// pace lets each key do burst things at once and every per one more. It forgets keys that are at rest.
type pace struct {
	burst float64
	per   time.Duration

	mu    sync.Mutex
	keys  map[string]bucket
	swept time.Time
}

type bucket struct {
	left float64
	at   time.Time
}

func newPace(n int, per time.Duration) *pace {
	return &pace{burst: float64(n), per: per, keys: map[string]bucket{}}
}

// allow takes one for key, or says that there is none.
func (p *pace) allow(key string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.swept) > p.rest() {
		p.sweep(now)
	}
	b, ok := p.keys[key]
	if !ok {
		b.left = p.burst
	} else {
		b.left = p.filled(b, now)
	}
	b.at = now
	ok = b.left >= 1
	if ok {
		b.left--
	}
	p.keys[key] = b
	return ok
}

func (p *pace) filled(b bucket, now time.Time) float64 {
	return min(p.burst, b.left+float64(max(0, now.Sub(b.at)))/float64(p.per))
}

// rest is how long an empty bucket takes to be full.
func (p *pace) rest() time.Duration { return time.Duration(p.burst) * p.per }

func (p *pace) sweep(now time.Time) {
	p.swept = now
	for key, b := range p.keys {
		if p.filled(b, now) >= p.burst {
			delete(p.keys, key)
		}
	}
}

// counts bounds how many of something each key holds at once.
type counts struct {
	mu  sync.Mutex
	n   map[string]int
	max int
}

func newCounts(limit int) *counts { return &counts{n: map[string]int{}, max: limit} }

func (c *counts) take(key string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[key] >= c.max {
		return false
	}
	c.n[key]++
	return true
}

func (c *counts) free(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n[key]--; c.n[key] <= 0 {
		delete(c.n, key)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

func blank(s string) bool { return strings.TrimSpace(s) == "" }
