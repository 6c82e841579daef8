package flow_test

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/flow/checkout"
	"lockhouse/flow/collect"
	"lockhouse/flow/dropoff"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/flow/notify"
	"lockhouse/flow/overdue"
	"lockhouse/flow/unlock"
	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m)) }

// onBoth runs a test on each engine: the rooms must not notice.
func onBoth(t *testing.T, test func(*testing.T, store.Store)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqlitetest.Open(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, pgtest.Open(t)) })
}

// house is every room on one real store, with a clock that the test turns and a locker that signs nothing but numbers
// and chains its receipts as a real one does.
type house struct {
	store store.Store
	now   time.Time
	site  lockhouse.Site
	box   lockhouse.Locker

	checkout checkout.Desk
	hold     hold.Desk
	manifest manifest.Desk
	dropoff  dropoff.Desk
	unlock   unlock.Desk
	overdue  overdue.Desk
	fleet    fleet.Desk

	seq  uint64
	head [16]byte
}

func newHouse(t *testing.T, st store.Store, small, medium, large int) *house {
	t.Helper()
	w := furnished(st)
	w.site, w.box = storetest.Build(t, w.store, 1, small, medium, large)
	return w
}

// furnished is the rooms on a store that has its site already.
func furnished(st store.Store) *house {
	w := &house{store: st, now: storetest.Noon}
	now := func() time.Time { return w.now }
	sizes := lockhouse.DefaultSizes()
	w.checkout = checkout.Desk{Store: w.store, Sizes: sizes, Now: now}
	w.hold = hold.Desk{Store: w.store, Sizes: sizes, Now: now, Random: rand.Reader}
	w.manifest = manifest.Desk{Store: w.store, Now: now, Random: rand.Reader}
	w.dropoff = dropoff.Desk{Store: w.store, Sizes: sizes, Now: now}
	w.unlock = unlock.Desk{Store: w.store, Now: now}
	w.overdue = overdue.Desk{Store: w.store, Now: now}
	collect := collect.Desk{Now: now}
	w.fleet = fleet.Desk{Store: w.store, Now: now}
	w.fleet.Hears = map[lockhouse.ReceiptKind]fleet.Hear{
		lockhouse.ReceiptAuthorised: w.unlock.Remember, lockhouse.ReceiptOpened: w.unlock.Remember,
		lockhouse.ReceiptNotOpened: w.unlock.Remember, lockhouse.ReceiptStored: w.dropoff.Stored,
		lockhouse.ReceiptMisfit: w.dropoff.Misfit, lockhouse.ReceiptCollected: collect.Collected,
		lockhouse.ReceiptTakenOut: w.overdue.TakenOut, lockhouse.ReceiptBoardFault: w.fleet.Fault,
	}
	return w
}

// offers asks the checkout once it has caught up with the store.
func (w *house) offers(t *testing.T, q checkout.Question) (checkout.Answer, error) {
	t.Helper()
	if err := w.checkout.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.checkout.Offers(t.Context(), q)
}

// announce walks a parcel from the cart to its announcement.
func (w *house) announce(t *testing.T, reference string, d lockhouse.Dimensions) lockhouse.Parcel {
	t.Helper()
	_, _, err := w.hold.Place(t.Context(), hold.Request{Shop: "shop_1", Reference: reference, Site: w.site.ID, Dimensions: d, Arrives: w.today()})
	if err != nil {
		t.Fatal(err)
	}
	p, _, err := w.manifest.Announce(t.Context(), manifest.Order{Shop: "shop_1", Reference: reference, Tracking: "1Z" + reference}, nobody)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func nobody(store.Tx, lockhouse.Parcel) error { return nil }

func (w *house) today() lockhouse.Day {
	zone, _ := w.site.Location()
	return lockhouse.DayOf(w.now.In(zone))
}

// sign makes the locker's next receipt.
func (w *house) sign(kind lockhouse.ReceiptKind, p lockhouse.Parcel, compartment int, generation uint32) store.SignedReceipt {
	w.seq++
	r := store.SignedReceipt{Raw: fmt.Appendf(nil, "receipt %d", w.seq), Receipt: lockhouse.Receipt{Locker: w.box.ID, Boot: 1, Seq: w.seq, Kind: kind, At: w.now,
		Quality: lockhouse.TimeGood, Ref: p.Ref, Compartment: compartment, Generation: generation, Prev: w.head}}
	sum := sha256.Sum256(r.Raw)
	copy(w.head[:], sum[:])
	return r
}

func (w *house) accept(t *testing.T, receipts ...store.SignedReceipt) fleet.Tally {
	t.Helper()
	tally, err := w.fleet.Accept(t.Context(), w.box.ID, receipts)
	if err != nil {
		t.Fatal(err)
	}
	return tally
}

func (w *house) store1(t *testing.T, p lockhouse.Parcel, compartment int, generation uint32) lockhouse.Parcel {
	t.Helper()
	w.accept(t, w.sign(lockhouse.ReceiptStored, p, compartment, generation))
	return w.parcel(t, p.ID)
}

func (w *house) parcel(t *testing.T, id lockhouse.ParcelID) (p lockhouse.Parcel) {
	t.Helper()
	storetest.View(t, w.store, func(tx store.Tx) (err error) { p, err = tx.Parcel(id); return err })
	return p
}

// timeline gives the kinds of a parcel's events, oldest first.
func (w *house) timeline(t *testing.T, id lockhouse.ParcelID) (kinds []lockhouse.EventKind) {
	t.Helper()
	storetest.View(t, w.store, func(tx store.Tx) error {
		events, err := tx.Timeline(id)
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	return kinds
}

// kept gives how many parcels of a rank are counted on a day.
func (w *house) kept(t *testing.T, day lockhouse.Day, rank int) (n int) {
	t.Helper()
	storetest.View(t, w.store, func(tx store.Tx) error {
		room, err := tx.Room(w.site.ID)
		n = room.KeptOn(day).Of(rank)
		return err
	})
	return n
}

// TestWalk performs the journey of a good day.
func TestWalk(t *testing.T) { onBoth(t, walk) }

func walk(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	answer, err := w.offers(t, checkout.Question{Near: w.site.Point, Dimensions: storetest.Book, Day: w.today()})
	if err != nil || len(answer.Sites) != 1 || answer.Sites[0].DistanceM != 0 || !answer.Sites[0].OpenNow {
		t.Fatalf("got %+v, %v", answer, err)
	}
	p := w.announce(t, "order-1", storetest.Book)
	if _, err := w.manifest.HandedOver(t.Context(), p.Tracking); err != nil {
		t.Fatal(err)
	}
	sheet, err := w.dropoff.Manifest(t.Context(), w.box.ID)
	if err != nil || len(sheet.Items) != 1 || sheet.Targets()[0] != (lockhouse.Target{Ref: p.Ref, Verb: lockhouse.VerbStore, Rank: 1}) {
		t.Fatalf("got %+v, %v", sheet, err)
	}
	w.now = w.now.Add(time.Hour)
	p = w.store1(t, p, 1, 5)
	if p.State != lockhouse.ParcelDroppedOff || !p.DroppedOffAt.Equal(w.now) || p.CollectBy.Format(time.RFC3339) != "2026-11-27T05:00:00Z" {
		t.Fatalf("got %+v", p)
	}
	place, err := w.unlock.Parcel(t.Context(), p.ID, p.Person)
	if err != nil || place.Target != (lockhouse.Target{Ref: p.Ref, Verb: lockhouse.VerbCollect, Compartment: 1, Generation: 5}) {
		t.Fatalf("got %+v, %v", place.Target, err)
	}
	w.now = w.now.Add(26 * time.Hour)
	w.accept(t, w.sign(lockhouse.ReceiptAuthorised, p, 1, 5), w.sign(lockhouse.ReceiptOpened, p, 1, 5))
	if got := w.parcel(t, p.ID).State; got != lockhouse.ParcelDroppedOff {
		t.Fatalf("an opened door made the parcel %s", got)
	}
	w.accept(t, w.sign(lockhouse.ReceiptCollected, p, 1, 5))
	if p = w.parcel(t, p.ID); p.State != lockhouse.ParcelCollected || !p.EndedAt.Equal(w.now) {
		t.Fatalf("got %+v", p)
	}
	want := []lockhouse.EventKind{lockhouse.EventParcelAnnounced, lockhouse.EventParcelInTransit, lockhouse.EventParcelDroppedOff,
		lockhouse.EventDoorAuthorised, lockhouse.EventDoorOpened, lockhouse.EventParcelCollected}
	if got := w.timeline(t, p.ID); !slices.Equal(got, want) {
		t.Fatalf("got %v", got)
	}
	if w.kept(t, w.today()-1, 1) != 1 || w.kept(t, w.today(), 1) != 0 || w.kept(t, w.today()+3, 1) != 0 {
		t.Error("the room is not free from the day of the collection on")
	}
	w.announce(t, "order-2", storetest.Book) // the only compartment is another's now
}

// TestNoticesOfAWalk: each event that concerns the recipient leaves one notice, however often it is heard, and none that
// is not true any more.
func TestNoticesOfAWalk(t *testing.T) { onBoth(t, noticesOfAWalk) }

func noticesOfAWalk(t *testing.T, st store.Store) {
	w := newHouse(t, st, 1, 0, 0)
	hear := func() {
		t.Helper()
		storetest.Update(t, w.store, func(tx store.Tx) error {
			events, err := tx.Unheard(100)
			for _, e := range events {
				if err == nil {
					err = notify.Hear(tx, e)
				}
			}
			return err
		})
	}
	p := w.announce(t, "order-1", storetest.Book)
	hear()
	stored, collected := w.sign(lockhouse.ReceiptStored, p, 1, 1), w.sign(lockhouse.ReceiptCollected, p, 1, 1)
	w.accept(t, stored)
	hear()
	w.accept(t, collected)
	hear()
	late := w.announce(t, "order-2", storetest.Book)
	w.accept(t, w.sign(lockhouse.ReceiptStored, late, 1, 2), w.sign(lockhouse.ReceiptCollected, late, 1, 2)) // a locker that was cut off
	hear()
	kinds := func(id lockhouse.ParcelID) (kinds []lockhouse.NoticeKind) {
		storetest.View(t, w.store, func(tx store.Tx) error {
			notices, err := tx.NoticesOf(id)
			for _, n := range notices {
				kinds = append(kinds, n.Kind)
			}
			return err
		})
		return kinds
	}
	if got, want := kinds(p.ID), []lockhouse.NoticeKind{lockhouse.NoticeAnnounced, lockhouse.NoticeReady, lockhouse.NoticeCollected}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := kinds(late.ID), []lockhouse.NoticeKind{lockhouse.NoticeCollected}; !slices.Equal(got, want) {
		t.Errorf("told to come for what was taken: %v", got)
	}
}
