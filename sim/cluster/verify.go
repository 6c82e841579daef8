package cluster

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Verify waits until nothing is left to do, and then holds what the store has and what every node says against the ledger:
//
//   - every acknowledged hold and receipt is there, with its effect, and nothing that was refused or taken back;
//   - the rooms are counted as the holds are, and no compartment was promised or given twice;
//   - every event was heard once: one notice and one webhook message for each, every lapse said once;
//   - every message arrived. One that arrived twice is counted with the fault that it arrived around; there is no other.
//
// What does not agree comes to stand in the ledger's Err.
func (c *Cluster) Verify(ctx context.Context, l *Ledger, faults []Fault) error {
	entries, receipts := l.all()
	is, err := c.settled(ctx, entries)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(siteZone)
	if err != nil {
		return err
	}
	v := verifier{cluster: c, ledger: l, is: is, faults: faults, today: lockhouse.DayOf(time.Now().In(zone))}
	for _, e := range entries {
		v.hold(e)
		v.parcel(e)
	}
	v.rooms()
	v.inside(entries)
	v.lapses(entries)
	v.told()
	for _, r := range receipts {
		if err := v.receipt(ctx, r); err != nil {
			return err
		}
	}
	return v.nodes(ctx, entries)
}

type verifier struct {
	cluster *Cluster
	ledger  *Ledger
	is      look
	faults  []Fault
	today   lockhouse.Day // at the sites
}

// holdStates says how the hold of each standing must be.
var holdStates = map[standing]lockhouse.HoldState{
	held: lockhouse.HoldPlaced, released: lockhouse.HoldReleased, left: lockhouse.HoldLapsed, announced: lockhouse.HoldConverted,
	stored: lockhouse.HoldConverted, collected: lockhouse.HoldReleased,
}

func (v *verifier) hold(e entry) {
	h, there := v.is.holds[e.Reference]
	want, known := holdStates[e.Standing]
	switch {
	case e.Standing == asked: // its actor failed, and has said so
	case late(e, h):
		v.ledger.cameLate()
	case !known && there:
		v.ledger.fail("holds", "hold %s is there, and was %s", e.Reference, e.Standing)
	case known && !there:
		v.ledger.fail("holds", "hold %s was acknowledged (%s) and is gone", e.Reference, e.Standing)
	case known && (h.ID != e.Hold || h.State != want || h.Site != v.cluster.lockers[e.Site].site):
		v.ledger.fail("holds", "hold %s (%s) is %s, %s at %s", e.Reference, e.Standing, h.ID, h.State, h.Site)
	}
}

// late tells whether a hold was placed by a try that got no answer, after a later try was answered and its hold given back,
// lapsed or refused: a node that was frozen did it when it woke up. Nobody knows of it, and it lapses by itself.
func late(e entry, h lockhouse.Hold) bool {
	return e.Doubted && h.State == lockhouse.HoldPlaced && h.ID != e.Hold && (e.Standing == released || e.Standing == left || e.Standing == refusedIt)
}

// parcelStates says how the parcel of each standing must be.
var parcelStates = map[standing]lockhouse.ParcelState{
	announced: lockhouse.ParcelAnnounced, stored: lockhouse.ParcelDroppedOff, collected: lockhouse.ParcelCollected,
}

func (v *verifier) parcel(e entry) {
	want, known := parcelStates[e.Standing]
	if !known {
		return
	}
	p, there := v.is.parcels[e.Reference]
	if !there || p.ID != e.Parcel || p.State != want {
		v.ledger.fail("parcels", "parcel %s (%s) is %s, %s", e.Reference, e.Standing, p.ID, p.State)
		return
	}
	v.notices(e, p)
}

// rooms counts anew from the holds.
func (v *verifier) rooms() {
	counted := map[lockhouse.SiteID]*capacity.Room{}
	for _, h := range v.is.holds {
		if !capacity.Counted(h) {
			continue
		}
		if counted[h.Site] == nil {
			counted[h.Site] = &capacity.Room{}
		}
		if err := counted[h.Site].Add(h.From, h.Until, h.Rank, 1); err != nil {
			v.ledger.fail("rooms", "%w", err)
		}
	}
	for site, r := range v.is.rooms {
		v.room(site, r.Room, counted[site])
	}
}

func (v *verifier) room(site lockhouse.SiteID, is capacity.Room, want *capacity.Room) {
	if want == nil {
		want = &capacity.Room{}
	}
	for day, kept := range want.Kept() {
		if day < v.today {
			continue // over at midnight, while this ran
		}
		if got := is.KeptOn(day); fmt.Sprint(got) != fmt.Sprint(kept) {
			v.ledger.fail("rooms", "%s on %s: %v are counted, and the holds are %v", site, day, got, kept)
		}
		over := 0
		for rank := len(is.Have); rank >= 1; rank-- { // what a rank lacks, bigger ones have to give
			if over += kept.Of(rank) - is.Have.Of(rank); over > 0 {
				v.ledger.fail("rooms", "%s on %s: %v promised, and there are only %v", site, day, kept, is.Have)
			}
		}
	}
	for day, kept := range is.Kept() {
		if day >= v.today && want.KeptOn(day) == nil {
			v.ledger.fail("rooms", "%s on %s: %v are counted, and there is no hold", site, day, kept)
		}
	}
}

// inside looks for two parcels in one compartment.
func (v *verifier) inside(entries []entry) {
	type place struct {
		locker lockhouse.LockerID
		number int
	}
	in := map[place]string{}
	for _, e := range entries {
		p := v.is.parcels[e.Reference]
		if !p.Inside() {
			continue
		}
		at := place{p.Locker, p.Compartment}
		if in[at] != "" {
			v.ledger.fail("compartments", "%s and %s lie in compartment %d of %s", in[at], e.Reference, p.Compartment, p.Locker)
		}
		in[at] = e.Reference
	}
}

// receipt looks for a receipt as it was signed.
func (v *verifier) receipt(ctx context.Context, r keptReceipt) error {
	return v.cluster.store.View(ctx, func(tx store.Tx) error {
		is, err := tx.ReceiptAt(r.Locker, r.Seq)
		if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
			v.ledger.fail("receipts", "receipt %d of %s was acknowledged and is gone", r.Seq, r.Locker)
			return nil
		}
		if err != nil {
			return err
		}
		if base64.RawURLEncoding.EncodeToString(is.Raw) != r.Raw {
			v.ledger.fail("receipts", "receipt %d of %s is not the one that was signed", r.Seq, r.Locker)
		}
		if applied := v.is.applied[r.Locker]; r.Seq > applied {
			v.ledger.fail("receipts", "receipt %d of %s has no effect: %d were applied", r.Seq, r.Locker, applied)
		}
		return nil
	})
}

// nodes asks the nodes, in turns, for every hold.
func (v *verifier) nodes(ctx context.Context, entries []entry) error {
	callers := make([]*caller, len(v.cluster.Nodes))
	for i, n := range v.cluster.Nodes {
		callers[i] = newCaller(n.URL(), &v.cluster.felt)
	}
	for i, e := range entries {
		want, known := holdStates[e.Standing]
		if !known || late(e, v.is.holds[e.Reference]) {
			continue
		}
		var view struct {
			ID    lockhouse.HoldID
			State lockhouse.HoldState
		}
		at := i % len(callers)
		r, err := callers[at].ask(ctx, http.MethodGet, "/v1/holds/"+e.Reference, v.cluster.keys.shop, nil, &view)
		if err != nil {
			return err
		}
		if !r.done() || view.ID != e.Hold || view.State != want {
			v.ledger.fail("what nodes say", "node %s says of hold %s (%s): %d, %s, %s", v.cluster.Nodes[at].Name, e.Reference, e.Standing, r.status, view.ID, view.State)
		}
	}
	return nil
}
