package channels

import "time"

// Backoff grows exponentially from First to Max and is spread by jitter, so that many clients of one broken server
// do not come back in step.
type Backoff struct {
	First time.Duration
	Max   time.Duration
	// Random returns a number in [0, 1); nil means no jitter.
	Random func() float64
}

// After is how long to wait after the n-th failure in a row, n from 1: First·2^(n-1), at most Max, then ±20 %.
func (b Backoff) After(n int) time.Duration {
	d := b.First
	for i := 1; i < n && d < b.Max; i++ {
		d *= 2
	}
	d = min(d, b.Max)
	if b.Random == nil {
		return d
	}
	return time.Duration(float64(d) * (0.8 + 0.4*b.Random()))
}

// Retry of mail: a minute at first, an hour at most, given up after [GiveUp] (RFC 5321 4.5.4.1 asks for days; a
// customer's answer that has not left in two is better known as failed).
var retry = Backoff{First: time.Minute, Max: time.Hour}

// GiveUp is how long a message is tried, from its first attempt.
const GiveUp = 48 * time.Hour
