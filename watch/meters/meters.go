// Package meters counts and measures, for Prometheus. It keeps a registry of its own; nothing is global. A label's values
// are routes, codes, kinds and names of queues: all known beforehand. Whatever else comes is counted as "other".
//
// To measure costs tens of nanoseconds and allocates nothing. To be scraped costs what there is to print: nothing is read
// from the store for it.
package meters

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"lockhouse/watch"
)

// namespace begins the name of every series of ours.
const namespace = "lockhouse"

// other stands for what is not known beforehand.
const other = "other"

// Meters are a network's.
type Meters struct {
	registry *prometheus.Registry
	Requests *Requests
	Store    *Store
	Journey  *Journey
	Lockers  *Lockers
}

// New makes them. The version is what the build is shown as.
func New(version string) *Meters {
	m := &Meters{registry: prometheus.NewRegistry(), Requests: newRequests(), Store: newStore(), Journey: newJourney(), Lockers: newLockers()}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "build_info", Help: "Always 1: what runs here.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, all := range [][]prometheus.Collector{m.Requests.all(), m.Store.all(), m.Journey.all(), m.Lockers.all()} {
		m.registry.MustRegister(all...)
	}
	return m
}

// Registry is what is scraped.
func (m *Meters) Registry() *prometheus.Registry { return m.registry }

// Gauge shows a number that is read at each scrape: it must be at hand.
func (m *Meters) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Counter shows a number that only rises, and is read at each scrape: it must be at hand.
func (m *Meters) Counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Queues shows, for each queue, how many wait, how many may, and how long the first has.
func (m *Meters) Queues(queues []watch.Queue, now func() time.Time) {
	m.registry.MustRegister(&queuesCollector{queues: queues, now: now,
		length: queueDesc("queue_length", "Entries that wait."),
		bound:  queueDesc("queue_bound", "Entries that may wait, where their number is bounded. The console says what happens to the next."),
		maxAge: queueDesc("queue_max_age_seconds", "How old an entry may become, where that is the bound."),
		oldest: queueDesc("queue_oldest_seconds", "How long the first entry has waited; 0 when none does."),
	})
}

type queuesCollector struct {
	queues                        []watch.Queue
	now                           func() time.Time
	length, bound, maxAge, oldest *prometheus.Desc
}

func queueDesc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, []string{"queue"}, nil)
}

// Describe is Prometheus's.
func (c *queuesCollector) Describe(to chan<- *prometheus.Desc) {
	to <- c.length
	to <- c.bound
	to <- c.maxAge
	to <- c.oldest
}

// Collect is Prometheus's.
func (c *queuesCollector) Collect(to chan<- prometheus.Metric) {
	now := c.now()
	for i, q := range watch.Look(c.queues, now) {
		to <- prometheus.MustNewConstMetric(c.length, prometheus.GaugeValue, float64(q.Length), q.Name)
		if q.MaxAge > 0 {
			to <- prometheus.MustNewConstMetric(c.maxAge, prometheus.GaugeValue, q.MaxAge.Seconds(), q.Name)
		} else {
			to <- prometheus.MustNewConstMetric(c.bound, prometheus.GaugeValue, float64(q.Bound), q.Name)
		}
		if c.queues[i].Oldest != nil {
			to <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, q.Oldest.Seconds(), q.Name)
		}
	}
}

// vec makes a counter for every value of a label beforehand, so that a series exists before its first event, and to count
// is to look a pointer up.
func vec[K comparable](name, help, label string, values map[K]string) (*prometheus.CounterVec, map[K]prometheus.Counter) {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{label})
	each := map[K]prometheus.Counter{}
	for key, value := range values {
		each[key] = v.WithLabelValues(value)
	}
	return v, each
}
