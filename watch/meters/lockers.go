package meters

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Lockers measures openings as the lockers themselves time them.
type Lockers struct {
	phase *prometheus.HistogramVec
	known map[string]bool // dialects of lock boards
}

// Phase is a step of an opening, each counted from the phone's wish.
type Phase string

// The phases.
const (
	Authorised Phase = "authorised" // grant and proof are good, and it is on the disk
	Pulsed     Phase = "pulsed"     // the lock was let go
	Open       Phase = "open"       // the door's contact says so
)

var phases = []Phase{Authorised, Pulsed, Open}

// boards are the dialects of lock boards whose openings are told apart: those of edge/board.
var boards = []string{"cu16", "cu24", "cu48", "8a", "winnsen", "wkly"}

func newLockers() *Lockers {
	l := &Lockers{known: map[string]bool{}, phase: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "opening_seconds",
		Help:    "An opening at a locker, by dialect of its boards: from the phone's wish to each phase (authorised, pulsed, open), by the locker's clock.",
		Buckets: []float64{.005, .01, .025, .05, .1, .2, .3, .4, .5, .75, 1, 1.5, 2, 3, 5, 10}}, []string{"board", "phase"})}
	for _, b := range append(boards, other) {
		l.known[b] = b != other
		for _, p := range phases {
			l.phase.WithLabelValues(b, string(p))
		}
	}
	return l
}

// versionsCollector shows how many lockers run which version of the agent. The names are the lockers' own word: who counts bounds how many there are.
type versionsCollector struct {
	desc  *prometheus.Desc
	count func(other string) map[string]int
}

// ByVersion shows how many lockers run which version of the agent, read at each scrape: it must be at hand.
func (m *Meters) ByVersion(count func(other string) map[string]int) {
	m.registry.MustRegister(versionsCollector{prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "lockers_by_version"),
		"Lockers by the version of the agent that they say they run: those that most run, and all other.", []string{"version"}, nil), count})
}

// Describe is Prometheus's.
func (c versionsCollector) Describe(to chan<- *prometheus.Desc) { to <- c.desc }

// Collect is Prometheus's.
func (c versionsCollector) Collect(to chan<- prometheus.Metric) {
	for version, lockers := range c.count(other) {
		to <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, float64(lockers), strings.ToValidUTF8(version, "?"))
	}
}

func (l *Lockers) all() []prometheus.Collector { return []prometheus.Collector{l.phase} }

// Opened measures how long after the wish a phase of an opening was reached.
func (l *Lockers) Opened(board string, phase Phase, after time.Duration) {
	if !l.known[board] {
		board = other
	}
	l.phase.WithLabelValues(board, string(phase)).Observe(after.Seconds())
}
