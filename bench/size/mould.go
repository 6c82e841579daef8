package main

import (
	"context"
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/backup"
)

// mould is a store with one site and one locker, through which one parcel has gone: the rows that others are made from.
type mould struct {
	schema int64
	tables []backup.Table
	rows   map[string][][]any
	parcel lockhouse.Parcel
	locker lockhouse.LockerID
}

// newMould walks a parcel through the rooms and into the past.
func newMould(ctx context.Context, e engine) (m mould, err error) {
	name := fmt.Sprintf("mould_%d", time.Now().UnixMicro())
	s, err := e.create(ctx, name)
	if err != nil {
		return m, err
	}
	site, locker, boxes := place(0)
	if err := s.Update(ctx, func(tx store.Tx) error { return settle(tx, site, locker, boxes) }); err != nil {
		return m, err
	}
	t, err := newTown(s, e)
	if err != nil {
		return m, err
	}
	r, err := t.round(ctx, []lockhouse.LockerID{locker.ID}, 1, 1)
	if err != nil {
		return m, err
	}
	m.parcel, m.locker = r.parcels[0], locker.ID
	if err := m.read(ctx, e, name); err != nil {
		return m, err
	}
	return m, s.Close()
}

func settle(tx store.Tx, site lockhouse.Site, locker lockhouse.Locker, boxes []lockhouse.Compartment) error {
	if err := tx.PutSite(site); err != nil {
		return err
	}
	if err := tx.InsertShop(shopID, "Shop"); err != nil {
		return err
	}
	return tx.InsertLocker(locker, boxes)
}

func (m *mould) read(ctx context.Context, e engine, name string) error {
	source, err := e.source(ctx, name)
	if err != nil {
		return err
	}
	defer source.Close()
	m.schema, m.tables, m.rows = source.Schema(), source.Tables(), map[string][][]any{}
	for _, t := range m.tables {
		err := source.Rows(ctx, t, func(row []any) error {
			m.rows[t.Name] = append(m.rows[t.Name], row)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(m.rows["past"]) != 1 {
		return fmt.Errorf("%d parcels went into the past, not one", len(m.rows["past"]))
	}
	return nil
}

// with gives a row of a table with other values in some of its columns.
func with(t backup.Table, row []any, values map[string]any) []any {
	made := append([]any(nil), row...)
	for i, column := range t.Columns {
		if v, ok := values[column]; ok {
			made[i] = v
		}
	}
	return made
}

const shopID lockhouse.ShopID = "shop_0000000000000000bench"

// place makes the n-th site and its locker.
func place(n int) (lockhouse.Site, lockhouse.Locker, []lockhouse.Compartment) {
	site := lockhouse.Site{ID: siteOf(n), Name: "Site", Alias: "Site", Host: "Host", Kind: lockhouse.HostOther, Street: "Street 1", City: "City",
		Region: "DC", Postal: "20009", Country: "US", Point: lockhouse.Point{Lat: 38, Lon: -77}, Zone: "America/New_York",
		Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
	locker := lockhouse.Locker{ID: lockerOf(n), Site: site.ID, Name: "A", StaticKey: make([]byte, 65), ReceiptKey: make([]byte, 65), AdvertKey: make([]byte, 16)}
	size := lockhouse.DefaultSizes()[0]
	var boxes []lockhouse.Compartment
	for number := 1; number <= 20; number++ {
		boxes = append(boxes, lockhouse.Compartment{Locker: locker.ID, Number: number, Size: size.Name, Rank: size.Rank, Column: number, Row: 1, FloorMM: 300, Board: 1, Channel: number - 1})
	}
	return site, locker, boxes
}

func siteOf(n int) lockhouse.SiteID { return lockhouse.SiteID(fmt.Sprintf("site_%015d", n)) }

func lockerOf(n int) lockhouse.LockerID {
	return lockhouse.LockerIDOf([8]byte{4: byte(n >> 24), 5: byte(n >> 16), 6: byte(n >> 8), 7: byte(n)})
}
