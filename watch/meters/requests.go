package meters

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lockhouse"
)

// Requests measures the HTTP API, by route as it is declared (never the path).
type Requests struct {
	count  *prometheus.CounterVec
	took   *prometheus.HistogramVec
	codes  map[lockhouse.Code]bool // that a refusal can have
	routes map[string]*route       // by pattern
	rest   *route
}

// route has what nearly every request needs at hand.
type route struct {
	method, path string
	took         prometheus.Observer
	good         prometheus.Counter // 2xx
}

func newRequests() *Requests {
	labels := []string{"method", "route", "status", "code"}
	r := &Requests{
		count: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "http_requests_total",
			Help: "Requests answered, by route, class of status, and code of refusal (empty when there was none)."}, labels),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "http_request_seconds",
			Help:    "From a request's first line to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, labels[:2]),
		routes: map[string]*route{},
	}
	r.rest = r.route("any " + other)
	return r
}

func (r *Requests) all() []prometheus.Collector { return []prometheus.Collector{r.count, r.took} }

// Declare says which routes there are, by the router's patterns, and by which codes they can refuse. What is asked for
// besides counts as one route. It is called once, before the first request.
func (r *Requests) Declare(patterns []string, codes []lockhouse.Code) {
	r.codes = map[lockhouse.Code]bool{"": true}
	for _, code := range codes {
		r.codes[code] = true
	}
	for _, pattern := range patterns {
		r.routes[pattern] = r.route(pattern)
	}
}

func (r *Requests) route(pattern string) *route {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = "any", pattern
	}
	return &route{method, path, r.took.WithLabelValues(method, path), r.count.WithLabelValues(method, path, "2xx", "")}
}

// Answered measures one request. The pattern is the router's, the code empty when nothing was refused.
func (r *Requests) Answered(pattern string, status int, code lockhouse.Code, took time.Duration) {
	to := r.routes[pattern]
	if to == nil {
		to = r.rest
	}
	to.took.Observe(took.Seconds())
	if code == "" && status/100 == 2 {
		to.good.Inc()
		return
	}
	if !r.codes[code] {
		code = other
	}
	r.count.WithLabelValues(to.method, to.path, class(status), string(code)).Inc()
}

func class(status int) string {
	if status < 100 || status > 599 {
		return other
	}
	return strconv.Itoa(status/100) + "xx"
}
