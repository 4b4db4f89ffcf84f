package notify

import "github.com/prometheus/client_golang/prometheus"

// Config says who sends.
type Config struct {
	// Inbox is the id of the mail inbox whose SMTP server sends notices to agents; "" is the first enabled one that can.
	Inbox string `yaml:"inbox" json:"inbox"`
	// Off sends no notices by mail at all.
	Off bool `yaml:"off" json:"off"`
}

// Default sends by the first mail inbox.
func Default() Config { return Config{} }

// Validate finds nothing wrong: which inboxes there are is known in the record alone.
func (c Config) Validate() error { return nil }

// Metrics counts mails.
type Metrics struct{ mails *prometheus.CounterVec }

// NewMetrics registers yingda_notify_mails_total by result: sent, failed, given_up; ended for a report nobody may have any more.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{mails: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yingda_notify_mails_total", Help: "Mails of notices to agents, by result.",
	}, []string{"result"})}
	r.MustRegister(m.mails)
	return m
}

func (m *Metrics) count(result string) {
	if m != nil {
		m.mails.WithLabelValues(result).Inc()
	}
}
