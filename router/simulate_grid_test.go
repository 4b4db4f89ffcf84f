package router

import (
	"math"
	"testing"
	"time"
)

// erlang is a queue with exponential times by the formulas: birth and death, summed until nothing is left.
func erlang(o OneQueue) Rates {
	lambda, mu, theta, c := o.ArrivalsPerHour/3600, 1/o.AHT.Seconds(), 0.0, o.Servers()
	if o.Patience > 0 {
		theta = 1 / o.Patience.Seconds()
	}
	p, sum, busy, line, wait, block := 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
	served := 0.0
	for n := 0; n < 200_000; n++ {
		sum += p
		busy += p * float64(min(n, c))
		line += p * float64(max(0, n-c))
		switch {
		case o.QueueLimit >= 0 && n == c+o.QueueLimit:
			block += p
		case n >= c:
			wait += p
			served += p * servedWithin(n-c, float64(c)*mu, theta, o.Target.Seconds())
		default:
			served += p
		}
		if o.QueueLimit >= 0 && n >= c+o.QueueLimit {
			break
		}
		p *= lambda / (mu*float64(min(n+1, c)) + theta*float64(max(0, n+1-c)))
		if n > c && p < 1e-15*sum {
			break
		}
		if p > 1e200 {
			p, sum, busy, line, wait, block, served = p/1e200, sum/1e200, busy/1e200, line/1e200, wait/1e200, block/1e200, served/1e200
		}
	}
	return Rates{
		ServiceLevel: served / sum, MeanWait: line / sum / lambda, PWait: wait / sum, Occupancy: busy / sum / float64(c),
		Abandoned: theta * line / sum / lambda, Blocked: block / sum,
	}
}

// servedWithin is the chance that who finds q waiting before them is served within t, not having given up: the ones
// before leave at the rates of servers and patience. It integrates the death process in small steps.
func servedWithin(q int, rate, theta, t float64) float64 {
	if theta == 0 { // Poisson: at least q+1 served within t
		term, cum := math.Exp(-rate*t), 0.0
		for i := 0; i <= q; i++ {
			cum += term
			term *= rate * t / float64(i+1)
		}
		return max(0, 1-cum)
	}
	const steps = 3000
	state := make([]float64, q+2) // state[i]: i still before them; index shifted by one, 0 is served
	state[q+1] = 1
	dt := t / steps
	for range steps {
		for i := 1; i <= q+1; i++ { // from the front, so that a step moves nobody twice
			out := rate + theta*float64(i-1)
			all := out + theta
			leave := state[i] * -math.Expm1(-all*dt)
			state[i] -= leave
			state[i-1] += leave * out / all
		}
	}
	return state[0]
}

// TestSimulationAgreesOnAGrid tries values that stand in no table: near saturation, small and large, several at once.
func TestSimulationAgreesOnAGrid(t *testing.T) {
	t.Parallel()
	grid := []OneQueue{
		{ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 28, Target: 20 * time.Second},
		{ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 29, Target: 20 * time.Second},
		{ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 9, Concurrency: 3, Target: 60 * time.Second},
		{ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 27, Target: 60 * time.Second},
		{ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 26, Patience: 180 * time.Second, Target: 20 * time.Second},
		{ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 26, Concurrency: 3, Patience: 180 * time.Second, Target: 20 * time.Second},
		{ArrivalsPerHour: 60, AHT: 300 * time.Second, Agents: 6, Target: 20 * time.Second},
		{ArrivalsPerHour: 10, AHT: 900 * time.Second, Agents: 3, Target: 120 * time.Second},
		{ArrivalsPerHour: 57, AHT: time.Minute, Agents: 1, Target: 30 * time.Second},
		{ArrivalsPerHour: 3000, AHT: 300 * time.Second, Agents: 255, Target: 20 * time.Second},
		{ArrivalsPerHour: 3000, AHT: 300 * time.Second, Agents: 240, Patience: 120 * time.Second, Target: 20 * time.Second},
		{ArrivalsPerHour: 200, AHT: 180 * time.Second, Agents: 14, Target: 20 * time.Second},
		{ArrivalsPerHour: 200, AHT: 180 * time.Second, Agents: 11, Patience: 600 * time.Second, Target: 20 * time.Second},
		{ArrivalsPerHour: 120, AHT: 180 * time.Second, Agents: 7, QueueLimit: 4, Target: 30 * time.Second},
		{ArrivalsPerHour: 600, AHT: 60 * time.Second, Agents: 12, QueueLimit: 1, Target: 5 * time.Second},
	}
	t.Logf("%5s %5s %8s %8s %8s %8s %8s %8s", "erl.", "serv.", "level", "plain", "wait %", "plain %", "± %", "occup.")
	for i, o := range grid {
		o.Arrivals, o.Seed = erlangArrivals, uint64(i+1)
		if o.Patience == 0 && o.QueueLimit == 0 && o.Traffic() > .97*float64(o.Servers()) {
			if o.Arrivals *= 6; o.Arrivals < 300_000 { // the race detector is on: a few breaths of this line say nothing
				continue
			}
		}
		switch o.QueueLimit {
		case 0:
			o.QueueLimit = -1
		case 1: // a loss system
			o.QueueLimit = 0
		}
		got, err := SimulateOne(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		want := erlang(o)
		rel := func(x float64) float64 { return 100 * share(x-want.MeanWait, want.MeanWait) }
		t.Logf("%5.1f %5d %+8.4f %+8.4f %+8.2f %+8.2f %8.2f %+8.4f", o.Traffic(), o.Servers(), got.ServiceLevel-want.ServiceLevel,
			got.Plain.ServiceLevel-want.ServiceLevel, rel(got.MeanWait), rel(got.Plain.MeanWait), 100*share(got.Error.MeanWait, want.MeanWait), got.Occupancy-want.Occupancy)
		for _, c := range []struct {
			what            string
			got, want, most float64
		}{
			{"service level", got.ServiceLevel, want.ServiceLevel, .01},
			{"occupancy", got.Occupancy, want.Occupancy, .01},
			{"mean wait", got.MeanWait, want.MeanWait, .05*want.MeanWait + 1e-3},
			{"p_wait", got.PWait, want.PWait, .01},
			{"abandoned", got.Abandoned, want.Abandoned, .01},
			{"blocked", got.Blocked, want.Blocked, .01},
		} {
			if math.Abs(c.got-c.want) > c.most {
				t.Errorf("%.1f Erlangs on %d: %s: got %.5f, want %.5f ± %.5f", o.Traffic(), o.Servers(), c.what, c.got, c.want, c.most)
			}
		}
	}
}
