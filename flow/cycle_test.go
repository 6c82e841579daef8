package flow_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/flow/manifest"
	"lockhouse/flow/notify"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
	"lockhouse/trust/person"
)

// What BenchmarkCycle does at once.
const (
	cycleClients = 32
	cycleVisit   = 20 // parcels that a courier brings together
	cycleHeard   = 200
)

// BenchmarkCycle walks parcels through the rooms on SQLite without HTTP and without signatures: announced with room kept for
// them, brought by the twenty, collected one by one, and heard. It is what `go run ./bench` asks of the store, and
// reports the processor time of one parcel, which means something on a busy machine too.
func BenchmarkCycle(b *testing.B) {
	st := sqlitetest.Open(b)
	seal, err := person.NewSeal(bytes.Repeat([]byte{1}, 32), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	book := sqlite.NewBook(seal)
	walkers := make(chan *walker, cycleClients)
	for n := range cycleClients {
		walkers <- newWalker(b, st, book, n)
	}
	var commits, transactions atomic.Int64
	st.Watch(func(g store.Group) { commits.Add(1); transactions.Add(int64(g.Transactions)) })
	before := usedCPU(b)
	b.SetParallelism(cycleClients / 2)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		w := <-walkers
		defer func() { walkers <- w }()
		for pb.Next() {
			began := time.Now()
			if err := w.cycle(b.Context()); err != nil {
				b.Error(err)
			}
			w.took = append(w.took, time.Since(began))
		}
	})
	b.ReportMetric(float64(usedCPU(b)-before)/float64(b.N)/float64(time.Microsecond), "cpu-µs/cycle")
	close(walkers)
	var took []time.Duration
	for w := range walkers {
		took = append(took, w.took...)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(transactions.Load())/float64(max(1, commits.Load())), "transactions/commit")
}

// walker is a shop, a courier and recipients at one locker.
type walker struct {
	*house
	book  *sqlite.Book
	n     int
	began time.Time
	here  []lockhouse.Parcel // announced
	lying []lockhouse.Parcel // brought, each with its compartment
	put   int                // how many were brought so far
	took  []time.Duration
}

func newWalker(b *testing.B, st store.Store, book *sqlite.Book, n int) *walker {
	w := &walker{house: furnished(st), book: book, n: n * 1_000_000, began: time.Now()}
	w.site, w.box = storetest.Build(b, st, n, 50, 0, 0)
	return w
}

func (w *walker) cycle(ctx context.Context) error {
	w.now = storetest.Noon.Add(time.Since(w.began)) // ids rise with time
	if err := w.announced(ctx); err != nil {
		return err
	}
	if len(w.here) == cycleVisit {
		if err := w.visit(ctx); err != nil {
			return err
		}
	}
	if len(w.lying) == 0 {
		return nil
	}
	p := w.lying[0]
	w.lying = w.lying[1:]
	_, err := w.fleet.Accept(ctx, w.box.ID, w.signed(lockhouse.ReceiptCollected, p, p.Compartment))
	return err
}

func (w *walker) announced(ctx context.Context) error {
	w.n++
	reference := fmt.Sprintf("order-%d", w.n)
	wanted := hold.Request{Shop: "shop_1", Reference: reference, Site: w.site.ID, Dimensions: storetest.Book, Arrives: w.today()}
	room := &manifest.Room{Site: w.site.ID, Dimensions: storetest.Book, Keep: func(tx store.Tx, parcel lockhouse.ParcelID, now time.Time) (lockhouse.Hold, error) {
		return w.hold.PlaceFor(tx, parcel, wanted, now)
	}}
	order := manifest.Order{Shop: "shop_1", Reference: reference, Tracking: "1Z" + reference, Room: room}
	contact := person.Contact{Name: "Recipient " + reference, Email: reference + "@bench.example", Language: "en"}
	p, _, err := w.manifest.Announce(ctx, order, func(tx store.Tx, p lockhouse.Parcel) error {
		if _, err := w.book.Keep(tx, p.Person, contact, w.now); err != nil {
			return err
		}
		_, err := tx.Timeline(p.ID)
		return err
	})
	w.here = append(w.here, p)
	return err
}

// visit brings what was announced, and has what happened heard.
func (w *walker) visit(ctx context.Context) error {
	var receipts []store.SignedReceipt
	for _, p := range w.here {
		w.put++
		p.Compartment = 1 + w.put%50
		w.lying = append(w.lying, p)
		receipts = append(receipts, w.signed(lockhouse.ReceiptStored, p, p.Compartment)...)
	}
	w.here = nil
	if _, err := w.fleet.Accept(ctx, w.box.ID, receipts); err != nil {
		return err
	}
	return w.store.Update(ctx, heardSome)
}

func heardSome(tx store.Tx) error {
	events, err := tx.Unheard(cycleHeard)
	if err != nil || len(events) == 0 {
		return err
	}
	for _, e := range events {
		if err := notify.Hear(tx, e); err != nil {
			return err
		}
	}
	return tx.MarkHeard(events[len(events)-1].Seq)
}

// signed makes the three receipts of an opening that ends with a kind, as long as real ones.
func (w *walker) signed(kind lockhouse.ReceiptKind, p lockhouse.Parcel, compartment int) (all []store.SignedReceipt) {
	for _, k := range []lockhouse.ReceiptKind{lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, kind} {
		r := w.sign(k, p, compartment, 1)
		r.Raw = append(make([]byte, 220), r.Raw...)
		sum := sha256.Sum256(r.Raw)
		copy(w.head[:], sum[:])
		all = append(all, r)
	}
	return all
}

func usedCPU(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
