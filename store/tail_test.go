package store

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
)

// The tail answers only with what the log holds: whatever mix of our own commits and other nodes' commits came, its
// answer is the log's own, or that SQL must be asked.
func TestTailNeverHidesAFact(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		var log []desk.Event
		var kept tail
		for range 400 {
			n := 1 + rnd.IntN(8)
			own := rnd.IntN(5) > 0
			from := len(log)
			for range n {
				log = append(log, desk.Event{
					Seq: int64(len(log) + 1), Subject: desk.Subject{Kind: desk.AboutConversation, ID: "c"}, At: time.UnixMilli(int64(len(log))).UTC(),
					Fact: desk.MessageReceived{Number: int64(len(log))},
				})
			}
			if own {
				kept.add(log[from:], bodiesOf(t, log[from:]))
			}
			seq, limit := rnd.IntN(len(log)+2), 1+rnd.IntN(50)
			got, ok, err := kept.after(int64(seq), limit)
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				continue
			}
			want := log[seq:min(len(log), seq+limit)]
			if len(got) > len(want) || len(got) == 0 {
				t.Fatalf("seed %d: after %d of %d: got %d facts", seed, seq, len(log), len(got))
			}
			if d := cmp.Diff(want[:len(got)], got); d != "" {
				t.Fatalf("seed %d: after %d (-want +got):\n%s", seed, seq, d)
			}
		}
		if len(kept.events) > tailLength {
			t.Errorf("seed %d: got %d facts kept, want at most %d", seed, len(kept.events), tailLength)
		}
	}
}

func bodiesOf(t *testing.T, events []desk.Event) []string {
	t.Helper()
	out := make([]string, len(events))
	for i, e := range events {
		body, err := encodeFact(e.Fact)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = body
	}
	return out
}
