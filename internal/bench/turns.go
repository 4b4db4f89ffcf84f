package bench

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Side is one of the two that take turns. Do runs its i-th operation; i grows over all turns.
type Side struct {
	Do func(i int) error
	// After tidies up behind the i-th operation and is not part of its time; may be nil. With it the rate means nothing.
	After func(i int) error
	n     int
	// Took are the times of all operations, sorted after [Turns].
	Took []time.Duration
	// Spent is the time all turns took together.
	Spent time.Duration
}

// Turns lets each side do each operations with so many senders, rounds times over, one side after the other, so that
// what else the machine does hits both. The first round of each is not counted.
func Turns(b *testing.B, rounds, each, senders int, sides ...*Side) {
	b.Helper()
	for round := range rounds + 1 {
		for _, s := range sides {
			s.turn(b, each, senders, round > 0)
		}
	}
	for _, s := range sides {
		slices.Sort(s.Took)
	}
}

func (s *Side) turn(b *testing.B, each, senders int, counts bool) {
	b.Helper()
	took := make([]time.Duration, each)
	base := s.n
	s.n += each
	var next atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range senders {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < each; i = int(next.Add(1)) - 1 {
				at := time.Now()
				if err := s.Do(base + i); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(at)
				if s.After == nil {
					continue
				}
				if err := s.After(base + i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	if counts {
		s.Spent += time.Since(began)
		s.Took = append(s.Took, took...)
	}
}

// Rate is how many a second.
func (s *Side) Rate() float64 { return float64(len(s.Took)) / s.Spent.Seconds() }

// Median is the time of the middle one, in ms.
func (s *Side) Median() float64 { return s.share(50) }

// P99 is the time that one in a hundred exceeds, in ms.
func (s *Side) P99() float64 { return s.share(99) }

func (s *Side) share(percent int) float64 {
	return float64(s.Took[(len(s.Took)-1)*percent/100].Microseconds()) / 1000
}
