package router

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"testing"
	"time"
)

// erlangCase is one row of the reference: what Erlang's formulas say of a queue.
type erlangCase struct {
	ID       string  `json:"id"`
	Model    string  `json:"model"`
	Lambda   float64 `json:"lambda_per_hour"`
	Traffic  float64 `json:"traffic_erlangs"`
	AHT      float64 `json:"aht_s"`
	Agents   int     `json:"agents"`
	Patience float64 `json:"patience_mean_s"`
	Target   float64 `json:"target_s"`
	Expected struct {
		PWait        *float64 `json:"p_wait"`
		ServiceLevel *float64 `json:"service_level"`
		ServedWithin *float64 `json:"service_level_served_within_t_of_all"`
		ASA          *float64 `json:"asa_s"`
		MeanWait     *float64 `json:"mean_wait_all_s"`
		Occupancy    *float64 `json:"occupancy"`
		QueueLength  *float64 `json:"queue_length"`
		Abandoned    *float64 `json:"p_abandon"`
		Blocked      *float64 `json:"p_block"`
	} `json:"expected"`
}

func (c erlangCase) queue() OneQueue {
	o := OneQueue{
		ArrivalsPerHour: c.Lambda, AHT: time.Duration(c.AHT * float64(time.Second)), Agents: c.Agents, QueueLimit: -1,
		Patience: time.Duration(c.Patience * float64(time.Second)), Target: time.Duration(c.Target * float64(time.Second)),
		Arrivals: erlangArrivals, Seed: 1,
	}
	if o.AHT == 0 { // the case names only the traffic
		o.AHT, o.ArrivalsPerHour = time.Minute, c.Traffic*60
	}
	if c.Model == "M/M/c/c" {
		o.QueueLimit = 0
	}
	return o
}

// TestSimulationAgreesWithErlang runs the reference of ../shared beside the checkout and prints what differs.
func TestSimulationAgreesWithErlang(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../shared/data/cases/erlang_reference.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("skipped: erlang_reference, ../shared/data is not there")
	}
	if err != nil {
		t.Fatal(err)
	}
	var cases []erlangCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	t.Logf("%-28s %8s %8s %8s %8s %8s %8s", "case", "level", "plain", "wait %", "plain %", "occup.", "p_wait")
	for _, c := range cases {
		got, err := SimulateOne(t.Context(), c.queue())
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		d := c.compare(t, got)
		t.Logf("%-28s %+8.4f %+8.4f %+8.2f %+8.2f %+8.4f %+8.4f", c.ID, d.level, d.plainLevel, 100*d.wait, 100*d.plainWait, d.occupancy, d.pWait)
	}
}

type erlangDiff struct{ level, plainLevel, wait, plainWait, occupancy, pWait float64 }

// compare holds a forecast against the formulas: service level and occupancy within a point, mean wait within 5 %.
func (c erlangCase) compare(t *testing.T, got OneForecast) erlangDiff {
	t.Helper()
	e := c.Expected
	var d erlangDiff
	off := func(what string, got float64, want *float64, most float64) float64 {
		if want == nil {
			return 0
		}
		if diff := got - *want; math.Abs(diff) > most {
			t.Errorf("%s: %s: got %.6f, want %.6f ± %.4f", c.ID, what, got, *want, most)
		}
		return got - *want
	}
	level, wait := e.ServiceLevel, e.ASA
	if level == nil {
		level = e.ServedWithin
	}
	if wait == nil {
		wait = e.MeanWait
	}
	d.level = off("service level", got.ServiceLevel, level, .01)
	d.occupancy = off("occupancy", got.Occupancy, e.Occupancy, .01)
	d.pWait = off("p_wait", got.PWait, e.PWait, .01)
	off("abandoned", got.Abandoned, e.Abandoned, .01)
	off("blocked", got.Blocked, e.Blocked, .01)
	if level != nil {
		d.plainLevel = got.Plain.ServiceLevel - *level
	}
	if wait != nil {
		d.wait = off("mean wait", got.MeanWait, wait, .05**wait) / *wait
		d.plainWait = (got.Plain.MeanWait - *wait) / *wait
	}
	if e.QueueLength != nil {
		off("queue length", got.QueueLength, e.QueueLength, .05**e.QueueLength)
	}
	return d
}
