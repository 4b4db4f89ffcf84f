package router

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what this room counts. No ids stand in labels.
type metrics struct {
	offers    *prometheus.CounterVec // result: ok, gone, away, full, chat_first
	ends      *prometheus.CounterVec // how: accepted, declined, expired, withdrawn, unrecorded, unseen
	decisions *prometheus.CounterVec // result: endpoint, left, wait, late, error, unsigned, broken, ineligible, resting, busy
	decision  prometheus.Histogram
	waited    prometheus.Histogram
	leader    prometheus.Gauge
	rebuilds  prometheus.Counter
	repairs   prometheus.Counter
}

func newMetrics(reg prometheus.Registerer, r *Router) *metrics {
	m := &metrics{
		offers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_router_offers_total", Help: "Offers tried, by what Redis answered.",
		}, []string{"result"}),
		ends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_router_offer_ends_total", Help: "Offers ended, by how.",
		}, []string{"how"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_router_decisions_total", Help: "Pieces of work an endpoint was to decide, by what became of it.",
		}, []string{"result"}),
		decision: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_router_decision_seconds", Help: "From each question to an endpoint to its answer, or to its deadline.",
			Buckets: []float64{.005, .02, .05, .1, .2, .4, .8, 1.5, 3},
		}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_router_wait_seconds", Help: "From first queueing to each offer.",
			Buckets: []float64{.001, .005, .02, .1, 1, 10, 60, 300, 1800, 7200, 86400},
		}),
		leader: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingda_router_leader_ratio", Help: "1 when this node makes the offers.",
		}),
		rebuilds: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_router_rebuilds_total", Help: "Rebuilds of Redis from the records.",
		}),
		repairs: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_router_repairs_total", Help: "Differences the sweeper mended; more than 0 is worth a look.",
		}),
	}
	if reg == nil {
		return m
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "yingda_router_waiting_count", Help: "Conversations waiting or on offer.",
	}, func() float64 {
		r.mu.RLock()
		defer r.mu.RUnlock()
		return float64(len(r.m.items))
	})
	reg.MustRegister(m.offers, m.ends, m.decisions, m.decision, m.waited, m.leader, m.rebuilds, m.repairs, waiting)
	return m
}
