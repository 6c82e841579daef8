package past_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/past"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// TestMoveFaultsBothWays breaks a move in both ways and does it again: the parcel is in the past, once, and asked for by
// its shop it is the same parcel. A day before nothing moves; when the past is over it is gone.
func TestMoveFaultsBothWays(t *testing.T) {
	for how, fault := range map[string]storetest.Fault{"not done": storetest.NotDone, "done, not told": storetest.NotTold} {
		t.Run(how, func(t *testing.T) {
			s := sqlitetest.Open(t)
			site, _ := storetest.Build(t, s, 1, 1, 0, 0)
			p := storetest.Parcel(site.ID, 1)
			p.State, p.EndedAt = lockhouse.ParcelCollected, storetest.Noon
			storetest.Update(t, s, func(tx store.Tx) error { return tx.InsertParcel(p) })
			faulty := &storetest.Faulty{Store: s}
			now := storetest.Noon.AddDate(0, 0, 7)
			d := &past.Desk{Store: faulty, Now: func() time.Time { return now }, HotFor: 7 * 24 * time.Hour, Months: 1}
			does(t, d.Move, 0)
			now = now.Add(time.Second)
			faulty.Next = fault
			if _, err := d.Move(t.Context(), 9); !errors.Is(err, storetest.ErrFault) {
				t.Fatal("the fault was not seen:", err)
			}
			does(t, d.Move, map[storetest.Fault]int{storetest.NotDone: 1, storetest.NotTold: 0}[fault])
			storetest.View(t, s, func(tx store.Tx) error {
				got, err := tx.ParcelOfShop(p.Shop, p.Reference)
				if got != p {
					t.Errorf("got %+v", got)
				}
				return err
			})
			now = now.AddDate(0, 1, 0)
			does(t, d.Drop, 0)
			now = now.Add(time.Second)
			does(t, d.Drop, 1)
			does(t, d.Drop, 0)
		})
	}
}

func does(t *testing.T, verb func(context.Context, int) (int, error), want int) {
	t.Helper()
	if done, err := verb(t.Context(), 9); err != nil || done != want {
		t.Fatalf("done %d, %v; want %d", done, err, want)
	}
}
