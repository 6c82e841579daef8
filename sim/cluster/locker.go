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
	seq   uint64 // of the last receipt that was acknowledged
	kept  int    // parcels that stay
}

// maxLying is how many parcels stay in one locker at most: the others need room.
const maxLying = 3

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

// store is a courier's visit: the grant is drawn, the parcel put in, and what the locker signed is handed over.
func (l *locker) store(ctx context.Context, a *actor, e *entry) error {
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
		return err
	}
	for _, t := range sheet.Targets {
		if t.Tracking == e.tracking() && sheet.Grant != "" {
			e.Ref = t.Ref
		}
	}
	if e.Ref == (lockhouse.ParcelRef{}) {
		return errors.New("the courier's grant does not name " + e.Reference + ", whose announcement was acknowledged")
	}
	size, _ := lockhouse.DefaultSizes().Named(e.Size)
	put := l.paper.Store
	if l.agent != nil {
		put = l.agent.Store
	}
	signed, err := put(e.Ref, size.Rank, l.by)
	if err != nil {
		return fmt.Errorf("%s: the network promised room that is not there: %w", e.Reference, err)
	}
	l.kept++
	return l.bring(ctx, a, signed)
}

// collect is the recipient's visit.
func (l *locker) collect(ctx context.Context, a *actor, e *entry) error {
	take := l.paper.Collect
	if l.agent != nil {
		take = l.agent.Collect
	}
	signed, err := take(e.Ref, l.by)
	if err != nil {
		return err
	}
	l.kept--
	return l.bring(ctx, a, signed)
}

func (l *locker) lying() int { return l.kept - 1 } // beside the one that was just put in

// bring has the network know what was signed, and keeps it as acknowledged when the network says so.
func (l *locker) bring(ctx context.Context, a *actor, signed []string) error {
	var err error
	if l.agent != nil {
		err = l.applied(ctx)
	} else {
		err = l.handIn(ctx, a, signed)
	}
	if err != nil {
		return err
	}
	for _, raw := range signed {
		l.seq++
		a.ledger.keep(keptReceipt{l.paper.Noun.ID, l.seq, raw})
	}
	return nil
}

// applied waits until the line has brought everything.
func (l *locker) applied(ctx context.Context) error {
	select {
	case <-l.agent.Applied():
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
