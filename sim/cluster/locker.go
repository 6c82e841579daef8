package cluster

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/sim/paper"
	"lockhouse/trust/credential"
)

// locker is a paper locker at a site of its own, and the phone of whoever stands before it. What it signs goes over its own
// line, if it has one; else that phone carries it.
type locker struct {
	mu    sync.Mutex
	paper *paper.Locker
	agent *paper.Agent // nil: it has no line
	site  lockhouse.SiteID
	by    paper.Visit
	phone string // its public key, base64url
	seq   uint64 // of the last receipt
	// staying is how many parcels are left to lie there.
	staying int
}

// maxStaying is how many parcels stay in one locker at most: the others need room.
const maxStaying = 3

// compartments is what each locker has, by size.
var compartments = map[string]int{"S": 6, "M": 4, "L": 2}

func newLocker(site lockhouse.SiteID) (*locker, error) {
	p, err := paper.NewLocker(site, compartments)
	if err != nil {
		return nil, err
	}
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	public := key.PublicKey().Bytes()
	l := &locker{paper: p, site: site, phone: base64.RawURLEncoding.EncodeToString(public)}
	l.by.Phone = credential.Thumbprint(public)
	_, _ = rand.Read(l.by.Grant[:]) // never fails
	return l, nil
}

// draw is what a courier does first: it gives the parcel's name at the locker, from a grant that names it.
func (l *locker) draw(ctx context.Context, a *actor, e entry) (ref lockhouse.ParcelRef, err error) {
	var sheet struct {
		Grant   string
		Targets []struct {
			Ref      lockhouse.ParcelRef `json:"ref"`
			Tracking string              `json:"tracking_number"`
		}
	}
	r, err := a.ask.ask(ctx, http.MethodPost, "/v1/courier/manifest", a.cluster.keys.courier,
		map[string]any{"locker_id": l.paper.Noun.ID, "phone_key": l.phone}, &sheet)
	a.ledger.doubted(r.doubts)
	if err := a.must(r, err); err != nil {
		return ref, err
	}
	for _, t := range sheet.Targets {
		if t.Tracking == e.tracking() && sheet.Grant != "" {
			return t.Ref, nil
		}
	}
	return ref, errors.New("the courier's grant does not name " + e.Reference + ", whose announcement was acknowledged")
}

// store is the courier's visit.
func (l *locker) store(ctx context.Context, a *actor, e entry) error {
	put := l.paper.Store
	if l.agent != nil {
		put = l.agent.Store
	}
	size, _ := lockhouse.DefaultSizes().Named(e.Size)
	return l.does(ctx, a, func() ([]string, error) {
		signed, err := put(e.Ref, size.Rank, l.by)
		if err != nil {
			return nil, fmt.Errorf("%s: the network promised room that is not there: %w", e.Reference, err)
		}
		return signed, nil
	})
}

// collect is the recipient's visit.
func (l *locker) collect(ctx context.Context, a *actor, e entry) error {
	take := l.paper.Collect
	if l.agent != nil {
		take = l.agent.Collect
	}
	return l.does(ctx, a, func() ([]string, error) { return take(e.Ref, l.by) })
}

// stays lets a parcel stay, as far as there is room for such.
func (l *locker) stays() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.staying == maxStaying {
		return false
	}
	l.staying++
	return true
}

// does has something done at the locker, has the network know what it signed, and keeps that as acknowledged when the network
// says so.
func (l *locker) does(ctx context.Context, a *actor, what func() ([]string, error)) error {
	l.mu.Lock() // one person at a time stands in front of it
	signed, err := what()
	first := l.seq + 1
	l.seq += uint64(len(signed))
	if err == nil && l.agent == nil {
		err = l.handIn(ctx, a, signed) // before the next one comes: those that it carries would wait for these
	}
	l.mu.Unlock()
	if err == nil && l.agent != nil {
		err = l.applied(ctx, a)
	}
	if err != nil {
		return err
	}
	for i, raw := range signed {
		a.ledger.keep(keptReceipt{l.paper.Noun.ID, first + uint64(i), raw})
	}
	return nil
}

// applied waits until the line has brought everything.
func (l *locker) applied(ctx context.Context, a *actor) error {
	began := time.Now()
	select {
	case <-l.agent.Applied():
		a.cluster.byLine.answered(began, time.Now())
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return fmt.Errorf("%s: %w on its line for %s", l.paper.Noun.ID, errSilent, patience)
	}
}

// handIn carries receipts to the network until it says that it has them.
func (l *locker) handIn(ctx context.Context, a *actor, signed []string) error {
	var tally struct{ Accepted, Duplicates, Waiting int }
	r, err := a.ask.ask(ctx, http.MethodPost, "/v1/receipts", "", map[string]any{"receipts": signed}, &tally)
	a.ledger.doubted(r.doubts)
	if err := a.must(r, err); err != nil {
		return err
	}
	if tally.Accepted+tally.Duplicates != len(signed) || tally.Waiting != 0 || r.doubts == 0 && tally.Duplicates != 0 {
		return fmt.Errorf("of %d receipts %d were accepted, %d were there and %d wait, after %d doubts",
			len(signed), tally.Accepted, tally.Duplicates, tally.Waiting, r.doubts)
	}
	return nil
}
