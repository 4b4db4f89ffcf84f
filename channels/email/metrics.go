package email

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"yingda/desk"
)

// Metrics count what the mailboxes do. A nil *Metrics counts nothing.
type Metrics struct {
	// result: new, joined, duplicate; auto: human, auto_reply, bounce, report, list, calendar
	mails *prometheus.CounterVec
	// cause: see cause() in session.go
	lost         *prometheus.CounterVec
	polls        prometheus.Counter
	resyncs      prometheus.Counter
	quarantines  prometheus.Counter
	bytes        prometheus.Counter
	intake       prometheus.Histogram
	lastGoodTime *prometheus.GaugeVec // inbox: bounded by the settings
}

// NewMetrics registers the mailboxes' metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "yingda_email_" + name, Help: help})
	}
	m := &Metrics{
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_email_mails_total",
			Help: "Mails taken in, by result (new, joined, duplicate) and author (human, auto_reply, bounce, report, list, calendar).",
		}, []string{"result", "auto"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_email_connections_lost_total",
			Help: "Connections to mail servers that ended, by cause.",
		}, []string{"cause"}),
		polls:       counter("polls_total", "Completed polls."),
		resyncs:     counter("resyncs_total", "Mailboxes read again because UIDVALIDITY changed."),
		quarantines: counter("quarantined_total", "Mails put into quarantine."),
		bytes:       counter("downloaded_bytes_total", "Bytes of mail downloaded."),
		intake: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "yingda_email_intake_seconds", Help: "Time the desk took for one mail.",
			Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 30},
		}),
		lastGoodTime: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "yingda_email_last_good_poll_timestamp_seconds",
			Help: "When an inbox was last read to its end.",
		}, []string{"inbox"}),
	}
	r.MustRegister(m.mails, m.lost, m.polls, m.resyncs, m.quarantines, m.bytes, m.intake, m.lastGoodTime)
	return m
}

func (m *Metrics) received(r desk.Received, auto desk.Auto, took time.Duration) {
	if m == nil {
		return
	}
	result, by := "joined", string(auto)
	if r.Duplicate {
		result = "duplicate"
	} else if r.New {
		result = "new"
	}
	if auto == desk.ByHuman {
		by = "human"
	}
	m.mails.WithLabelValues(result, by).Inc()
	m.intake.Observe(took.Seconds())
}

func (m *Metrics) reconnect(cause string) {
	if m != nil {
		m.lost.WithLabelValues(cause).Inc()
	}
}

func (m *Metrics) polled() {
	if m != nil {
		m.polls.Inc()
	}
}

func (m *Metrics) resync() {
	if m != nil {
		m.resyncs.Inc()
	}
}

func (m *Metrics) quarantined() {
	if m != nil {
		m.quarantines.Inc()
	}
}

func (m *Metrics) downloaded(n int) {
	if m != nil {
		m.bytes.Add(float64(n))
	}
}

func (m *Metrics) good(inbox string, at time.Time) {
	if m != nil {
		m.lastGoodTime.WithLabelValues(inbox).Set(float64(at.Unix()))
	}
}
