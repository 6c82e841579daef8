package flow_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/flow/past"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

// TestAskedInThePast: who asks once more for what ended long ago hears what they would have heard the day after.
func TestAskedInThePast(t *testing.T) { onBoth(t, askedInThePast) }

func askedInThePast(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 1, 1)
	p := w.announce(t, "cart", storetest.Book)
	w.store1(t, p, 1, 7)
	w.accept(t, w.sign(lockhouse.ReceiptCollected, p, 1, 7))
	storetest.Update(t, w.store, func(tx store.Tx) error {
		if err := tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: w.now}); err != nil {
			return err
		}
		events, err := tx.Unheard(99)
		if err != nil {
			return err
		}
		return tx.MarkHeard(events[len(events)-1].Seq)
	})
	w.now = w.now.AddDate(0, 0, 8)
	d := past.Desk{Store: w.store, Now: func() time.Time { return w.now }, HotFor: 7 * 24 * time.Hour, Months: 24}
	if moved, err := d.Move(t.Context(), 9); err != nil || moved != 1 {
		t.Fatalf("moved %d, %v", moved, err)
	}

	_, _, err := w.hold.Place(t.Context(), hold.Request{Shop: "shop_1", Reference: "cart", Site: w.site.ID, Dimensions: storetest.Book, Arrives: w.today()})
	if lockhouse.CodeOf(err) != lockhouse.CodeUsed {
		t.Error("its cart is placed again:", err)
	}
	again, created, err := w.manifest.Announce(t.Context(), manifest.Order{Shop: "shop_1", Reference: "cart", Tracking: "1Zcart"}, nobody)
	if err != nil || created || again.ID != p.ID || again.State != lockhouse.ParcelCollected {
		t.Errorf("announced again: %+v, %v, %v", again, created, err)
	}
	if _, err := w.manifest.HandedOver(t.Context(), "1Zcart"); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("handed over again:", err)
	}
	if _, err := w.overdue.Recall(t.Context(), p.ID); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Error("recalled:", err)
	}
	if _, line, err := w.manifest.Get(t.Context(), "shop_1", "cart"); err != nil || len(line) != 3 {
		t.Errorf("its timeline is %v, %v", line, err)
	}
	tally := w.accept(t, w.sign(lockhouse.ReceiptLeftOpen, p, 1, 7)) // what a locker says of it so late is kept, and concerns nobody
	if tally.Fresh != 1 || tally.Applied != 3 {
		t.Errorf("late receipt: %+v", tally)
	}
}
