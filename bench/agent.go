package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/edge/uplink"
	"lockhouse/sim/paper"
	"lockhouse/wire"
)

// agent is a paper locker's computer: it keeps what the locker signed until the network has applied it, and talks over the
// line that real lockers have (edge/uplink).
type agent struct {
	locker *paper.Locker
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

func newAgent(l *paper.Locker, lineURL string) (a *agent, err error) {
	a = &agent{locker: l, up: make(chan struct{}), changed: make(chan struct{}, 1), doors: map[int]lockhouse.Door{}}
	for _, box := range l.Boxes {
		a.doors[box.Number] = lockhouse.DoorShut
	}
	a.line, err = uplink.New(uplink.Config{LineURL: lineURL, Locker: l.Noun.ID, Key: l.ReceiptKey(), Version: "bench", Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler)}, a)
	return a, err
}

// store puts a parcel in.
func (a *agent) store(ref lockhouse.ParcelRef, rank int, by paper.Visit) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	receipts, err := a.locker.Store(ref, rank, by)
	if err != nil {
		return err
	}
	return a.keep(receipts)
}

// collect lets a parcel be taken out; applied is closed when the network knows.
func (a *agent) collect(ref lockhouse.ParcelRef, by paper.Visit) (applied <-chan struct{}, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	receipts, err := a.locker.Collect(ref, by)
	if err != nil {
		return nil, err
	}
	if err := a.keep(receipts); err != nil {
		return nil, err
	}
	return a.wait(), nil
}

// applied is closed when the network has applied all that was signed so far.
func (a *agent) applied() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.wait()
}

func (a *agent) wait() <-chan struct{} {
	w := waiter{a.last, make(chan struct{})}
	a.waiting = append(a.waiting, w)
	a.tell()
	return w.done
}

// tell answers those who wait for what is applied.
func (a *agent) tell() {
	for len(a.waiting) > 0 && a.waiting[0].seq <= a.through {
		close(a.waiting[0].done)
		a.waiting = a.waiting[1:]
	}
}

func (a *agent) keep(receipts []string) error {
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

// What follows is what the line asks of an agent.

func (a *agent) ReceiptsAfter(seq uint64, limit int) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := a.last - uint64(len(a.kept)) + 1
	if seq >= a.last {
		return nil
	}
	from := a.kept[max(seq+1, first)-first:]
	return append([][]byte(nil), from[:min(limit, len(from))]...)
}

func (a *agent) Acknowledged(seq uint64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.through = max(a.through, min(seq, a.last))
	if left := max(1, int(a.last-a.through)); left < len(a.kept) {
		a.kept = append([][]byte(nil), a.kept[len(a.kept)-left:]...)
	}
	a.tell()
}

func (a *agent) Watch() (changed <-chan struct{}, stop func()) { return a.changed, func() {} }

func (a *agent) TimeNonce() (nonce [wire.TimeNonceBytes]byte, err error) {
	_, err = rand.Read(nonce[:])
	return nonce, err
}

// SetTime counts: the network's first word on a new line is the time.
func (a *agent) SetTime([]byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard++; a.heard == 1 {
		close(a.up)
	}
	return nil
}

// SetDesired and Obey: nothing is wanted of a paper locker, and it does nothing.
func (a *agent) SetDesired([]byte) error { return nil }

func (a *agent) Obey([]byte) (lockhouse.CommandVerb, lockhouse.Outcome) {
	return "", lockhouse.OutcomeUnknown
}

func (a *agent) Health() wire.Health { return wire.Health{Doors: maps.Clone(a.doors), UptimeS: 1} }

// Openings has nothing to say: no door of paper took time.
func (a *agent) Openings() []wire.Opening { return nil }

func (a *agent) Boot() uint32 { return 1 }

// connected waits until every line is up.
func connected(ctx context.Context, all []*agent) error {
	ctx, cancel := context.WithTimeout(ctx, connectLimitS*time.Second)
	defer cancel()
	for _, a := range all {
		if _, err := wait(ctx, a.up); err != nil {
			return fmt.Errorf("the locker at %s has no line: %w", a.locker.Noun.Site, err)
		}
	}
	return nil
}

const connectLimitS = 300
