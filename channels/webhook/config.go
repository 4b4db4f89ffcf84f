package webhook

import (
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Config is how webhooks reach out.
type Config struct {
	// Hosts are hosts of our own network (name, or name:port) that webhooks may call, by plain HTTP and on any port too. All
	// other private, loopback and link-local addresses are refused.
	Hosts []string `yaml:"hosts" json:"hosts"`
}

// Default reaches the public internet only.
func Default() Config { return Config{} }

// Validate names the host that is none.
func (c Config) Validate() error {
	for _, h := range c.Hosts {
		if h == "" || h != strings.ToLower(h) || strings.ContainsAny(h, "/ @") {
			return fmt.Errorf("hosts: %q is no host name in lower case, with or without a port", h)
		}
	}
	return nil
}

// Metrics counts tries.
type Metrics struct{ tries *prometheus.CounterVec }

// NewMetrics registers yingda_webhook_tries_total by result: "ok" or a Reason.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{tries: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "yingda_webhook_tries_total", Help: "Deliveries to webhooks that were tried, by result.",
	}, []string{"result"})}
	r.MustRegister(m.tries)
	return m
}

func (m *Metrics) tried(reason string) {
	if m == nil {
		return
	}
	if reason == "" {
		reason = "ok"
	}
	m.tries.WithLabelValues(reason).Inc()
}
