package channels

import "github.com/prometheus/client_golang/prometheus"

// outboxMetrics count what the outbox does.
type outboxMetrics struct {
	// results: sent, failed, unknown, delayed, lost, waiting (not tried: pace or quota)
	results *prometheus.CounterVec
	// claimed messages this node holds now
	held prometheus.Gauge
	// seconds from claim to result
	seconds prometheus.Histogram
}

func newOutboxMetrics(r prometheus.Registerer) *outboxMetrics {
	m := &outboxMetrics{
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_channels_outbox_results_total", Help: "Outcomes of sends: sent, failed, unknown, delayed, lost, waiting.",
		}, []string{"result"}),
		held: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "yingda_channels_outbox_held_messages", Help: "Claimed messages this node holds now.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_channels_outbox_send_seconds", Help: "Time from claim to result.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 30, 120, 360},
		}),
	}
	if r != nil {
		r.MustRegister(m.results, m.held, m.seconds)
	}
	return m
}
