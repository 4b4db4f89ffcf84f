package webui

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// healthz says that the process lives.
func (s *Server) healthz(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"ok": true}) }

// readyz says whether it can work, and if not, why: a map from part to cause.
func (s *Server) readyz(c *gin.Context) {
	causes := map[string]string{}
	if s.Ready != nil {
		causes = s.Ready(c.Request.Context())
	}
	status := http.StatusOK
	if len(causes) > 0 {
		status = http.StatusServiceUnavailable
		c.Header("Retry-After", strconv.Itoa(retryUnavailable))
	}
	if causes == nil {
		causes = map[string]string{}
	}
	c.JSON(status, gin.H{"ready": len(causes) == 0, "causes": causes})
}

// metrics are the web side's own. Labels: method; route as registered; status class 2xx…5xx.
type metrics struct {
	requests  *prometheus.HistogramVec
	panics    prometheus.Counter
	sockets   prometheus.Gauge
	frames    prometheus.Counter
	overflows prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "yingda_webui_request_seconds", Help: "Time to answer, by method, route and status class.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"method", "route", "status"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_webui_panics_total", Help: "Handlers that panicked.",
		}),
		sockets: prometheus.NewGauge(prometheus.GaugeOpts{Name: "yingda_webui_sockets", Help: "Open console sockets."}),
		frames:  prometheus.NewCounter(prometheus.CounterOpts{Name: "yingda_webui_frames_total", Help: "Frames queued to sockets."}),
		overflows: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "yingda_webui_overflows_total", Help: "Sockets closed because they read too slowly.",
		}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.panics, m.sockets, m.frames, m.overflows)
	}
	return m
}

func (m *metrics) observe(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
}

func metricsHandler(g prometheus.Gatherer) http.Handler {
	return promhttp.HandlerFor(g, promhttp.HandlerOpts{})
}
