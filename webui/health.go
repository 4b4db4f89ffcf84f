package webui

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// healthz says that the process lives.
func (s *Server) healthz(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"ok": true}) }

// readyz says whether it can work, and if not, why: a map from part to cause. One inbox whose line is down is no reason
// to take the whole desk out of service: it is named as degraded, and the answer stays 200.
func (s *Server) readyz(c *gin.Context) {
	causes, degraded := map[string]string{}, map[string]string{}
	if s.Ready != nil {
		for part, cause := range s.Ready(c.Request.Context()) {
			if strings.HasPrefix(part, inboxPart) {
				degraded[part] = cause
			} else {
				causes[part] = cause
			}
		}
	}
	status := http.StatusOK
	if len(causes) > 0 {
		status = http.StatusServiceUnavailable
		c.Header("Retry-After", strconv.Itoa(retryUnavailable))
	}
	body := gin.H{"ready": len(causes) == 0, "causes": causes, "degraded": degraded}
	if w := s.warnings(); len(w) > 0 {
		body["warnings"] = w
	}
	c.JSON(status, body)
}

// inboxPart begins the names of parts that are one inbox's line.
const inboxPart = "inbox:"

// scrapes serves the metrics to those who may read them, and is not there for anybody else: figures of a firm's work are
// nobody's business. A proxy that is not trusted hides who asks, so what it hands on is refused.
func (s *Server) scrapes(from []netip.Prefix) gin.HandlerFunc {
	serve := gin.WrapH(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{}))
	return func(c *gin.Context) {
		if !s.mayScrape(c, from) {
			stop(c, notYours())
			return
		}
		serve(c)
	}
}

func (s *Server) mayScrape(c *gin.Context, from []netip.Prefix) bool {
	if want := s.Config.MetricsToken; want != "" {
		token, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
		if ok && subtle.ConstantTimeCompare([]byte(token), []byte(want)) == 1 {
			return true
		}
	}
	client, peer := c.ClientIP(), c.RemoteIP()
	h := c.Request.Header
	if client == peer && (h.Get("X-Forwarded-For") != "" || h.Get("Forwarded") != "" || h.Get("X-Real-Ip") != "") {
		return false
	}
	addr, err := netip.ParseAddr(client)
	if err != nil {
		return false
	}
	addr = addr.Unmap()
	return slices.ContainsFunc(from, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// networks reads addresses and networks; the first that is neither is named in the error.
func networks(list []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(list))
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if addr, e := netip.ParseAddr(text); e == nil {
			p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
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
