package cluster

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"lockhouse"
)

// standing is how far a reference got, as the network has acknowledged it. Each stands for a definite answer.
type standing string

const (
	asked     standing = "asked" // no definite answer yet
	refusedIt standing = "refused"
	held      standing = "held"
	released  standing = "released"
	left      standing = "left" // held, and its time made to be over: it has to lapse
	announced standing = "announced"
	stored    standing = "stored"
	collected standing = "collected"
)

// entry is what was acknowledged of one reference.
type entry struct {
	Reference string
	Site      int
	Size      string
	Standing  standing
	Hold      lockhouse.HoldID
	Parcel    lockhouse.ParcelID
	Ref       lockhouse.ParcelRef
	Doubted   bool // a try to place the hold got no answer: it may be on its way still
}

// keptReceipt is a receipt that the network said it has.
type keptReceipt struct {
	Locker lockhouse.LockerID
	Seq    uint64
	Raw    string // base64url
}

// Ledger is everything that the network has acknowledged, whatever befell it, and how often nobody knew.
type Ledger struct {
	mu       sync.Mutex
	entries  map[string]entry
	receipts []keptReceipt
	doubts   int
	late     int
	faults   map[string][]error // by what they are about
}

// NewLedger makes an empty one.
func NewLedger() *Ledger { return &Ledger{entries: map[string]entry{}, faults: map[string][]error{}} }

// put keeps what is known of a reference now.
func (l *Ledger) put(e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries[e.Reference] = e
}

// keep keeps receipts that were acknowledged.
func (l *Ledger) keep(receipts ...keptReceipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.receipts = append(l.receipts, receipts...)
}

// doubted counts how often nobody knew.
func (l *Ledger) doubted(times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.doubts += times
}

// cameLate counts holds that were placed by a try that nobody waited for any more.
func (l *Ledger) cameLate() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late++
}

// maxFaultsShown bounds how many of a kind are shown: the first say most.
const maxFaultsShown = 5

// fail keeps what must not have happened, by what it is about.
func (l *Ledger) fail(about, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults[about] = append(l.faults[about], fmt.Errorf(format, args...))
}

// Err gives what must not have happened, so far.
func (l *Ledger) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []error
	for _, about := range slices.Sorted(maps.Keys(l.faults)) {
		some := l.faults[about]
		all = append(all, fmt.Errorf("%s, %d times:\n%w", about, len(some), errors.Join(some[:min(len(some), maxFaultsShown)]...)))
	}
	return errors.Join(all...)
}

// all gives the entries by reference, and the receipts.
func (l *Ledger) all() ([]entry, []keptReceipt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []entry
	for _, reference := range slices.Sorted(maps.Keys(l.entries)) {
		out = append(out, l.entries[reference])
	}
	return out, slices.Clone(l.receipts)
}

// Said tells in a line what was acknowledged.
func (l *Ledger) Said() string {
	entries, receipts := l.all()
	count := map[standing]int{}
	for _, e := range entries {
		count[e.Standing]++
	}
	text := fmt.Sprintf("%d references, %d receipts, %d times nobody knew, %d holds placed by a try that came late;",
		len(entries), len(receipts), l.doubts, l.late)
	for _, s := range slices.Sorted(maps.Keys(count)) {
		text += fmt.Sprintf(" %s %d", s, count[s])
	}
	return text
}
