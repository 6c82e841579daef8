package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Noon is a moment to begin a test at: noon in Washington on Monday the 23rd of November 2026.
var Noon = time.Date(2026, time.November, 23, 17, 0, 0, 0, time.UTC)

// Today is Noon's date in Washington.
const Today = lockhouse.Day(20_780)

// Site makes a site in Washington, open day and night. Sites with different numbers lie some 111 m apart, northwards.
func Site(n int) lockhouse.Site {
	return lockhouse.Site{
		ID: lockhouse.SiteID(fmt.Sprintf("site_%03d", n)), Name: fmt.Sprintf("District %d", n), Alias: fmt.Sprintf("%d V Street NW", n),
		Host: "Metropolitan Police Department", Kind: lockhouse.HostPolice, Street: fmt.Sprintf("%d V Street NW", n),
		City: "Washington", Region: "DC", Postal: "20009", Country: "US",
		Point: lockhouse.Point{Lat: 38.917 + float64(n)/1000, Lon: -77.038}, Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(),
		Safety: "Staffed day and night.", Guarded: true, StepFree: true,
		Artwork: lockhouse.Artwork{Title: "Cherry", Artist: "Lockhouse demo", Picture: "/art/cherry.svg"}, HoldingDays: 3,
	}
}

// Locker makes a locker at a site with so many compartments of each default size, numbered from 1, S before M before L.
func Locker(site lockhouse.SiteID, n, small, medium, large int) (lockhouse.Locker, []lockhouse.Compartment) {
	id := lockhouse.LockerIDOf([8]byte{7: byte(n)})
	l := lockhouse.Locker{ID: id, Site: site, Name: string(rune('A' + n%26)), StaticKey: bytes.Repeat([]byte{4}, 65),
		ReceiptKey: bytes.Repeat([]byte{5}, 65), AdvertKey: bytes.Repeat([]byte{6}, 16)}
	var boxes []lockhouse.Compartment
	for i, count := range []int{small, medium, large} {
		size := lockhouse.DefaultSizes()[i]
		for range count {
			number := len(boxes) + 1
			boxes = append(boxes, lockhouse.Compartment{Locker: id, Number: number, Size: size.Name, Rank: size.Rank,
				Column: number, Row: 1, FloorMM: 300, Board: 1, Channel: number - 1})
		}
	}
	return l, boxes
}

// Build puts a site with one locker into a store.
func Build(t testing.TB, s store.Store, n, small, medium, large int) (lockhouse.Site, lockhouse.Locker) {
	t.Helper()
	site := Site(n)
	locker, boxes := Locker(site.ID, n, small, medium, large)
	Update(t, s, func(tx store.Tx) error {
		if err := tx.PutSite(site); err != nil {
			return err
		}
		return tx.InsertLocker(locker, boxes)
	})
	return site, locker
}

// KeepRoom counts so many more parcels of a rank at a site on each day of from..until.
func KeepRoom(tx store.Tx, site lockhouse.SiteID, from, until lockhouse.Day, rank, more int) error {
	room, err := tx.Room(site)
	if err != nil {
		return err
	}
	if err := room.Add(from, until, rank, more); err != nil {
		return err
	}
	return tx.PutRoom(site, room)
}

// Update writes, or ends the test. It lends the transaction to the test's own goroutine, so that do may end the test too.
func Update(t testing.TB, s store.Store, do func(store.Tx) error) {
	t.Helper()
	lent, back, told := make(chan store.Tx), make(chan error, 1), make(chan error, 1)
	go func() {
		ran := false
		told <- s.Update(context.Background(), func(tx store.Tx) error {
			if ran {
				return errors.New("the transaction ran again, which a test that is lent one can't")
			}
			ran = true
			lent <- tx
			return <-back
		})
	}()
	select {
	case tx := <-lent:
		if err := lend(tx, back, do); err != nil {
			t.Fatal(err)
		}
		if err := <-told; err != nil {
			t.Fatal(err)
		}
	case err := <-told:
		t.Fatal(err)
	}
}

// lend runs do and says how it ended, even if it never returns.
func lend(tx store.Tx, back chan<- error, do func(store.Tx) error) (err error) {
	err = errors.New("the test ended within its transaction")
	defer func() { back <- err }()
	return do(tx)
}

// View reads, or ends the test.
func View(t testing.TB, s store.Store, do func(store.Tx) error) {
	t.Helper()
	if err := s.View(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

// Book is a small parcel's dimensions: rank 1 of the default sizes.
var Book = lockhouse.Dimensions{LengthMM: 210, WidthMM: 150, HeightMM: 30, Grams: 400}

// Boots is a medium parcel's: rank 2.
var Boots = lockhouse.Dimensions{LengthMM: 340, WidthMM: 220, HeightMM: 130, Grams: 1_400}

// Lamp is a large parcel's: rank 3.
var Lamp = lockhouse.Dimensions{LengthMM: 500, WidthMM: 300, HeightMM: 300, Grams: 3_000}
