package unlock_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/unlock"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
)

func TestMayCollect(t *testing.T) {
	for state, may := range map[lockhouse.ParcelState]bool{
		lockhouse.ParcelAnnounced: false, lockhouse.ParcelInTransit: false, lockhouse.ParcelDiverted: false,
		lockhouse.ParcelDroppedOff: true, lockhouse.ParcelOverdue: true,
		lockhouse.ParcelRecalled: false, lockhouse.ParcelRefused: false, lockhouse.ParcelCollected: false, lockhouse.ParcelReturned: false, lockhouse.ParcelLost: false,
	} {
		p := storetest.Parcel("site_001", 1)
		p.State, p.Compartment, p.Generation, p.DroppedOffAt = state, 3, 9, storetest.Noon
		got, err := unlock.MayCollect(p)
		if want := (lockhouse.Target{Ref: p.Ref, Verb: lockhouse.VerbCollect, Compartment: 3, Generation: 9}); may && (err != nil || got != want) {
			t.Errorf("%s: got %+v, %v", state, got, err)
		}
		if !may && (lockhouse.CodeOf(err) != lockhouse.CodeConflict || got != (lockhouse.Target{})) {
			t.Errorf("%s: got %+v, %v", state, got, err)
		}
	}
}

// TestPlaces: a person sees their own parcels, newest first, and where those lie that lie somewhere.
func TestPlaces(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 2, 2, 0)
	inside, coming, foreign := storetest.Parcel(site.ID, 1), storetest.Parcel(site.ID, 2), storetest.Parcel(site.ID, 3)
	inside.State, inside.Locker, inside.Compartment, inside.DroppedOffAt = lockhouse.ParcelDroppedOff, locker.ID, 3, storetest.Noon
	coming.Person, foreign.Person = "per_1b", "per_2"
	storetest.Update(t, s, func(tx store.Tx) error {
		for _, p := range []lockhouse.Parcel{inside, coming, foreign} {
			if err := tx.InsertParcel(p); err != nil {
				return err
			}
		}
		return nil
	})
	desk := unlock.Desk{Store: s, Now: func() time.Time { return storetest.Noon }}
	got, err := desk.Parcels(t.Context(), "per_1", "per_1b")
	if err != nil || len(got) != 2 || got[0].Parcel != coming || got[1].Parcel != inside {
		t.Fatalf("got %+v, %v", got, err)
	}
	if got[0].MayOpen() || got[0].Locker.ID != "" || !got[1].MayOpen() || got[1].Locker.ID != locker.ID || len(got[1].Compartments) != 4 || got[1].Site.ID != site.ID {
		t.Errorf("got %+v", got)
	}
	for _, id := range []lockhouse.ParcelID{foreign.ID, "par_none"} {
		if p, err := desk.Parcel(t.Context(), id, "per_1"); lockhouse.CodeOf(err) != lockhouse.CodeNotFound || p.Parcel.ID != "" {
			t.Errorf("%s: got %+v, %v", id, p, err)
		}
	}
	if p, err := desk.Parcel(t.Context(), inside.ID, "per_1"); err != nil || p.Target.Compartment != 3 {
		t.Errorf("got %+v, %v", p, err)
	}
}

// TestRemember: each door's word enters the parcel's timeline and changes no parcel; what concerns no parcel is the
// locker's own.
func TestRemember(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 2, 0, 0)
	p := storetest.Parcel(site.ID, 1)
	storetest.Update(t, s, func(tx store.Tx) error { return tx.InsertParcel(p) })
	desk := unlock.Desk{Store: s, Now: func() time.Time { return storetest.Noon }}
	kinds := map[lockhouse.ReceiptKind]lockhouse.EventKind{
		lockhouse.ReceiptAuthorised: lockhouse.EventDoorAuthorised, lockhouse.ReceiptOpened: lockhouse.EventDoorOpened,
		lockhouse.ReceiptNotOpened: lockhouse.EventDoorNotOpened, lockhouse.ReceiptLeftOpen: lockhouse.EventDoorLeftOpen,
		lockhouse.ReceiptForced: lockhouse.EventDoorForced, lockhouse.ReceiptShut: lockhouse.EventDoorShut,
	}
	for receipt, event := range kinds {
		storetest.Update(t, s, func(tx store.Tx) error {
			return desk.Remember(tx, lockhouse.Receipt{Locker: locker.ID, Kind: receipt, Ref: p.Ref, Compartment: 2, At: storetest.Noon, Quality: lockhouse.TimeGood})
		})
		storetest.View(t, s, func(tx store.Tx) error {
			last, err := tx.Recent(1)
			if err != nil || last[0].Kind != event || last[0].Parcel != p.ID || last[0].Shop != p.Shop || last[0].Site != site.ID || last[0].Compartment != 2 {
				t.Errorf("%s: got %+v, %v", receipt, last, err)
			}
			return nil
		})
	}
	storetest.Update(t, s, func(tx store.Tx) error {
		return desk.Remember(tx, lockhouse.Receipt{Locker: locker.ID, Kind: lockhouse.ReceiptForced, Compartment: 1})
	})
	err := s.Update(t.Context(), func(tx store.Tx) error {
		return desk.Remember(tx, lockhouse.Receipt{Locker: locker.ID, Kind: lockhouse.ReceiptOpened, Ref: lockhouse.ParcelRef{9}})
	})
	if lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Errorf("a parcel that nobody knows: %v", err)
	}
	storetest.View(t, s, func(tx store.Tx) error {
		line, err := tx.Timeline(p.ID)
		if len(line) != len(kinds) {
			t.Errorf("%d entries, want %d", len(line), len(kinds))
		}
		if got, _ := tx.Parcel(p.ID); got != p {
			t.Errorf("the parcel changed: %+v", got)
		}
		return err
	})
}

// TestPIN: what the network shows is what the locker accepts, by the other halves of the same two keys; there is one
// only while a parcel lies there to be collected; and another once it was voided.
func TestPIN(t *testing.T) {
	s := sqlitetest.Open(t)
	site, locker := storetest.Build(t, s, 1, 1, 0, 0)
	issuer, static := agreeKey(t), agreeKey(t)
	locker.StaticKey = static.PublicKey().Bytes()
	desk := unlock.Desk{Issuer: issuer, Now: func() time.Time { return storetest.Noon }}
	p := storetest.Parcel(site.ID, 1)
	p.State, p.Locker, p.Compartment, p.Generation = lockhouse.ParcelDroppedOff, locker.ID, 3, 9
	there, err := credential.AgreePINSecret(static, issuer.PublicKey().Bytes(), locker.AdvertKey, p.Locker)
	if err != nil {
		t.Fatal(err)
	}
	wants := func(tx store.Tx, want string) {
		t.Helper()
		if pin, err := desk.PIN(tx, locker, p); err != nil || pin != want {
			t.Errorf("got %q, %v; want %q", pin, err, want)
		}
	}
	storetest.Update(t, s, func(tx store.Tx) error {
		wants(tx, there.PIN(p.Ref, 9, time.Time{}))
		err := tx.Revoke(locker.ID, lockhouse.Revocation{Name: p.Ref, At: storetest.Noon, Until: storetest.Noon.Add(time.Hour)})
		wants(tx, there.PIN(p.Ref, 9, storetest.Noon))
		p.State = lockhouse.ParcelCollected
		wants(tx, "")
		p.State, desk.Issuer = lockhouse.ParcelDroppedOff, nil
		wants(tx, "")
		return err
	})
}

func agreeKey(t *testing.T) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
