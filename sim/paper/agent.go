package paper

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"log/slog"
	"maps"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/edge/uplink"
	"lockhouse/wire"
)

// Agent is a paper locker's computer: it keeps what the locker signed until the network has applied it, and talks over the
// line that real lockers have (edge/uplink).
type Agent struct {
	locker *Locker
	line   *uplink.Uplink
	up     chan struct{} // closed when the network first told the time

	mu      sync.Mutex
	kept    [][]byte // the newest stays, even when it was applied
	last    uint64   // number of the newest
	through uint64   // applied
	waiting []waiter // in the order of their numbers
	changed chan struct{}
	heard   int // how often the network told the time
	doors   map[int]lockhouse.Door
}

// waiter waits until a receipt is applied.
type waiter struct {
	seq  uint64
	done chan struct{}
}

// NewAgent makes a locker's agent that calls at an address.
func NewAgent(l *Locker, lineURL string) (a *Agent, err error) {
	a = &Agent{locker: l, up: make(chan struct{}), changed: make(chan struct{}, 1), doors: map[int]lockhouse.Door{}}
	for _, box := range l.Boxes {
		a.doors[box.Number] = lockhouse.DoorShut
	}
	a.line, err = uplink.New(uplink.Config{LineURL: lineURL, Locker: l.Noun.ID, Keys: uplink.OneKey{Signer: l.ReceiptKey()}, Version: "paper", Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler)}, a)
	return a, err
}

// Store puts a parcel in, and gives what was signed.
func (a *Agent) Store(ref lockhouse.ParcelRef, rank int, by Visit) (signed []string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if signed, err = a.locker.Store(ref, rank, by); err != nil {
		return nil, err
	}
	return signed, a.keep(signed)
}

// Collect lets a parcel be taken out, and gives what was signed.
func (a *Agent) Collect(ref lockhouse.ParcelRef, by Visit) (signed []string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if signed, err = a.locker.Collect(ref, by); err != nil {
		return nil, err
	}
	return signed, a.keep(signed)
}

// Applied gives what is closed when the network has applied all that was signed so far.
func (a *Agent) Applied() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wait()
}

func (a *Agent) wait() <-chan struct{} {
	w := waiter{a.last, make(chan struct{})}
	a.waiting = append(a.waiting, w)
	a.tell()
	return w.done
}

// tell answers those who wait for what is applied.
func (a *Agent) tell() {
	for len(a.waiting) > 0 && a.waiting[0].seq <= a.through {
		close(a.waiting[0].done)
		a.waiting = a.waiting[1:]
	}
}

func (a *Agent) keep(receipts []string) error {
	for _, text := range receipts {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		a.kept = append(a.kept, raw)
		a.last++
	}
	select {
	case a.changed <- struct{}{}:
	default:
	}
	return nil
}

// Run keeps the line up until ctx ends.
func (a *Agent) Run(ctx context.Context) { a.line.Run(ctx) }

// Up is closed when the line was up for the first time.
func (a *Agent) Up() <-chan struct{} { return a.up }

// Locker is the locker that it belongs to.
func (a *Agent) Locker() *Locker { return a.locker }

// Unapplied counts the receipts of which the network has not said that it has applied them.
func (a *Agent) Unapplied() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return int(a.last - a.through)
}

// What follows is what the line asks of an agent.

func (a *Agent) ReceiptsAfter(seq uint64, limit int) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := a.last - uint64(len(a.kept)) + 1
	if seq >= a.last {
		return nil
	}
	from := a.kept[max(seq+1, first)-first:]
	return append([][]byte(nil), from[:min(limit, len(from))]...)
}

func (a *Agent) Acknowledged(seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.through = max(a.through, min(seq, a.last))
	if left := max(1, int(a.last-a.through)); left < len(a.kept) {
		a.kept = append([][]byte(nil), a.kept[len(a.kept)-left:]...)
	}
	a.tell()
}

func (a *Agent) Watch() (changed <-chan struct{}, stop func()) { return a.changed, func() {} }

func (a *Agent) TimeNonce() (nonce [wire.TimeNonceBytes]byte, err error) {
	_, err = rand.Read(nonce[:])
	return nonce, err
}

// SetTime counts: the network's first word on a new line is the time.
func (a *Agent) SetTime([]byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard++; a.heard == 1 {
		close(a.up)
	}
	return nil
}

// SetDesired and Obey: nothing is wanted of a paper locker, and it does nothing.
func (a *Agent) SetDesired([]byte) error { return nil }

func (a *Agent) Obey([]byte) (lockhouse.CommandVerb, lockhouse.Outcome) {
	return "", lockhouse.OutcomeUnknown
}

// Floor gives no time: the machine's own is good enough for keys without a locker.
func (a *Agent) Floor() time.Time { return time.Time{} }

func (a *Agent) Health() wire.Health { return wire.Health{Doors: maps.Clone(a.doors), UptimeS: 1} }

// Openings has nothing to say: no door of paper took time.
func (a *Agent) Openings() []wire.Opening { return nil }

// Figures has nothing to say either: paper measures nothing.
func (a *Agent) Figures() []lockhouse.Figures { return nil }

func (a *Agent) FiguresCounted(lockhouse.Day, int) bool { return false }

func (a *Agent) Lined(bool) {}

func (a *Agent) Boot() uint32 { return 1 }
