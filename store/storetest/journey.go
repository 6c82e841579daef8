package storetest

import (
	"fmt"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Hold makes a placed hold of a shop.
func Hold(site lockhouse.SiteID, reference string) lockhouse.Hold {
	return lockhouse.Hold{ID: lockhouse.HoldID("hold_" + reference), Shop: "shop_1", Reference: reference, Site: site, Dimensions: Book, Size: "S", Rank: 1,
		From: Today, Until: Today + 4, State: lockhouse.HoldPlaced, LapsesAt: Noon.Add(15 * time.Minute), PlacedAt: Noon}
}

func holds(t *testing.T, s store.Store) {
	one, _ := Build(t, s, 1, 1, 0, 0)
	two, _ := Build(t, s, 2, 1, 0, 0)
	h := Hold(one.ID, "cart-1")
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.PutHold(h))
		got, err := tx.Hold(h.Shop, h.Reference)
		check(t, err)
		equal(t, got, h)
		_, err = tx.Hold("shop_2", h.Reference)
		refused(t, err, lockhouse.CodeNotFound)

		h.ID, h.Site, h.State = "hold_b", two.ID, lockhouse.HoldConfirmed
		check(t, tx.PutHold(h))
		got, err = tx.HoldByID("hold_b")
		check(t, err)
		equal(t, got, h)
		_, err = tx.HoldByID("hold_cart-1")
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	other := Hold(one.ID, "cart-2")
	other.State, other.Parcel, other.Until = lockhouse.HoldConverted, "par_1", Today+1
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.PutHold(other))
		for _, c := range []struct {
			site lockhouse.SiteID
			at   time.Time
			want []lockhouse.Hold
		}{
			{"", h.LapsesAt.Add(-time.Microsecond), nil}, {"", h.LapsesAt, []lockhouse.Hold{h}},
			{two.ID, h.LapsesAt, []lockhouse.Hold{h}}, {one.ID, h.LapsesAt, nil},
		} {
			got, err := tx.LapsedHolds(c.site, c.at, 10)
			check(t, err)
			equal(t, got, c.want)
		}
		for through, want := range map[lockhouse.Day][]lockhouse.Hold{Today: nil, Today + 1: {other}} {
			got, err := tx.HoldsEnding(through, 10)
			check(t, err)
			equal(t, got, want)
		}
		return nil
	})
}

// Parcel makes an announced parcel with a number.
func Parcel(site lockhouse.SiteID, n int) lockhouse.Parcel {
	return lockhouse.Parcel{ID: lockhouse.ParcelID(fmt.Sprintf("par_%04d", n)), Ref: lockhouse.ParcelRef{6: byte(n >> 8), 7: byte(n)}, Shop: "shop_1",
		Reference: fmt.Sprintf("order-%04d", n), Tracking: fmt.Sprintf("1Z%04d", n), Person: "per_1", Site: site, Hold: lockhouse.HoldID(fmt.Sprintf("hold_%04d", n)),
		Dimensions: Boots, Size: "M", Rank: 2, State: lockhouse.ParcelAnnounced, AnnouncedAt: Noon.Add(time.Duration(n) * time.Second)}
}

func parcels(t *testing.T, s store.Store) {
	site, locker := Build(t, s, 1, 1, 1, 0)
	p := Parcel(site.ID, 1)
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.InsertParcel(p))
		for name, find := range map[string]func() (lockhouse.Parcel, error){
			"id":       func() (lockhouse.Parcel, error) { return tx.Parcel(p.ID) },
			"ref":      func() (lockhouse.Parcel, error) { return tx.ParcelByRef(p.Ref) },
			"tracking": func() (lockhouse.Parcel, error) { return tx.ParcelByTracking(p.Tracking) },
			"shop":     func() (lockhouse.Parcel, error) { return tx.ParcelOfShop(p.Shop, p.Reference) },
		} {
			got, err := find()
			if err != nil {
				t.Fatalf("by %s: %v", name, err)
			}
			equal(t, got, p)
		}
		_, err := tx.ParcelOfShop("shop_2", p.Reference)
		refused(t, err, lockhouse.CodeNotFound)

		p.State, p.Locker, p.Compartment, p.Generation = lockhouse.ParcelDroppedOff, locker.ID, 2, 1<<32-1
		p.DroppedOffAt, p.CollectBy = Noon, Noon.Add(72*time.Hour)
		check(t, tx.UpdateParcel(p))
		got, err := tx.Parcel(p.ID)
		check(t, err)
		equal(t, got, p)
		refused(t, tx.UpdateParcel(Parcel(site.ID, 9)), lockhouse.CodeNotFound)
		return nil
	})
	same := Parcel(site.ID, 2)
	same.Reference = p.Reference
	refused(t, s.Update(t.Context(), func(tx store.Tx) error { return tx.InsertParcel(same) }), lockhouse.CodeConflict)
	used := Parcel(site.ID, 3)
	used.Tracking = p.Tracking
	refused(t, s.Update(t.Context(), func(tx store.Tx) error { return tx.InsertParcel(used) }), lockhouse.CodeConflict)
	Update(t, s, func(tx store.Tx) error { // nor is a number taken by what was recalled before it came
		never, anew := Parcel(site.ID, 4), Parcel(site.ID, 5)
		anew.Tracking = never.Tracking
		check(t, tx.InsertParcel(never))
		never.State = lockhouse.ParcelRecalled
		check(t, tx.UpdateParcel(never), tx.InsertParcel(anew))
		never.Locker, never.Compartment = locker.ID, 1 // it comes after all: then there are two
		return tx.UpdateParcel(never)
	})
	Update(t, s, func(tx store.Tx) error { // once the first has ended, carriers use its number again
		p.State, p.EndedAt = lockhouse.ParcelCollected, Noon
		check(t, tx.UpdateParcel(p), tx.InsertParcel(used))
		got, err := tx.ParcelByTracking(p.Tracking)
		check(t, err)
		equal(t, got, used)
		return nil
	})
}

func parcelLists(t *testing.T, s store.Store) {
	one, locker := Build(t, s, 1, 9, 9, 0)
	two, _ := Build(t, s, 2, 9, 9, 0)
	p := []lockhouse.Parcel{Parcel(one.ID, 0), Parcel(one.ID, 1), Parcel(two.ID, 2), Parcel(one.ID, 3)}
	p[1].State, p[1].Locker, p[1].Compartment, p[1].CollectBy, p[1].DroppedOffAt = lockhouse.ParcelDroppedOff, locker.ID, 3, Noon, Noon
	p[2].Person, p[2].Shop = "per_2", "shop_2"
	p[3].State, p[3].EndedAt, p[3].Locker, p[3].CollectBy = lockhouse.ParcelCollected, Noon, locker.ID, Noon
	Update(t, s, func(tx store.Tx) error {
		for _, x := range p {
			check(t, tx.InsertParcel(x))
		}
		return nil
	})
	View(t, s, func(tx store.Tx) error {
		for _, c := range []struct {
			name string
			list func() ([]lockhouse.Parcel, error)
			want []lockhouse.Parcel
		}{
			{"of a person", func() ([]lockhouse.Parcel, error) { return tx.ParcelsOf("per_1") }, []lockhouse.Parcel{p[3], p[1], p[0]}},
			{"at a site", func() ([]lockhouse.Parcel, error) {
				return tx.ParcelsAt(one.ID, lockhouse.ParcelAnnounced, lockhouse.ParcelDroppedOff)
			}, []lockhouse.Parcel{p[0], p[1]}},
			{"in a locker", func() ([]lockhouse.Parcel, error) { return tx.ParcelsIn(locker.ID) }, []lockhouse.Parcel{p[1]}},
			{"in a locker and dropped off", func() ([]lockhouse.Parcel, error) {
				return tx.ParcelsIn(locker.ID, lockhouse.ParcelRefused, lockhouse.ParcelDroppedOff)
			}, []lockhouse.Parcel{p[1]}},
			{"in a locker and wanted back", func() ([]lockhouse.Parcel, error) { return tx.ParcelsIn(locker.ID, lockhouse.ParcelRefused) }, nil},
			{"due", func() ([]lockhouse.Parcel, error) {
				return tx.ParcelsDue(lockhouse.ParcelDroppedOff, Noon.Add(1), 9)
			}, nil},
			{"due a moment later", func() ([]lockhouse.Parcel, error) {
				return tx.ParcelsDue(lockhouse.ParcelDroppedOff, Noon.Add(time.Second), 9)
			}, []lockhouse.Parcel{p[1]}},
			{"all", func() ([]lockhouse.Parcel, error) { return tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{}) }, []lockhouse.Parcel{p[3], p[2], p[1], p[0]}},
			{"next page", func() ([]lockhouse.Parcel, error) {
				return tx.ListParcels(store.Page{After: string(p[2].ID), Limit: 1}, store.ParcelFilter{})
			}, []lockhouse.Parcel{p[1]}},
			{"by site and state", func() ([]lockhouse.Parcel, error) {
				return tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{Site: one.ID, State: lockhouse.ParcelCollected})
			}, []lockhouse.Parcel{p[3]}},
			{"of a shop", func() ([]lockhouse.Parcel, error) {
				return tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{Shop: "shop_2"})
			}, []lockhouse.Parcel{p[2]}},
			{"found by tracking", func() ([]lockhouse.Parcel, error) {
				return tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{Find: "1Z0002"})
			}, []lockhouse.Parcel{p[2]}},
			{"found by the start of a reference", func() ([]lockhouse.Parcel, error) {
				return tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{Find: "order-000", Site: two.ID})
			}, []lockhouse.Parcel{p[2]}},
			{"not found by a wildcard", func() ([]lockhouse.Parcel, error) {
				return tx.ListParcels(store.Page{Limit: 9}, store.ParcelFilter{Find: "%"})
			}, nil},
		} {
			got, err := c.list()
			check(t, err)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
		with, err := tx.SitesWith(lockhouse.ParcelAnnounced, lockhouse.ParcelInTransit)
		check(t, err)
		equal(t, with, []lockhouse.SiteID{one.ID, two.ID})
		return nil
	})
}

func receipts(t *testing.T, s store.Store) {
	_, locker := Build(t, s, 1, 1, 0, 0)
	r := func(seq uint64) store.SignedReceipt {
		return store.SignedReceipt{Raw: []byte{1, byte(seq)}, Receipt: lockhouse.Receipt{Locker: locker.ID, Boot: 1<<32 - 1, Seq: seq,
			Kind: lockhouse.ReceiptStored, At: Noon, Quality: lockhouse.TimeGood, Grant: lockhouse.GrantID{1}, Ref: lockhouse.ParcelRef{2}, Compartment: 1,
			Generation: 7, Phone: [8]byte{3}, Prev: [16]byte{4}}}
	}
	started := r(4)
	started.Kind, started.Ref = lockhouse.ReceiptStarted, lockhouse.ParcelRef{}
	Update(t, s, func(tx store.Tx) error {
		for _, x := range []store.SignedReceipt{r(1), r(3), started} {
			fresh, err := tx.InsertReceipt(x.Receipt, x.Raw)
			check(t, err)
			equal(t, fresh, true)
		}
		fresh, err := tx.InsertReceipt(r(1).Receipt, r(1).Raw)
		check(t, err)
		equal(t, fresh, false)
		_, err = tx.InsertReceipt(r(1).Receipt, []byte{9})
		refused(t, err, lockhouse.CodeConflict)

		after, err := tx.ReceiptsAfter(locker.ID, 1, 9)
		check(t, err)
		equal(t, after, []store.SignedReceipt{r(3), started})
		p := Parcel(locker.Site, 1)
		p.Ref = lockhouse.ParcelRef{2}
		check(t, tx.InsertParcel(p))
		of, err := tx.ReceiptsOf(p.ID)
		check(t, err)
		equal(t, of, []store.SignedReceipt{r(1), r(3)})
		at, err := tx.ReceiptAt(locker.ID, 3)
		check(t, err)
		equal(t, at, r(3))
		_, err = tx.ReceiptAt(locker.ID, 2)
		refused(t, err, lockhouse.CodeNotFound)

		applied, err := tx.AppliedThrough(locker.ID)
		check(t, err)
		equal(t, applied, 0)
		check(t, tx.SetAppliedThrough(locker.ID, 1))
		applied, err = tx.AppliedThrough(locker.ID)
		check(t, err)
		equal(t, applied, 1)
		_, err = tx.AppliedThrough("lkr_none")
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
}
