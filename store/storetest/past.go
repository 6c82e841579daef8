package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
	"lockhouse/trust/person"
)

// whole is all that can be asked of a parcel.
type whole struct {
	byID, byShop, byTracking lockhouse.Parcel
	hold                     lockhouse.Hold
	line                     []lockhouse.Event
	notices                  []lockhouse.Notice
	receipts                 []store.SignedReceipt
	ofPerson                 []lockhouse.Parcel
}

func wholeOf(t *testing.T, tx store.Tx, p lockhouse.Parcel) (w whole) {
	t.Helper()
	var errs [8]error
	w.byID, errs[0] = tx.Parcel(p.ID)
	w.byShop, errs[1] = tx.ParcelOfShop(p.Shop, p.Reference)
	w.byTracking, errs[2] = tx.ParcelByTracking(p.Tracking)
	w.hold, errs[3] = tx.Hold(p.Shop, p.Reference)
	w.line, errs[4] = tx.Timeline(p.ID)
	w.notices, errs[5] = tx.NoticesOf(p.ID)
	w.receipts, errs[6] = tx.ReceiptsOf(p.ID)
	w.ofPerson, errs[7] = tx.ParcelsOf(p.Person)
	check(t, errs[:]...)
	return w
}

// chain signs a locker's receipts, one after the other.
type chain struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	locker lockhouse.LockerID
	seq    uint64
	head   [16]byte
}

func newChain(t *testing.T, locker lockhouse.LockerID) *chain {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return &chain{t: t, key: key, locker: locker}
}

// says signs the next receipt; a zero ref says that it is of no parcel.
func (c *chain) says(kind lockhouse.ReceiptKind, ref lockhouse.ParcelRef, at time.Time) store.SignedReceipt {
	c.t.Helper()
	c.seq++
	r := lockhouse.Receipt{Locker: c.locker, Boot: 1, Seq: c.seq, Kind: kind, At: at.Truncate(time.Second), Quality: lockhouse.TimeGood, Ref: ref, Prev: c.head}
	if ref != (lockhouse.ParcelRef{}) {
		r.Grant, r.Phone, r.Compartment, r.Generation = lockhouse.GrantID{1}, [8]byte{3}, 1, 7
	}
	raw, err := credential.SignReceipt(c.key, r)
	check(c.t, err)
	c.head = credential.Link(raw)
	return store.SignedReceipt{Receipt: r, Raw: raw}
}

// journeyed puts a parcel into a store that was announced, dropped off and collected, with all that this leaves behind.
func journeyed(t *testing.T, tx store.Tx, c *chain, site lockhouse.SiteID, n int, endedAt time.Time) lockhouse.Parcel {
	t.Helper()
	p := Parcel(site, n)
	h := Hold(site, p.Reference)
	h.ID, h.State, h.Parcel = p.Hold, lockhouse.HoldReleased, p.ID
	p.State, p.Locker, p.Compartment, p.Generation = lockhouse.ParcelCollected, c.locker, 1, 7
	p.DroppedOffAt, p.CollectBy, p.EndedAt = endedAt.Add(-time.Hour), endedAt.Add(time.Hour), endedAt
	check(t, tx.PutHold(h), tx.InsertParcel(p))
	for _, kind := range []lockhouse.EventKind{lockhouse.EventParcelAnnounced, lockhouse.EventParcelDroppedOff, lockhouse.EventParcelCollected} {
		check(t, tx.Say(lockhouse.Event{Kind: kind, At: endedAt, Shop: p.Shop, Parcel: p.ID, Site: site, Locker: c.locker, Compartment: 1}))
	}
	for _, kind := range []lockhouse.ReceiptKind{lockhouse.ReceiptStored, lockhouse.ReceiptCollected} {
		keep(t, tx, c.says(kind, p.Ref, endedAt))
	}
	check(t, tx.InsertNotice(lockhouse.Notice{Event: int64(n), Kind: lockhouse.NoticeReady, Person: p.Person, Parcel: p.ID, At: endedAt,
		Attempts: lockhouse.Attempts{Count: 1, DoneAt: endedAt}}))
	return p
}

func keep(t *testing.T, tx store.Tx, r store.SignedReceipt) {
	t.Helper()
	fresh, err := tx.InsertReceipt(r.Receipt, r.Raw)
	check(t, err)
	equal(t, fresh, true)
	check(t, tx.SetAppliedThrough(r.Locker, r.Seq))
}

// heardAll moves the mark to the newest event, and says one more, which is of no parcel.
func heardAll(t *testing.T, tx store.Tx) {
	t.Helper()
	check(t, say(tx, "newest"))
	for {
		events, err := tx.Unheard(200)
		check(t, err)
		if len(events) == 0 {
			return
		}
		check(t, tx.MarkHeard(events[len(events)-1].Seq))
	}
}

// moveAll moves all parcels that ended before a moment, a few at a time.
func moveAll(t *testing.T, s store.Store, before time.Time) (moved int) {
	t.Helper()
	for more := true; more; {
		Update(t, s, func(tx store.Tx) error {
			n, err := tx.MoveParcels(before, before.AddDate(0, 0, -90), Noon, 2)
			moved, more = moved+n, n == 2
			return err
		})
	}
	return moved
}

// pastParcels: what is asked of a parcel is answered as before once it is in the past, and lists are rid of it. What has
// not ended, or is not heard, stays.
func pastParcels(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 9, 0, 0)
	c := newChain(t, locker.ID)
	var ended, late, never lockhouse.Parcel
	Update(t, s, func(tx store.Tx) error {
		ended, late = journeyed(t, tx, c, site.ID, 1, Noon.Add(-time.Hour)), journeyed(t, tx, c, site.ID, 2, Noon)
		never = Parcel(site.ID, 3)
		never.AnnouncedAt = Noon.AddDate(0, 0, -91)
		check(t, tx.InsertParcel(never))
		never.State = lockhouse.ParcelRecalled
		check(t, tx.UpdateParcel(never), tx.InsertParcel(Parcel(site.ID, 4)))
		return nil
	})
	equal(t, moveAll(t, s, Noon), 1) // the recalled one, of which nothing was ever said
	var was [3]whole
	Update(t, s, func(tx store.Tx) error { heardAll(t, tx); return nil })
	View(t, s, func(tx store.Tx) error {
		for i, p := range []lockhouse.Parcel{ended, late} {
			was[i] = wholeOf(t, tx, p)
		}
		return nil
	})
	equal(t, moveAll(t, s, Noon), 1) // late ended at the moment itself
	View(t, s, func(tx store.Tx) error {
		list, err := tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{})
		check(t, err)
		equal(t, list, []lockhouse.Parcel{Parcel(site.ID, 4), late})
		_, err = tx.ParcelByRef(ended.Ref)
		refused(t, err, lockhouse.CodeNotFound)
		refused(t, s.Update(t.Context(), func(tx store.Tx) error { return tx.UpdateParcel(ended) }), lockhouse.CodeNotFound)
		return nil
	})
	equal(t, moveAll(t, s, Noon.Add(time.Microsecond)), 1)
	View(t, s, func(tx store.Tx) error {
		for i, p := range []lockhouse.Parcel{ended, late} {
			is := wholeOf(t, tx, p)
			was[i].ofPerson, is.ofPerson = nil, nil // another order
			equal(t, is, was[i])
		}
		got, err := tx.Parcel(never.ID)
		check(t, err)
		equal(t, got, never)
		of, err := tx.ParcelsOf("per_1")
		check(t, err)
		equal(t, len(of), 4)
		equal(t, of[0], Parcel(site.ID, 4))
		_, err = tx.ParcelOfShop("shop_2", ended.Reference)
		refused(t, err, lockhouse.CodeNotFound)
		recent, err := tx.Recent(9)
		check(t, err)
		equal(t, len(recent), 1) // the newest
		return nil
	})
	Update(t, s, func(tx store.Tx) error { // a carrier uses the number again, and the newer parcel is meant
		again := Parcel(site.ID, 5)
		again.Tracking = ended.Tracking
		check(t, tx.InsertParcel(again))
		got, err := tx.ParcelByTracking(ended.Tracking)
		check(t, err)
		equal(t, got, again)
		return nil
	})
}

// pastReceipts: a locker's chain is whole across its past; what it tells again is known, and a second receipt with a
// number of the past is a contradiction as before.
func pastReceipts(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 9, 0, 0)
	_, other := Build(t, s, 2, 9, 0, 0)
	c := newChain(t, locker.ID)
	var all []store.SignedReceipt
	alive := Parcel(site.ID, 1)
	alive.Locker, alive.State, alive.Compartment = locker.ID, lockhouse.ParcelDroppedOff, 1
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.InsertParcel(alive))
		for i := range 70 {
			ref, at := lockhouse.ParcelRef{}, Noon.Add(time.Duration(i)*time.Minute)
			if i == 3 {
				ref = alive.Ref
			}
			if i == 5 {
				at = Noon.AddDate(30, 0, 0) // a clock that once ran ahead
			}
			r := c.says(lockhouse.ReceiptStarted, ref, at)
			keep(t, tx, r)
			all = append(all, r)
		}
		return nil
	})
	move := func(before time.Time) {
		for range 9 { // rounds
			Update(t, s, func(tx store.Tx) error {
				looked, err := tx.MoveReceipts(before, Noon, 9)
				check(t, err)
				equal(t, looked, 2)
				return nil
			})
		}
	}
	whole := func() {
		t.Helper()
		View(t, s, func(tx store.Tx) error {
			for _, r := range all {
				got, err := tx.ReceiptAt(locker.ID, r.Seq)
				check(t, err)
				equal(t, got, r)
			}
			of, err := tx.ReceiptsOf(alive.ID)
			check(t, err)
			equal(t, of, []store.SignedReceipt{all[3]})
			_, err = tx.ReceiptAt(locker.ID, 71)
			refused(t, err, lockhouse.CodeNotFound)
			_, err = tx.ReceiptAt(other.ID, 1)
			refused(t, err, lockhouse.CodeNotFound)
			return nil
		})
	}
	left := func() int {
		var after []store.SignedReceipt
		View(t, s, func(tx store.Tx) (err error) { after, err = tx.ReceiptsAfter(locker.ID, 0, 99); return err })
		return len(after)
	}
	move(Noon)
	equal(t, left(), 70)
	whole()
	move(Noon.Add(40 * time.Minute)) // two stretches of 16 are old as a whole
	equal(t, left(), 70-32+1)
	whole()
	move(Noon.AddDate(1, 0, 0)) // of the last six, one must stay and five fill no stretch
	equal(t, left(), 6+1)
	whole()
	Update(t, s, func(tx store.Tx) error {
		for _, r := range all {
			fresh, err := tx.InsertReceipt(r.Receipt, r.Raw)
			check(t, err)
			equal(t, fresh, false)
		}
		forged := all[20]
		_, err := tx.InsertReceipt(forged.Receipt, all[21].Raw)
		refused(t, err, lockhouse.CodeConflict)
		alive.State, alive.EndedAt = lockhouse.ParcelCollected, Noon
		check(t, tx.UpdateParcel(alive))
		return nil
	})
	equal(t, moveAll(t, s, Noon.Add(time.Hour)), 1)
	equal(t, left(), 6)
	whole()
	Update(t, s, func(tx store.Tx) error { // and when the past is over, what comes again is still not new
		for more := true; more; {
			n, err := tx.DropPast(Noon.AddDate(1, 0, 0), 2)
			check(t, err)
			more = n > 0
		}
		fresh, err := tx.InsertReceipt(all[20].Receipt, all[20].Raw)
		check(t, err)
		equal(t, fresh, false)
		_, err = tx.ReceiptAt(locker.ID, 21)
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	equal(t, left(), 6)
}

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

// droppedPast: the past itself is over some day, the oldest first.
func droppedPast(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 9, 0, 0)
	c := newChain(t, locker.ID)
	var p []lockhouse.Parcel
	Update(t, s, func(tx store.Tx) error {
		for n := range 3 {
			p = append(p, journeyed(t, tx, c, site.ID, n, Noon.Add(time.Duration(n)*time.Minute)))
		}
		heardAll(t, tx)
		return nil
	})
	equal(t, moveAll(t, s, Noon.Add(time.Hour)), 3)
	Update(t, s, func(tx store.Tx) error { // late news of one joins it
		check(t, tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelReaddressed, At: Noon, Parcel: p[0].ID}))
		heardAll(t, tx)
		return nil
	})
	Update(t, s, func(tx store.Tx) error { _, err := tx.Tidy(Noon.Add(time.Minute), 99); return err })
	View(t, s, func(tx store.Tx) error {
		line, err := tx.Timeline(p[0].ID)
		check(t, err)
		equal(t, len(line), 4)
		equal(t, line[3].Kind, lockhouse.EventParcelReaddressed)
		return nil
	})
	for _, want := range []int{0, 2, 1, 0} {
		Update(t, s, func(tx store.Tx) error {
			before := Noon.AddDate(0, 1, 0)
			if want == 0 && len(p) == 3 {
				before = Noon // when they were moved
			}
			n, err := tx.DropPast(before, 2)
			check(t, err)
			equal(t, n, want)
			p = append(p, lockhouse.Parcel{})
			return nil
		})
	}
	View(t, s, func(tx store.Tx) error {
		for _, p := range p[:3] {
			_, err := tx.Parcel(p.ID)
			refused(t, err, lockhouse.CodeNotFound)
			_, err = tx.ParcelOfShop(p.Shop, p.Reference)
			refused(t, err, lockhouse.CodeNotFound)
		}
		return nil
	})
}

// pastOfPersons: a person is remembered as long as they would be if their parcels were not in the past; then the past
// does not name them any more.
func pastOfPersons(t *testing.T, s store.Store, book person.Book) {
	site, locker := Build(t, s, 1, 9, 0, 0)
	c := newChain(t, locker.ID)
	var p lockhouse.Parcel
	Update(t, s, func(tx store.Tx) error {
		p = journeyed(t, tx, c, site.ID, 1, Noon.Add(time.Hour))
		kept(t, book, tx, p.Person, person.Contact{Name: "Ada", Email: "ada@example.org"}, Noon.AddDate(0, 0, -3))
		heardAll(t, tx)
		return nil
	})
	equal(t, moveAll(t, s, Noon.AddDate(0, 0, 1)), 1)
	Update(t, s, func(tx store.Tx) error {
		for before, want := range map[time.Time]int{Noon.Add(time.Hour): 0, Noon.Add(2 * time.Hour): 1} {
			over, err := book.Over(tx, before, 9)
			check(t, err)
			equal(t, len(over), want)
		}
		of, err := tx.ParcelsOf(p.Person)
		check(t, err)
		equal(t, of, []lockhouse.Parcel{p})
		check(t, book.Forget(tx, p.Person))
		of, err = tx.ParcelsOf(p.Person)
		check(t, err)
		equal(t, len(of), 0)
		got, err := tx.Parcel(p.ID)
		check(t, err)
		equal(t, got.Person, "")
		return nil
	})
}
