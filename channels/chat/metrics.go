package chat

import "github.com/prometheus/client_golang/prometheus"

// metrics count what happens at this edge.
type metrics struct {
	sockets  prometheus.Gauge
	messages prometheus.Counter
	overflow prometheus.Counter
	// reason: origin, limit, token
	refused *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		sockets:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "yingda_chat_sockets_open", Help: "Widget sockets open on this node."}),
		messages: prometheus.NewCounter(prometheus.CounterOpts{Name: "yingda_chat_messages_total", Help: "Visitors' messages taken in, repeats included."}),
		overflow: prometheus.NewCounter(prometheus.CounterOpts{Name: "yingda_chat_overflows_total", Help: "Sockets closed because they could not keep up."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_chat_refused_total", Help: "Sockets and requests refused: origin, limit, token.",
		}, []string{"reason"}),
	}
	if r != nil {
		r.MustRegister(m.sockets, m.messages, m.overflow, m.refused)
	}
	return m
}
