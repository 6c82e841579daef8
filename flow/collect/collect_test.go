package collect

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
)

// TestCollected: of all states and all receipts, only the one of the very drop-off ends the parcel, and only where the
// table of states has it.
func TestCollected(t *testing.T) {
	states := []lockhouse.ParcelState{lockhouse.ParcelAnnounced, lockhouse.ParcelInTransit, lockhouse.ParcelDroppedOff, lockhouse.ParcelOverdue,
		lockhouse.ParcelRecalled, lockhouse.ParcelCollected, lockhouse.ParcelReturned, lockhouse.ParcelRefused, lockhouse.ParcelLost, lockhouse.ParcelDiverted}
	rapid.Check(t, func(t *rapid.T) {
		p := lockhouse.Parcel{State: rapid.SampledFrom(states).Draw(t, "state"), Locker: "lkr_a", Compartment: 3, Generation: 7}
		r := lockhouse.Receipt{Locker: rapid.SampledFrom([]lockhouse.LockerID{"lkr_a", "lkr_b"}).Draw(t, "locker"),
			Compartment: rapid.IntRange(3, 4).Draw(t, "compartment"), Generation: rapid.Uint32Range(6, 7).Draw(t, "generation")}
		at := time.Unix(1_800_000_000, 0)
		got, err := collected(p, r, at)
		_, allowed := p.State.Next(lockhouse.HappensCollected)
		same := r.Locker == p.Locker && r.Compartment == p.Compartment && r.Generation == p.Generation
		if (err == nil) != (allowed == nil && same) {
			t.Fatalf("%+v by %+v: %v", p, r, err)
		}
		if err != nil && (got != p || lockhouse.CodeOf(err) != lockhouse.CodeConflict) {
			t.Fatalf("refused with %v, and yet %+v", err, got)
		}
		if err == nil && (got.State != lockhouse.ParcelCollected || !got.EndedAt.Equal(at)) {
			t.Fatalf("got %+v", got)
		}
	})
}
