package network

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

const jump = time.Hour

// TestClockSetBack: the clock goes an hour ahead, a shop and a person are to be told something again, and the clock is
// right again: neither waits for the hour.
func TestClockSetBack(t *testing.T) {
	clock := &movable{at: storetest.Noon}
	n, err := Open(t.Context(), config(t), parts(clock.now, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	const wait = 30 * time.Second
	clock.advance(jump)
	due := clock.now().Add(wait)
	storetest.Update(t, n.store, func(tx store.Tx) error {
		if err := tx.InsertNotice(lockhouse.Notice{Event: 1, Kind: lockhouse.NoticeReady, Person: "per_1", At: clock.now(), Attempts: lockhouse.Attempts{NextAt: due}}); err != nil {
			return err
		}
		return tx.InsertDelivery(lockhouse.Delivery{ID: "msg_1", Event: 1, Shop: "shop_1", At: clock.now(), Body: []byte("{}"), Attempts: lockhouse.Attempts{NextAt: due}})
	})
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	c := n.chores(n.store)
	looked := make(chan struct{}, 1)
	c.now = func() time.Time {
		select {
		case looked <- struct{}{}:
		default:
		}
		return clock.now()
	}
	watching.Go(func() { c.watchClock(ctx) })
	<-looked
	clock.advance(-jump)
	for hastened := false; !hastened; time.Sleep(5 * time.Millisecond) { // the test's own limit ends it
		storetest.View(t, n.store, func(tx store.Tx) error {
			soon := clock.now().Add(wait + time.Second)
			notices, err := tx.DueNotices(soon, 9)
			if err != nil {
				return err
			}
			deliveries, err := tx.DueDeliveries("shop_1", soon, 9)
			hastened = len(notices) == 1 && len(deliveries) == 1
			return err
		})
	}
	stop()
	watching.Wait()
}

// TestClockJumps: an hour forward and back again takes nothing away that was paid for, and what lapsed meanwhile can be had
// again.
func TestClockJumps(t *testing.T) {
	clock := &movable{at: storetest.Noon}
	n, err := Open(t.Context(), config(t), parts(clock.now, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	site, _ := storetest.Build(t, n.store, 1, 2, 0, 0)
	holds := n.rooms.hold
	for _, reference := range []string{"paid", "cart"} {
		request := hold.Request{Shop: "shop_1", Reference: reference, Site: site.ID, Dimensions: storetest.Book, Arrives: storetest.Today}
		if _, _, err := holds.Place(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	paid, err := holds.Confirm(t.Context(), "shop_1", "paid")
	if err != nil {
		t.Fatal(err)
	}
	clock.advance(jump)
	if gone, err := holds.Lapse(t.Context(), lapseLimit); err != nil || gone != 1 {
		t.Fatalf("%d lapsed, %v", gone, err)
	}
	clock.advance(-2 * jump)
	if is, err := holds.Get(t.Context(), "shop_1", "paid"); err != nil || is != paid {
		t.Errorf("what was paid is %+v, %v", is, err)
	}
	if again, err := holds.Confirm(t.Context(), "shop_1", "cart"); err != nil || again.State != lockhouse.HoldConfirmed {
		t.Errorf("what lapsed can't be had again: %+v, %v", again, err)
	}
	before, err := holds.Extend(t.Context(), "shop_1", "paid")
	if err != nil || before.LapsesAt.Before(paid.LapsesAt) {
		t.Errorf("extending took away: %+v, %v", before, err)
	}
}
