package meters

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lockhouse"
)

// Store measures transactions as those who wait for them see them, and groups of them as the engine commits them.
type Store struct {
	took      map[Kind]prometheus.Observer
	failed    map[Kind]prometheus.Counter
	group     prometheus.Histogram
	commit    prometheus.Histogram
	wait      prometheus.Histogram
	tookVec   *prometheus.HistogramVec
	failedVec *prometheus.CounterVec
}

// Kind is a kind of transaction.
type Kind string

// The kinds.
const (
	View   Kind = "view"
	Update Kind = "update"
)

var storeBuckets = []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}

func newStore() *Store {
	s := &Store{took: map[Kind]prometheus.Observer{}, tookVec: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace,
		Name: "store_transaction_seconds", Help: "A transaction, from asking for it to knowing how it ended, waiting included.", Buckets: storeBuckets}, []string{"kind"})}
	for _, kind := range []Kind{View, Update} {
		s.took[kind] = s.tookVec.WithLabelValues(string(kind))
	}
	s.failedVec, s.failed = vec("store_unavailable_total", "Transactions that the store could not do: too much waits, the disk is full, it does not answer.",
		"kind", map[Kind]string{View: string(View), Update: string(Update)})
	s.group = prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: "store_group_transactions",
		Help: "Transactions that shared one commit.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}})
	s.commit = prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: "store_commit_seconds",
		Help: "One commit, the sync of the disk included.", Buckets: storeBuckets})
	s.wait = prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: "store_wait_seconds",
		Help: "How long the first transaction of a group waited for its turn.", Buckets: storeBuckets})
	return s
}

func (s *Store) all() []prometheus.Collector {
	return []prometheus.Collector{s.tookVec, s.failedVec, s.group, s.commit, s.wait}
}

// Done measures a transaction that ended with an error or none.
func (s *Store) Done(kind Kind, took time.Duration, err error) {
	s.took[kind].Observe(took.Seconds())
	if err != nil && lockhouse.CodeOf(err) == lockhouse.CodeUnavailable {
		s.failed[kind].Inc()
	}
}

// Committed measures a group: how many shared it, how long its first had waited, how long the commit took.
func (s *Store) Committed(transactions int, waited, took time.Duration) {
	s.group.Observe(float64(transactions))
	s.wait.Observe(waited.Seconds())
	s.commit.Observe(took.Seconds())
}
