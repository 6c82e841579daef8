package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// tidying: what belongs to no parcel goes once it is old and over; what waits for something stays.
func tidying(t *testing.T, s store.Store) {
	site, _ := Build(t, s, 1, 9, 0, 0)
	old, young := Noon.Add(-time.Hour), Noon
	hold := func(name string, state lockhouse.HoldState, lapses time.Time) lockhouse.Hold {
		h := Hold(site.ID, name)
		h.State, h.LapsesAt = state, lapses
		return h
	}
	kept := []lockhouse.Hold{hold("placed", lockhouse.HoldPlaced, old), hold("young", lockhouse.HoldLapsed, young)}
	gone := []lockhouse.Hold{hold("lapsed", lockhouse.HoldLapsed, old), hold("released", lockhouse.HoldReleased, old)}
	delivery := func(id string, event int64, at, next time.Time) lockhouse.Delivery {
		return lockhouse.Delivery{ID: id, Event: event, Shop: "shop_1", Kind: lockhouse.EventHoldLapsed, At: at, Body: []byte("{}"), Attempts: lockhouse.Attempts{NextAt: next}}
	}
	Update(t, s, func(tx store.Tx) error {
		for _, h := range append(kept, gone...) {
			check(t, tx.PutHold(h))
		}
		check(t, tx.InsertParcel(Parcel(site.ID, 1)))
		for _, e := range []lockhouse.Event{{Kind: "a", At: old}, {Kind: "b", At: old, Parcel: Parcel(site.ID, 1).ID}, {Kind: "c", At: old, Parcel: "par_unknown"},
			{Kind: "d", At: young}, {Kind: "e", At: old}} {
			check(t, tx.Say(e))
		}
		for i, parcel := range []lockhouse.ParcelID{"", Parcel(site.ID, 1).ID, ""} {
			check(t, tx.InsertNotice(lockhouse.Notice{Event: int64(i), Kind: lockhouse.NoticeSignIn, Person: "per_1", Parcel: parcel, At: old}))
		}
		check(t, tx.InsertDelivery(delivery("msg_1", 1, old, old)), tx.InsertDelivery(delivery("msg_2", 2, old, time.Time{})),
			tx.InsertDelivery(delivery("msg_3", 3, young, time.Time{})), tx.InsertDelivery(delivery("msg_4", 4, old, old)))
		return tx.UpdateDelivery("msg_4", lockhouse.Attempts{Count: 1, DoneAt: old}, lockhouse.Try{At: old, Status: 200})
	})
	tidy := func() {
		for more := true; more; {
			Update(t, s, func(tx store.Tx) error {
				n, err := tx.Tidy(Noon, 5)
				more = n > 0
				return err
			})
		}
	}
	kinds := func() (kinds []lockhouse.EventKind) {
		View(t, s, func(tx store.Tx) error {
			recent, err := tx.Recent(99)
			for _, e := range recent {
				kinds = append(kinds, e.Kind)
			}
			return err
		})
		return kinds
	}
	tidy()
	equal(t, kinds(), []lockhouse.EventKind{"e", "d", "c", "b", "a"}) // nobody has heard them
	Update(t, s, func(tx store.Tx) error {
		events, err := tx.Unheard(99)
		check(t, err)
		return tx.MarkHeard(events[len(events)-1].Seq)
	})
	tidy()
	equal(t, kinds(), []lockhouse.EventKind{"e", "d", "b"})
	View(t, s, func(tx store.Tx) error {
		for _, h := range kept {
			_, err := tx.Hold(h.Shop, h.Reference)
			check(t, err)
		}
		for _, h := range gone {
			_, err := tx.Hold(h.Shop, h.Reference)
			refused(t, err, lockhouse.CodeNotFound)
		}
		list, err := tx.ListDeliveries("shop_1", store.Page{Limit: 9})
		check(t, err)
		equal(t, len(list), 2)
		equal(t, list[0].ID, "msg_3")
		equal(t, list[1].ID, "msg_1")
		of, err := tx.NoticesOf(Parcel(site.ID, 1).ID)
		check(t, err)
		equal(t, len(of), 1)
		return nil
	})
	Update(t, s, func(tx store.Tx) error { return tx.Say(lockhouse.Event{Kind: "f", At: young}) })
	equal(t, kinds()[0], lockhouse.EventKind("f")) // a number that was not given before
}
