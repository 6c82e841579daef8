package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"lockhouse"
	"lockhouse/store/backup"
	"lockhouse/store/past"
)

// perParcel is how many receipts a parcel leaves in its locker's chain.
const perParcel = 6

// filler fills one store.
type filler struct {
	mould
	sink    backup.Sink
	table   backup.Table
	batch   [][]any
	parcels int
	lockers int
	shown   time.Time
	begins  int64 // when the first parcel was moved, in microseconds
	step    int64
}

// fill makes a store with so many parcels in the past.
func fill(ctx context.Context, e engine, m mould, parcels, lockers int) (err error) {
	sink, err := e.sink(ctx, nameOf(parcels), m.schema)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	const months = 20
	now := time.Now()
	f := &filler{mould: m, sink: sink, parcels: parcels, lockers: lockers, begins: now.AddDate(0, -months, 0).UnixMicro()}
	f.step = max((now.UnixMicro()-f.begins)/int64(parcels+1), 1)
	for _, t := range m.tables {
		f.table = t
		if err := f.rowsOf(ctx, t.Name); err != nil {
			return fmt.Errorf("filling %s: %w", t.Name, err)
		}
		if err := f.flush(ctx); err != nil {
			return fmt.Errorf("filling %s: %w", t.Name, err)
		}
	}
	fmt.Fprintf(os.Stderr, "%d parcels: finishing\n", parcels)
	return sink.Finish(ctx)
}

func (f *filler) rowsOf(ctx context.Context, table string) error {
	switch table {
	case "sites", "lockers", "compartments", "rooms":
		return f.perLocker(ctx, table)
	case "past":
		return f.past(ctx)
	case "past_names":
		return f.names(ctx)
	case "past_receipts":
		return f.strands(ctx)
	case "walks", "outbox", "events", "shops":
		for _, row := range f.rows[table] {
			if err := f.add(ctx, with(f.table, row, map[string]any{"locker": ""})); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *filler) add(ctx context.Context, row []any) error {
	f.batch = append(f.batch, row)
	if len(f.batch) < 500 {
		return nil
	}
	return f.flush(ctx)
}

func (f *filler) flush(ctx context.Context) error {
	if len(f.batch) == 0 {
		return nil
	}
	err := f.sink.Load(ctx, f.table, f.batch)
	f.batch = f.batch[:0]
	return err
}

// show says how far it is, now and then.
func (f *filler) show(done, of int) {
	if now := time.Now(); now.Sub(f.shown) > 10*time.Second {
		f.shown = now
		fmt.Fprintf(os.Stderr, "%d parcels: %s, %d of %d\n", f.parcels, f.table.Name, done, of)
	}
}

func (f *filler) perLocker(ctx context.Context, table string) error {
	for n := range f.lockers {
		f.show(n, f.lockers)
		through := int64(f.strandsOf(n)) * past.StrandReceipts
		for _, row := range f.rows[table] {
			values := map[string]any{"site": string(siteOf(n)), "locker": string(lockerOf(n)), "applied_through": through, "moved_through": through}
			switch table {
			case "sites":
				values["id"], values["version"] = string(siteOf(n)), int64(n+1)
				values["lat"], values["lon"] = rand.Float64()*120-60, rand.Float64()*360-180
			case "lockers":
				values["id"] = string(lockerOf(n))
			}
			if err := f.add(ctx, with(f.table, row, values)); err != nil {
				return err
			}
		}
	}
	return nil
}

// strandsOf is how many strands of a locker there are. All parcels have theirs, the first lockers one more than the last.
func (f *filler) strandsOf(locker int) int {
	all := f.parcels * perParcel / past.StrandReceipts
	n := all / f.lockers
	if locker < all%f.lockers {
		n++
	}
	return n
}

// nameOfParcel is how the i-th parcel in the past is called. All names have the lengths of real ones.
func nameOfParcel(i int) (id lockhouse.ParcelID, reference, tracking string) {
	return lockhouse.ParcelID(fmt.Sprintf("par_%020d", i)), fmt.Sprintf("order-%012d", i), fmt.Sprintf("1Z%016d", i)
}

// patch is where in the mould's body a text stands.
type patch struct{ at []int }

func find(body []byte, text string) (p patch, err error) {
	for from := 0; ; {
		i := bytes.Index(body[from:], []byte(text))
		if i < 0 {
			break
		}
		p.at = append(p.at, from+i)
		from += i + len(text)
	}
	if len(p.at) == 0 {
		err = fmt.Errorf("%q does not stand in the mould", text)
	}
	return p, err
}

func (p patch) put(body []byte, text string) {
	for _, at := range p.at {
		copy(body[at:], text)
	}
}

func (f *filler) past(ctx context.Context) error {
	row := f.rows["past"][0]
	at := columnOf(f.table, "body")
	mould := row[at].([]byte)
	id, err1 := find(mould, string(f.parcel.ID))
	reference, err2 := find(mould, f.parcel.Reference)
	tracking, err3 := find(mould, f.parcel.Tracking)
	hold, err4 := find(mould, string(f.parcel.Hold))
	site, err5 := find(mould, string(f.parcel.Site))
	locker, err6 := find(mould, string(f.locker))
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil {
		return err
	}
	for i := range f.parcels {
		f.show(i, f.parcels)
		body := bytes.Clone(mould)
		name, order, number := nameOfParcel(i)
		id.put(body, string(name))
		reference.put(body, order)
		tracking.put(body, number)
		hold.put(body, "hold"+string(name)[3:])
		site.put(body, string(siteOf(i%f.lockers)))
		locker.put(body, string(lockerOf(i%f.lockers)))
		n := f.begins + int64(i)*f.step
		if err := f.add(ctx, with(f.table, row, map[string]any{"n": n, "id": string(name), "person": "", "ended_at": n, "body": body})); err != nil {
			return err
		}
	}
	return nil
}

func columnOf(t backup.Table, name string) int {
	for i, c := range t.Columns {
		if c == name {
			return i
		}
	}
	return -1
}

func (f *filler) names(ctx context.Context) error {
	row := f.rows["past_names"][0]
	for i := range f.parcels {
		f.show(i, f.parcels)
		_, order, number := nameOfParcel(i)
		for _, name := range past.Names(lockhouse.Parcel{Shop: shopID, Reference: order, Tracking: number}) {
			values := map[string]any{"name": name, "past": f.begins + int64(i)*f.step}
			if err := f.add(ctx, with(f.table, row, values)); err != nil {
				return err
			}
		}
	}
	return nil
}

// strands gives each locker its chain, strand by strand, as time would have. A strand's receipts differ from locker to locker
// in nothing but its name: nobody verifies a signature again.
func (f *filler) strands(ctx context.Context) error {
	c := newChain(f.locker)
	mine, err := f.locker.Bytes()
	if err != nil {
		return err
	}
	written, all := int64(0), f.parcels*perParcel/past.StrandReceipts
	for k := 0; k < f.strandsOf(0); k++ {
		mould, err := past.EncodeStrand(c.next(past.StrandReceipts))
		if err != nil {
			return err
		}
		through := int64(k+1) * past.StrandReceipts
		place, err := find(mould, string(mine[:]))
		if err != nil {
			return err
		}
		for n := range f.lockers {
			if k >= f.strandsOf(n) {
				break
			}
			f.show(int(written), all)
			body := bytes.Clone(mould)
			theirs, _ := lockerOf(n).Bytes()
			place.put(body, string(theirs[:]))
			row := make([]any, len(f.table.Columns))
			values := map[string]any{"n": f.begins + written*f.step, "locker": string(lockerOf(n)), "through": through, "body": body}
			if err := f.add(ctx, with(f.table, row, values)); err != nil {
				return err
			}
			written++
		}
	}
	return nil
}
