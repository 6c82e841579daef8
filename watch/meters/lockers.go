package meters

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Lockers measures openings as the lockers themselves time them.
type Lockers struct {
	phase *prometheus.HistogramVec
	known map[string]bool // makes of lock boards
}

// boards are the makes of lock boards whose openings are told apart.
var boards = []string{"kerong"}

func newLockers() *Lockers {
	l := &Lockers{known: map[string]bool{}, phase: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "opening_seconds",
		Help:    "An opening at a locker, by make of its boards: from the phone's wish to each phase (authorised, pulsed, opened), by the locker's clock.",
		Buckets: []float64{.005, .01, .025, .05, .1, .2, .3, .4, .5, .75, 1, 1.5, 2, 3, 5, 10}}, []string{"board", "phase"})}
	for _, b := range boards {
		l.known[b] = true
	}
	return l
}

func (l *Lockers) all() []prometheus.Collector { return []prometheus.Collector{l.phase} }

// Opened measures how long after the wish a phase of an opening was reached.
func (l *Lockers) Opened(board, phase string, after time.Duration) {
	if !l.known[board] {
		board = other
	}
	l.phase.WithLabelValues(board, phase).Observe(after.Seconds())
}
