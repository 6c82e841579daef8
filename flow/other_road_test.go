package flow_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/flow/checkout"
	"lockhouse/flow/hold"
	"lockhouse/flow/overdue"
	"lockhouse/flow/unlock"
	"lockhouse/store"
	"lockhouse/store/storetest"
)

func wantCode(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	if e, ok := errors.AsType[*lockhouse.Error](err); !ok || e.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func (w *house) sweep(t *testing.T) {
	t.Helper()
	if _, err := w.overdue.Sweep(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
}

// TestOtherRoad: nobody comes; the parcel is overdue, keeps its room, is recalled, is taken out, and its room is free.
func TestOtherRoad(t *testing.T) { onBoth(t, otherRoad) }

func otherRoad(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.store1(t, w.announce(t, "order", storetest.Book), 1, 1)
	w.now = p.CollectBy
	w.sweep(t)
	if got := w.parcel(t, p.ID).State; got != lockhouse.ParcelDroppedOff {
		t.Fatalf("%s at the very moment that its time ends", got)
	}
	w.now = w.now.Add(time.Second)
	w.sweep(t)
	if got := w.parcel(t, p.ID).State; got != lockhouse.ParcelOverdue {
		t.Fatalf("%s after its time", got)
	}
	if _, err := unlock.MayCollect(w.parcel(t, p.ID)); err != nil {
		t.Fatalf("an overdue parcel can't be collected: %v", err)
	}
	for range overdue.RecallAfterDays {
		w.now = w.now.AddDate(0, 0, 1)
		w.sweep(t)
		if w.kept(t, w.today(), 1) != 1 {
			t.Fatalf("on %s the room of a parcel that lies there is free", w.today())
		}
		_, _, err := w.hold.Place(t.Context(), hold.Request{Shop: "shop_1", Reference: "other", Site: w.site.ID, Dimensions: storetest.Book, Arrives: w.today()})
		wantCode(t, err, lockhouse.CodeFull)
	}
	if got := w.parcel(t, p.ID).State; got != lockhouse.ParcelRecalled {
		t.Fatalf("%s after %d days", got, overdue.RecallAfterDays)
	}
	sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID)
	if err != nil || len(sheet.Items) != 1 || sheet.Items[0].Target.Verb != lockhouse.VerbTakeOut || sheet.Items[0].Target.Compartment != 1 {
		t.Fatalf("got %+v, %v", sheet.Items, err)
	}
	w.accept(t, w.sign(lockhouse.ReceiptTakenOut, p, 1, 1))
	if got := w.parcel(t, p.ID); got.State != lockhouse.ParcelReturned || got.EndedAt.IsZero() {
		t.Fatalf("got %+v", got)
	}
	if w.kept(t, w.today(), 1) != 0 {
		t.Error("its room is not free")
	}
	want := []lockhouse.EventKind{lockhouse.EventParcelAnnounced, lockhouse.EventParcelDroppedOff, lockhouse.EventParcelOverdue,
		lockhouse.EventParcelRecalled, lockhouse.EventParcelReturned}
	if got := w.timeline(t, p.ID); !slices.Equal(got, want) {
		t.Fatalf("got %v", got)
	}
}

func TestExtend(t *testing.T) { onBoth(t, extend) }

func extend(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.store1(t, w.announce(t, "order", storetest.Book), 1, 1)
	_, err := w.overdue.Extend(t.Context(), p.ID, "per_stranger")
	wantCode(t, err, lockhouse.CodeNotFound)

	w.now = p.CollectBy.Add(time.Second)
	w.sweep(t)
	once, err := w.overdue.Extend(t.Context(), p.ID, p.Person)
	if err != nil || once.State != lockhouse.ParcelDroppedOff || !once.CollectBy.After(w.now) {
		t.Fatalf("got %+v, %v", once, err)
	}
	twice, err := w.overdue.Extend(t.Context(), p.ID, p.Person)
	if err != nil || twice.CollectBy.Sub(p.CollectBy) != overdue.MaxExtendedDays*24*time.Hour {
		t.Fatalf("got %v, %v", twice.CollectBy, err)
	}
	_, err = w.overdue.Extend(t.Context(), p.ID, p.Person)
	wantCode(t, err, lockhouse.CodeConflict)
	if w.kept(t, lockhouse.DayOf(twice.CollectBy)-1, 1) != 1 {
		t.Error("there is no room for the days that were given")
	}
}

// TestExtendNeedsRoom: what is promised to another can't be given away.
func TestExtendNeedsRoom(t *testing.T) { onBoth(t, extendNeedsRoom) }

func extendNeedsRoom(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.store1(t, w.announce(t, "order", storetest.Book), 1, 1)
	next := hold.Request{Shop: "shop_1", Reference: "next", Site: w.site.ID, Dimensions: storetest.Book, Arrives: w.today() + 5}
	if _, _, err := w.hold.Place(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	_, err := w.overdue.Extend(t.Context(), p.ID, p.Person)
	wantCode(t, err, lockhouse.CodeFull)
	if got := w.parcel(t, p.ID); !got.CollectBy.Equal(p.CollectBy) {
		t.Fatalf("refused, and yet until %v", got.CollectBy)
	}
}

func TestRecallBeforeDropOff(t *testing.T) { onBoth(t, recallBeforeDropOff) }

func recallBeforeDropOff(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.announce(t, "order", storetest.Book)
	_, err := w.overdue.RecallOfShop(t.Context(), "shop_2", "order")
	wantCode(t, err, lockhouse.CodeNotFound)
	for range 2 {
		if got, err := w.overdue.RecallOfShop(t.Context(), "shop_1", "order"); err != nil || got.State != lockhouse.ParcelRecalled {
			t.Fatal(got, err)
		}
	}
	if w.kept(t, w.today(), 1) != 0 {
		t.Error("its room is not free")
	}
	if sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID); err != nil || len(sheet.Items) != 0 {
		t.Fatalf("the courier is to do %+v, %v", sheet.Items, err)
	}
	p = w.store1(t, p, 1, 1) // the courier was on the way and offline
	if p.State != lockhouse.ParcelRecalled || w.kept(t, w.today(), 1) != 1 {
		t.Fatalf("%s, and %d in the compartment", p.State, w.kept(t, w.today(), 1))
	}
	w.accept(t, w.sign(lockhouse.ReceiptTakenOut, p, 1, 1))
	if p = w.parcel(t, p.ID); p.State != lockhouse.ParcelReturned || w.kept(t, w.today(), 1) != 0 {
		t.Fatalf("%s, and %d in the compartment", p.State, w.kept(t, w.today(), 1))
	}
	_, err = w.overdue.Recall(t.Context(), p.ID)
	wantCode(t, err, lockhouse.CodeConflict)
}

// TestMisfit: the parcel asks for a bigger compartment, and uses up a bigger one.
func TestMisfit(t *testing.T) { onBoth(t, misfit) }

func misfit(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 1, 0)
	p := w.store1(t, w.announce(t, "order", storetest.Book), 1, 1)
	w.accept(t, w.sign(lockhouse.ReceiptMisfit, p, 1, 1))
	p = w.parcel(t, p.ID)
	if p.State != lockhouse.ParcelInTransit || p.Size != "M" || p.Rank != 2 || p.Locker != "" || !p.DroppedOffAt.IsZero() {
		t.Fatalf("got %+v", p)
	}
	sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID)
	if err != nil || len(sheet.Items) != 1 || sheet.Items[0].Target.Rank != 2 {
		t.Fatalf("got %+v, %v", sheet.Items, err)
	}
	w.store1(t, p, 2, 1)
	if w.kept(t, w.today(), 1) != 0 || w.kept(t, w.today(), 2) != 1 {
		t.Errorf("counted %d small and %d medium", w.kept(t, w.today(), 1), w.kept(t, w.today(), 2))
	}
}

// TestLateCourier: a parcel that comes after its days keeps the room it needs from then on.
func TestLateCourier(t *testing.T) { onBoth(t, lateCourier) }

func lateCourier(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.announce(t, "order", storetest.Book)
	for range 6 {
		w.now = w.now.AddDate(0, 0, 1)
		w.sweep(t)
	}
	if w.kept(t, w.today(), 1) != 1 {
		t.Fatal("the room of a late parcel was given away within days")
	}
	p = w.store1(t, p, 1, 1)
	last := lockhouse.DayOf(p.CollectBy.Add(-12 * time.Hour))
	if last != w.today()+3 || w.kept(t, last, 1) != 1 {
		t.Errorf("until %s; counted %d", last, w.kept(t, last, 1))
	}
}

// TestNeverComes: after two weeks the room of a parcel that does not come is anybody's.
func TestNeverComes(t *testing.T) { onBoth(t, neverComes) }

func neverComes(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.announce(t, "order", storetest.Book)
	for range overdue.LateDays + 3 {
		w.now = w.now.AddDate(0, 0, 1)
		w.sweep(t)
	}
	if w.kept(t, w.today(), 1) != 0 {
		t.Fatal("its room is still kept")
	}
	if p = w.store1(t, p, 1, 1); p.State != lockhouse.ParcelDroppedOff || w.kept(t, w.today(), 1) != 1 {
		t.Fatalf("it comes after all: %s, counted %d", p.State, w.kept(t, w.today(), 1))
	}
}

// TestManyStops: a sheet holds as many targets as a grant, what comes out first; a stop names every parcel.
func TestManyStops(t *testing.T) { onBoth(t, manyStops) }

func manyStops(t *testing.T, st store.Store) {
	w := newHouse(t, st, 80, 0, 0)
	inside := w.store1(t, w.announce(t, "old", storetest.Book), 7, 1)
	if _, err := w.overdue.Recall(t.Context(), inside.ID); err != nil {
		t.Fatal(err)
	}
	for i := range 70 {
		w.announce(t, fmt.Sprintf("order-%02d", i), storetest.Book)
	}
	sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID)
	if err != nil || len(sheet.Items) != lockhouse.MaxTargets || sheet.More != 71-lockhouse.MaxTargets || sheet.Items[0].Target.Verb != lockhouse.VerbTakeOut {
		t.Fatalf("%d items and %d more, %v", len(sheet.Items), sheet.More, err)
	}
	stops, err := w.dropoff.Stops(t.Context())
	if err != nil || len(stops) != 1 || len(stops[0].Deliver) != 70 || len(stops[0].TakeOut) != 1 || len(stops[0].Lockers) != 1 {
		t.Fatalf("got %+v, %v", stops, err)
	}
}

// TestWhatIsCarriedIsNotCrowdedOut: no announcement, and nothing that was recalled before it came, keeps off a courier's
// sheet what the courier has.
func TestWhatIsCarriedIsNotCrowdedOut(t *testing.T) { onBoth(t, whatIsCarriedIsNotCrowdedOut) }

func whatIsCarriedIsNotCrowdedOut(t *testing.T, st store.Store) {
	w := newHouse(t, st, 2, 0, 0)
	p := w.announce(t, "first", storetest.Book)
	storetest.Update(t, w.store, func(tx store.Tx) error {
		for i := range 2_100 {
			other := p
			other.ID, other.Reference, other.Tracking = lockhouse.ParcelID(fmt.Sprint("par_", i)), fmt.Sprint("flood-", i), fmt.Sprint("F", i)
			other.Ref, other.AnnouncedAt = lockhouse.ParcelRef{1, byte(i), byte(i >> 8)}, p.AnnouncedAt.Add(-time.Hour)
			if i%2 == 0 {
				other.State = lockhouse.ParcelRecalled
			}
			if err := tx.InsertParcel(other); err != nil {
				return err
			}
		}
		return nil
	})
	mine := w.announce(t, "late", storetest.Book)
	if _, err := w.manifest.HandedOver(t.Context(), mine.Tracking); err != nil {
		t.Fatal(err)
	}
	sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID)
	if err != nil || len(sheet.Items) == 0 || sheet.Items[0].Parcel.ID != mine.ID {
		t.Fatalf("%d items, %v", len(sheet.Items), err)
	}
	w.store1(t, mine, 1, 1)
	if _, err := w.overdue.Recall(t.Context(), mine.ID); err != nil {
		t.Fatal(err)
	}
	sheet, err = w.dropoff.Manifest(t.Context(), w.box.ID)
	if err != nil || len(sheet.Items) == 0 || sheet.Items[0].Target.Verb != lockhouse.VerbTakeOut {
		t.Fatalf("%d items, %v", len(sheet.Items), err)
	}
}

// TestMisfitOfWhatWasRecalled: the courier has it in hand again, and nobody waits for it at the locker.
func TestMisfitOfWhatWasRecalled(t *testing.T) { onBoth(t, misfitOfWhatWasRecalled) }

func misfitOfWhatWasRecalled(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	p := w.store1(t, w.announce(t, "order", storetest.Book), 1, 1)
	if _, err := w.overdue.Recall(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	w.accept(t, w.sign(lockhouse.ReceiptMisfit, p, 1, 1))
	if p = w.parcel(t, p.ID); p.State != lockhouse.ParcelRecalled || p.Inside() || w.kept(t, w.today(), 1) != 0 {
		t.Fatalf("%+v, and %d counted", p, w.kept(t, w.today(), 1))
	}
	if sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID); err != nil || len(sheet.Items) != 0 {
		t.Fatalf("the courier is to do %+v, %v", sheet.Items, err)
	}
}

// TestLockersThatSayTooMuch: what a locker says of a parcel that is not meant for its site changes nothing, and a
// drop-off before the announcement is one at the announcement.
func TestLockersThatSayTooMuch(t *testing.T) { onBoth(t, lockersThatSayTooMuch) }

func lockersThatSayTooMuch(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 1, 0)
	_, foreign := storetest.Build(t, w.store, 2, 1, 0, 0)
	p := w.announce(t, "order", storetest.Book)
	misfit := w.sign(lockhouse.ReceiptMisfit, p, 1, 1)
	misfit.Locker, misfit.Seq, misfit.Prev = foreign.ID, 1, [16]byte{}
	if _, err := w.fleet.Accept(t.Context(), foreign.ID, []store.SignedReceipt{misfit}); err != nil {
		t.Fatal(err)
	}
	if got := w.parcel(t, p.ID); got.Rank != p.Rank {
		t.Fatalf("another site's locker made it %s", got.Size)
	}

	w.seq, w.head = 0, [16]byte{}
	early := w.sign(lockhouse.ReceiptStored, p, 1, 1)
	early.At = time.Unix(0, 0)
	w.accept(t, early)
	if got := w.parcel(t, p.ID); !got.DroppedOffAt.Equal(p.AnnouncedAt) || w.kept(t, w.today()-1, 1) != 0 {
		t.Fatalf("dropped off at %v", got.DroppedOffAt)
	}
}

// TestRoomIsFreedOnce: whatever order a parcel's end is told in, its room is given back once.
func TestRoomIsFreedOnce(t *testing.T) { onBoth(t, roomIsFreedOnce) }

func roomIsFreedOnce(t *testing.T, st store.Store) {
	w := newHouse(t, st, 2, 0, 0)
	p := w.store1(t, w.announce(t, "one", storetest.Book), 1, 1)
	w.store1(t, w.announce(t, "two", storetest.Book), 2, 1)
	w.accept(t, w.sign(lockhouse.ReceiptCollected, p, 1, 1), w.sign(lockhouse.ReceiptCollected, p, 1, 1), w.sign(lockhouse.ReceiptTakenOut, p, 1, 1))
	if got := w.kept(t, w.today(), 1); got != 1 {
		t.Fatalf("%d are counted, one lies there", got)
	}
	refused := 0
	for _, kind := range w.timeline(t, p.ID) {
		if kind == lockhouse.EventReceiptRefused {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d receipts were said to have no effect, want 2", refused)
	}
}

// TestOffersSeeWhatHoldsSee: an offer is made if and only if a hold would be given then.
func TestOffersSeeWhatHoldsSee(t *testing.T) { onBoth(t, offersSeeWhatHoldsSee) }

func offersSeeWhatHoldsSee(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	question := checkout.Question{Near: w.site.Point, Dimensions: storetest.Book, Day: w.today(), Shop: "shop_1"}
	offers := func(q checkout.Question) int {
		t.Helper()
		a, err := w.offers(t, q)
		if err != nil || (len(a.Sites) == 0) != (a.NoneBecause != nil) {
			t.Fatalf("got %+v, %v", a, err)
		}
		return len(a.Sites)
	}
	h, _, err := w.hold.Place(t.Context(), hold.Request{Shop: "shop_1", Reference: "cart", Site: w.site.ID, Dimensions: storetest.Book, Arrives: w.today()})
	if err != nil {
		t.Fatal(err)
	}
	own, stranger := question, question
	own.Reference = "cart"
	stranger.Shop, stranger.Reference = "shop_2", "cart"
	if offers(question) != 0 || offers(stranger) != 0 || offers(own) != 1 {
		t.Fatalf("offers: to anybody %d, to a stranger %d, to the cart itself %d", offers(question), offers(stranger), offers(own))
	}
	w.now = h.LapsesAt
	if gone, err := w.hold.Lapse(t.Context(), 9); err != nil || gone != 1 {
		t.Fatalf("%d lapsed, %v", gone, err)
	}
	if offers(question) != 1 {
		t.Fatal("a lapsed hold keeps a site from being offered")
	}
	p := w.announce(t, "paid", storetest.Book)
	own.Reference = p.Reference
	if offers(own) != 0 {
		t.Fatal("an announced parcel's room was offered again, to its own shop")
	}
	var converted lockhouse.Hold
	storetest.View(t, w.store, func(tx store.Tx) (err error) { converted, err = tx.Hold("shop_1", "paid"); return err })
	if !capacity.Counted(converted) || converted.Parcel != p.ID {
		t.Fatalf("got %+v", converted)
	}
}
