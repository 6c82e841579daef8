package meters

import (
	"github.com/prometheus/client_golang/prometheus"

	"lockhouse"
)

// Journey counts what happens to holds and parcels, and to what people and shops are told of them.
type Journey struct {
	events      map[lockhouse.EventKind]prometheus.Counter
	notices     map[Outcome]prometheus.Counter
	deliveries  map[Outcome]prometheus.Counter
	eventsVec   *prometheus.CounterVec
	noticesVec  *prometheus.CounterVec
	deliverVec  *prometheus.CounterVec
	receiptsVec *prometheus.CounterVec
	receipts    map[string]prometheus.Counter
	waiting     prometheus.Counter
}

// Outcome is what a try at telling somebody came to.
type Outcome string

// The outcomes. Later is tried again, Never is given up.
const (
	Told  Outcome = "told"
	Later Outcome = "later"
	Never Outcome = "never"
)

func newJourney() *Journey {
	kinds := map[lockhouse.EventKind]string{"": other}
	for _, kind := range lockhouse.EventKinds() {
		kinds[kind] = string(kind)
	}
	tries := map[Outcome]string{Told: string(Told), Later: string(Later), Never: string(Never)}
	j := &Journey{}
	j.eventsVec, j.events = vec("events_total", "What happened, by kind, when it was heard: holds placed and lapsed, parcels by step, doors, faults, receipts refused.", "kind", kinds)
	j.noticesVec, j.notices = vec("notice_tries_total", "Tries to send a mail.", "outcome", tries)
	j.deliverVec, j.deliveries = vec("webhook_tries_total", "Tries to tell a shop.", "outcome", tries)
	j.receiptsVec, j.receipts = vec("receipts_total", "Receipts of lockers that arrived: kept (the first time), duplicate, or conflicted (another with the same number is kept).",
		"outcome", map[string]string{"kept": "kept", "duplicate": "duplicate", "conflicted": "conflicted"})
	j.waiting = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "receipts_early_total",
		Help: "Receipts found waiting beyond a gap, summed over the deliveries that found them."})
	return j
}

func (j *Journey) all() []prometheus.Collector {
	return []prometheus.Collector{j.eventsVec, j.noticesVec, j.deliverVec, j.receiptsVec, j.waiting}
}

// Heard counts an event.
func (j *Journey) Heard(kind lockhouse.EventKind) {
	counter, known := j.events[kind]
	if !known {
		counter = j.events[""]
	}
	counter.Inc()
}

// Notice counts a try to send a mail.
func (j *Journey) Notice(o Outcome) { j.notices[o].Inc() }

// Delivery counts a try to tell a shop.
func (j *Journey) Delivery(o Outcome) { j.deliveries[o].Inc() }

// Receipts counts what came of a delivery of receipts.
func (j *Journey) Receipts(kept, duplicate, conflicted, waiting int) {
	j.receipts["kept"].Add(float64(kept))
	j.receipts["duplicate"].Add(float64(duplicate))
	j.receipts["conflicted"].Add(float64(conflicted))
	j.waiting.Add(float64(waiting))
}
