package store

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yingda/desk"
	"yingda/sla"
)

// busyHour is an hour of n promises of a large house.
func busyHour(hour int64, n int) []packRow {
	rnd := rand.New(rand.NewPCG(1, 2))
	all := make([]packRow, n)
	for i := range all {
		all[i] = packRow{sla.EndedPromise{
			Target: desk.FirstResponse, Outcome: []string{sla.OutcomeMet, sla.OutcomeLate}[rnd.IntN(2)],
			EndedAt: at(hour*hourMS + int64(i)*hourMS/int64(n)), Queue: desk.QueueID(fmt.Sprint("queue-", rnd.IntN(50))),
			Agent: desk.AgentID(idText([]byte(fmt.Sprintf("%016d", rnd.IntN(1000))))), Tier: desk.Key, Medium: desk.Email, Policy: "文",
			Contact:  desk.ContactID(idText([]byte(fmt.Sprintf("%016d", i/3)))),
			Calendar: time.Duration(rnd.IntN(1e8)) * time.Millisecond, Business: -time.Millisecond,
		}, never}
		if i%9 == 0 {
			all[i].later = ms(all[i].EndedAt) + int64(i)
		}
	}
	return all
}

// A pack says again what went in, of every column.
func TestPackSaysWhatWentIn(t *testing.T) {
	t.Parallel()
	const hour = 500_000
	all := busyHour(hour, 340)
	raw := packPromises(hour, all)
	t.Logf("%.1f bytes a promise", float64(len(raw))/float64(len(all)))
	p, err := openPack(raw, newWordsSeen())
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.later(hour, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if again[i] != all[i].later {
			t.Errorf("row %d: got %d as when it ended again, want %d", i, again[i], all[i].later)
		}
	}
	for _, view := range desk.ReportViews {
		var got []sla.EndedPromise
		from := hourAt(hour)
		q := sla.PromiseQuery{From: from, To: from.Add(time.Hour), AllQueues: true, By: view, Until: from}
		if err := newUnpacker(q, func(p sla.EndedPromise) { got = append(got, p) }).hour(hour, raw); err != nil {
			t.Fatal(err)
		}
		want := make([]sla.EndedPromise, len(all))
		for i, r := range all {
			want[i] = sla.EndedPromise{EndedAt: r.EndedAt, Target: r.Target, Outcome: r.Outcome, Calendar: r.Calendar, Business: r.Business}
			if column, ok := packedAs[view]; ok {
				want[i].SetKey(view, all[i].word(column))
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("by %s (-want +got):\n%s", view, d)
		}
	}
}

// A pack that is cut or spoilt is refused, or says something of the right size: it never brings the reader down.
func TestSpoiltPackIsRefused(t *testing.T) {
	t.Parallel()
	const hour = 500_000
	raw := packPromises(hour, busyHour(hour, 20))
	q := sla.PromiseQuery{From: hourAt(hour), To: hourAt(hour + 1), By: "agent", Queues: []desk.QueueID{"queue-1"}}
	for n := range raw {
		if err := newUnpacker(q, func(sla.EndedPromise) {}).hour(hour, raw[:n]); err == nil {
			t.Errorf("cut to %d of %d bytes: got no error", n, len(raw))
		}
		for _, b := range []byte{0, 0x7f, 0xff} {
			spoilt := append([]byte(nil), raw...)
			spoilt[n] = b
			_ = newUnpacker(q, func(sla.EndedPromise) {}).hour(hour, spoilt)
		}
	}
}
