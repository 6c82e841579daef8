package fleet_test

import (
	"slices"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// A doubt is none any more when its parcel is known to be elsewhere; what is lost, on its way or not known may lie there.
func TestElsewhere(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 4, 0, 0)
	y := newYard(s)
	doubt := lockhouse.Doubt{Compartment: 2, Generation: 7}
	for i, c := range []struct {
		state       lockhouse.ParcelState
		compartment int
		generation  uint32
		elsewhere   bool
	}{
		{lockhouse.ParcelInTransit, 0, 0, false},
		{lockhouse.ParcelLost, 0, 0, false},
		{lockhouse.ParcelDroppedOff, 2, 7, false},
		{lockhouse.ParcelDroppedOff, 3, 1, true},
		{lockhouse.ParcelDroppedOff, 2, 8, true},
		{lockhouse.ParcelOverdue, 3, 1, true},
		{lockhouse.ParcelCollected, 3, 1, true},
		{lockhouse.ParcelReturned, 0, 0, true},
	} {
		p := storetest.Parcel(site.ID, i+1)
		p.State, p.Locker, p.Compartment, p.Generation = c.state, locker.ID, c.compartment, c.generation
		storetest.Update(t, s, func(tx store.Tx) error { return tx.InsertParcel(p) })
		one := doubt
		one.Ref = p.Ref
		got, err := y.Elsewhere(t.Context(), locker.ID, []lockhouse.Doubt{{Compartment: 1, Ref: lockhouse.ParcelRef{99}}, one})
		if err != nil || slices.Contains(got, one) != c.elsewhere || len(got) > 1 {
			t.Errorf("%s in %d, generation %d: %+v, %v", c.state, c.compartment, c.generation, got, err)
		}
	}
}
