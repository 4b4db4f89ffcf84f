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
	lost        *prometheus.CounterVec
	polls       prometheus.Counter
	resyncs     prometheus.Counter
	quarantines prometheus.Counter
	marks       prometheus.Counter
	parks       prometheus.Counter
	// result: copy, joined, ignored
	elsewhere    *prometheus.CounterVec
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
		polls:   counter("polls_total", "Completed polls."),
		resyncs: counter("resyncs_total", "Mailboxes read again because UIDVALIDITY changed."),
		marks:   counter("unmarked_total", "Mails in the record that the server would not mark or move."),
		parks:   counter("parked_total", "Mails of senders over their share of the hour, kept without queueing."),
		elsewhere: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_email_sent_elsewhere_total",
			Help: "Mails found in Sent folders, by what they were (copy, joined, ignored).",
		}, []string{"result"}),
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
	r.MustRegister(m.mails, m.lost, m.polls, m.resyncs, m.quarantines, m.marks, m.parks, m.elsewhere, m.bytes, m.intake, m.lastGoodTime)
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

func (m *Metrics) unmarked() {
	if m != nil {
		m.marks.Inc()
	}
}

func (m *Metrics) parked() {
	if m != nil {
		m.parks.Inc()
	}
}

func (m *Metrics) sentElsewhere(result string) {
	if m != nil {
		m.elsewhere.WithLabelValues(result).Inc()
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

// InMetrics count what is pushed to us. A nil *InMetrics counts nothing.
type InMetrics struct {
	// result: taken, put_off, failed
	mails *prometheus.CounterVec
	// why: peer, connections, rate, recipient, too_large, smuggling, busy
	refusals *prometheus.CounterVec
	open     prometheus.Gauge
}

// NewInMetrics registers the listener's metrics.
func NewInMetrics(r prometheus.Registerer) *InMetrics {
	m := &InMetrics{
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_email_pushed_total", Help: "Mails pushed to us, an inbox each, by result (taken, put_off, failed).",
		}, []string{"result"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "yingda_email_push_refused_total",
			Help: "What the listener refused, by why (peer, connections, rate, recipient, too_large, smuggling, busy).",
		}, []string{"why"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "yingda_email_push_connections", Help: "Open connections of those who push mail."}),
	}
	r.MustRegister(m.mails, m.refusals, m.open)
	return m
}

func (m *InMetrics) pushed(result string) {
	if m != nil {
		m.mails.WithLabelValues(result).Inc()
	}
}

func (m *InMetrics) refused(why string) {
	if m != nil {
		m.refusals.WithLabelValues(why).Inc()
	}
}

func (m *InMetrics) connected(n int) {
	if m != nil {
		m.open.Add(float64(n))
	}
}
