package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

func outbox(t *testing.T, s store.Store) {
	e := lockhouse.Event{Kind: lockhouse.EventDoorOpened, At: Noon, Shop: "shop_1", Hold: "hold_1", Parcel: "par_1", Site: "site_1",
		Locker: "lkr_1", Compartment: 3, Note: "board"}
	Update(t, s, func(tx store.Tx) error {
		return firstError(tx.Say(e), tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: Noon}), tx.Say(e))
	})
	var last int64
	Update(t, s, func(tx store.Tx) error {
		all, err := tx.Unheard(9)
		check(t, err)
		equal(t, len(all), 3)
		e.Seq = all[0].Seq
		equal(t, all[0], e)
		if !(all[0].Seq < all[1].Seq && all[1].Seq < all[2].Seq) {
			t.Fatal("the numbers don't rise")
		}
		check(t, tx.MarkHeard(all[0].Seq))
		left, err := tx.Unheard(1)
		check(t, err)
		equal(t, left, all[1:2])
		check(t, tx.MarkHeard(all[2].Seq)) // and what lies before it
		left, err = tx.Unheard(9)
		check(t, err)
		equal(t, len(left), 0)
		for i, after := range []int64{0, all[0].Seq, all[1].Seq} { // which no mark takes away
			got, err := tx.EventsAfter(after, 9)
			check(t, err)
			equal(t, got, all[i:])
		}
		one, err := tx.EventsAfter(all[0].Seq, 1)
		check(t, err)
		equal(t, one, all[1:2])
		late, err := tx.EventsAfter(all[2].Seq, 9)
		check(t, err)
		equal(t, len(late), 0)
		line, err := tx.Timeline("par_1")
		check(t, err)
		equal(t, line, []lockhouse.Event{all[0], all[2]})
		recent, err := tx.Recent(2)
		check(t, err)
		equal(t, recent, []lockhouse.Event{all[2], all[1]})
		none, err := tx.Timeline("")
		check(t, err)
		equal(t, len(none), 0)
		last = all[2].Seq
		return nil
	})
	for _, through := range []int64{last - 1, last, last + 1} {
		writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.MarkHeard(through) })
	}
}

func notices(t *testing.T, s store.Store) {
	n := lockhouse.Notice{Event: 1, Kind: lockhouse.NoticeReady, Person: "per_1", Parcel: "par_1", At: Noon, Attempts: lockhouse.Attempts{NextAt: Noon}}
	Update(t, s, func(tx store.Tx) error { return firstError(tx.InsertNotice(n), tx.InsertNotice(n)) })
	Update(t, s, func(tx store.Tx) error {
		early, err := tx.DueNotices(Noon.Add(-time.Second), 9)
		check(t, err)
		equal(t, len(early), 0)
		due, err := tx.DueNotices(Noon, 9)
		check(t, err)
		equal(t, len(due), 1)
		n.ID = due[0].ID
		equal(t, due[0], n)
		check(t, tx.HastenNotices(Noon, time.Hour)) // it is due already, and stays as it is
		check(t, tx.HastenNotices(Noon.Add(-time.Hour), time.Minute))
		n.NextAt = Noon.Add(-time.Minute)
		due, err = tx.DueNotices(n.NextAt, 9)
		check(t, err)
		equal(t, due, []lockhouse.Notice{n})
		n.Attempts = lockhouse.Attempts{Count: 1, DoneAt: Noon, LastError: "greylisted"}
		check(t, tx.UpdateNotice(n.ID, n.Attempts))
		due, err = tx.DueNotices(Noon.AddDate(1, 0, 0), 9)
		check(t, err)
		equal(t, len(due), 0)
		of, err := tx.NoticesOf("par_1")
		check(t, err)
		equal(t, of, []lockhouse.Notice{n})
		return nil
	})
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.UpdateNotice(99, n.Attempts) })
}

func webhooks(t *testing.T, s store.Store) {
	w := lockhouse.Webhook{Shop: "shop_1", URL: "https://shop.example/hook", Secret: []byte("secret")}
	d := lockhouse.Delivery{ID: "msg_1", Event: 1, Shop: "shop_1", Kind: lockhouse.EventParcelCollected, Parcel: "par_1", At: Noon, Body: []byte("{}"),
		Attempts: lockhouse.Attempts{NextAt: Noon}}
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.PutWebhook(lockhouse.Webhook{Shop: "shop_1", URL: "https://old.example"}), tx.PutWebhook(w))
		got, err := tx.Webhook("shop_1")
		check(t, err)
		equal(t, got, w)
		check(t, tx.DeleteWebhook("shop_1"))
		_, err = tx.Webhook("shop_1")
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.DeleteWebhook("shop_1") })
	Update(t, s, func(tx store.Tx) error {
		twice, next := d, d
		twice.ID = "msg_1b"
		next.ID, next.Event = "msg_2", 2
		check(t, tx.InsertDelivery(d), tx.InsertDelivery(twice), tx.InsertDelivery(next))
		theirs := d
		theirs.ID, theirs.Shop, theirs.NextAt = "msg_3", "shop_2", Noon.Add(time.Second)
		check(t, tx.InsertDelivery(theirs))
		for at, want := range map[time.Time][]lockhouse.ShopID{Noon.Add(-1000): nil, Noon: {"shop_1"}, theirs.NextAt: {"shop_1", "shop_2"}} {
			shops, err := tx.ShopsDue(at, 9)
			check(t, err)
			equal(t, shops, want)
		}
		due, err := tx.DueDeliveries("shop_1", Noon, 1)
		check(t, err)
		equal(t, due, []lockhouse.Delivery{d})
		d.Attempts = lockhouse.Attempts{Count: 1, NextAt: Noon.Add(time.Minute), LastError: "404"}
		try := lockhouse.Try{At: Noon, Status: 404, TookMS: 12}
		check(t, tx.UpdateDelivery(d.ID, d.Attempts, try))
		d.Tries = []lockhouse.Try{try}
		list, err := tx.ListDeliveries("shop_1", store.Page{Limit: 9})
		check(t, err)
		equal(t, list, []lockhouse.Delivery{next, d})
		list, err = tx.ListDeliveries("shop_1", store.Page{After: "msg_2", Limit: 9})
		check(t, err)
		equal(t, list, []lockhouse.Delivery{d})
		list, err = tx.ListDeliveries("shop_3", store.Page{Limit: 9})
		check(t, err)
		equal(t, len(list), 0)
		return nil
	})
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.UpdateDelivery("msg_none", d.Attempts, lockhouse.Try{At: Noon}) })
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
