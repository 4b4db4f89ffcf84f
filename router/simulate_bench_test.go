package router

import (
	"testing"
	"time"
)

// BenchmarkSimulateOne plays a million customers an op with 30 agents.
func BenchmarkSimulateOne(b *testing.B) {
	for b.Loop() {
		o := OneQueue{
			ArrivalsPerHour: 400, AHT: 240 * time.Second, Agents: 30, QueueLimit: -1, Target: 20 * time.Second,
			Arrivals: 1_000_000, Seed: 1,
		}
		got, err := SimulateOne(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(got.Arrivals+got.Warmup), "ns/arrival")
	}
}
