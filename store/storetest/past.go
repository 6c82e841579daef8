package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
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

// heardAll says one more event, which is of no parcel, and moves the mark to it.
func heardAll(t *testing.T, s store.Store) {
	t.Helper()
	Update(t, s, func(tx store.Tx) error { return say(tx, "newest") })
	Update(t, s, func(tx store.Tx) error {
		events, err := tx.Unheard(200)
		check(t, err)
		return tx.MarkHeard(events[len(events)-1].Seq)
	})
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
		for _, name := range []lockhouse.ParcelRef{ended.Ref, late.Ref} { // their PINs were made anew
			check(t, tx.Revoke(locker.ID, lockhouse.Revocation{Name: name, At: Noon.Add(-2 * time.Hour), Until: Noon.AddDate(0, 0, 45)}))
		}
		never = Parcel(site.ID, 3)
		never.AnnouncedAt = Noon.AddDate(0, 0, -91)
		check(t, tx.InsertParcel(never))
		never.State = lockhouse.ParcelRecalled
		check(t, tx.UpdateParcel(never), tx.InsertParcel(Parcel(site.ID, 4)))
		return nil
	})
	equal(t, moveAll(t, s, Noon), 1) // the recalled one, of which nothing was ever said
	var was [3]whole
	heardAll(t, s)
	View(t, s, func(tx store.Tx) error {
		for i, p := range []lockhouse.Parcel{ended, late} {
			was[i] = wholeOf(t, tx, p)
		}
		return nil
	})
	equal(t, moveAll(t, s, Noon), 1) // late ended at the moment itself
	View(t, s, func(tx store.Tx) error {
		revoked, err := tx.Revocations(locker.ID)
		check(t, err)
		equal(t, len(revoked), 1) // a parcel that is in the past takes none of what a locker keeps
		equal(t, revoked[0].Name, [8]byte(late.Ref))
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

// droppedPast: the past itself is over some day, the oldest first.
func droppedPast(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 9, 0, 0)
	c := newChain(t, locker.ID)
	var p []lockhouse.Parcel
	Update(t, s, func(tx store.Tx) error {
		for n := range 3 {
			p = append(p, journeyed(t, tx, c, site.ID, n, Noon.Add(time.Duration(n)*time.Minute)))
		}
		return nil
	})
	heardAll(t, s)
	equal(t, moveAll(t, s, Noon.Add(time.Hour)), 3)
	Update(t, s, func(tx store.Tx) error { // late news of one joins it
		return tx.Say(lockhouse.Event{Kind: lockhouse.EventParcelReaddressed, At: Noon, Parcel: p[0].ID})
	})
	heardAll(t, s)
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
		return nil
	})
	heardAll(t, s)
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
