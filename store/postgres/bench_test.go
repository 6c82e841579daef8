package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse"
	"lockhouse/bench/cpu"
	"lockhouse/flow/hold"
	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

const benchSites = 64

// BenchmarkPlace places holds with many clients at once: the hottest writing path, end to end in the store.
func BenchmarkPlace(b *testing.B) {
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := pgtest.Open(b)
			for n := range benchSites {
				storetest.Build(b, s, n, 400, 50, 20)
			}
			desk := &hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Random: rand.Reader, Now: func() time.Time { return storetest.Noon }}
			var n atomic.Int64
			b.SetParallelism(max(1, clients/2)) // times the processors, which are two where this is measured
			spent := meter(b)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					_, _, err := desk.Place(context.Background(), hold.Request{Shop: "shop_1", Reference: fmt.Sprint("cart-", i),
						Site: storetest.Site(int(i % benchSites)).ID, Dimensions: storetest.Book, Arrives: storetest.Today + lockhouse.Day(i/benchSites%50)})
					if err != nil && lockhouse.CodeOf(err) != lockhouse.CodeFull {
						b.Error(err)
					}
				}
			})
			spent(b, "holds")
		})
	}
}

// meter reports how many there were a second, and what each cost in processor time, here and in PostgreSQL: the second
// does not depend on what else the machine had to do.
func meter(b *testing.B) func(b *testing.B, what string) {
	server := postgrestest.Shared(b).PID()
	used := func() (us [2]float64) {
		self, err := cpu.OfSelf()
		if err != nil {
			b.Fatal(err)
		}
		theirs, err := cpu.OfTree(server)
		if err != nil {
			b.Fatal(err)
		}
		return [2]float64{float64(self.Microseconds()), float64(theirs.Microseconds())}
	}
	before := used()
	return func(b *testing.B, what string) {
		after := used()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), what+"/s")
		b.ReportMetric((after[0]-before[0])/float64(b.N), "us-here/op")
		b.ReportMetric((after[1]-before[1])/float64(b.N), "us-postgres/op")
	}
}

// BenchmarkRaw writes the rows of a hold and decides nothing: each transaction is one trip, and PostgreSQL's group commit
// does the rest. It is what BenchmarkPlace is compared with.
func BenchmarkRaw(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			url := pgtest.URL(b)
			s := pgtest.OpenURL(b, url)
			for n := range benchSites {
				storetest.Build(b, s, n, 400, 50, 20)
			}
			config, err := pgxpool.ParseConfig(url)
			if err != nil {
				b.Fatal(err)
			}
			config.MaxConns = int32(min(clients, 24))
			pool, err := pgxpool.NewWithConfig(b.Context(), config)
			if err != nil {
				b.Fatal(err)
			}
			defer pool.Close()
			var n atomic.Int64
			b.SetParallelism(max(1, clients/2))
			spent := meter(b)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := pool.SendBatch(context.Background(), rawHold(n.Add(1))).Close(); err != nil {
						b.Error(err)
					}
				}
			})
			spent(b, "holds")
		})
	}
}

func rawHold(i int64) *pgx.Batch {
	batch := &pgx.Batch{}
	site, day := string(storetest.Site(int(i%benchSites)).ID), int(storetest.Today)+int(i/benchSites%50)
	id, reference, now := fmt.Sprint("hold_", i), fmt.Sprint("cart-", i), storetest.Noon.UnixMicro()
	batch.Queue(`BEGIN`)
	batch.Queue(`INSERT INTO holds (id, shop, reference, site, length_mm, width_mm, height_mm, weight_g, size, rank, from_day, until_day,
		state, lapses_at, placed_at, parcel) VALUES ($1, 'shop_1', $2, $3, 210, 150, 30, 400, 'S', 1, $4, $5, 'placed', $6, $6, '')`,
		id, reference, site, day, day+4, now)
	batch.Queue(`INSERT INTO events (seq, kind, at, shop, hold, parcel, site, locker, compartment, note) VALUES (event_numbers(1) + 1, 'hold.placed', $1, 'shop_1', $2, '', $3, '', 0, '')`,
		now, id, site)
	batch.Queue(`UPDATE rooms SET kept = $1 WHERE site = $2`, make([]byte, 120), site)
	batch.Queue(`COMMIT`)
	return batch
}

// BenchmarkUpdate commits the smallest transaction: what a commit costs, alone and shared.
func BenchmarkUpdate(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := pgtest.Open(b)
			b.SetParallelism(max(1, clients/2))
			spent := meter(b)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					err := s.Update(context.Background(), func(tx store.Tx) error {
						return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: storetest.Noon})
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
			spent(b, "commits")
		})
	}
}

// BenchmarkViewHold reads one hold.
func BenchmarkViewHold(b *testing.B) {
	s := pgtest.Open(b)
	site, _ := storetest.Build(b, s, 1, 1, 0, 0)
	storetest.Update(b, s, func(tx store.Tx) error { return tx.PutHold(storetest.Hold(site.ID, "cart")) })
	b.SetParallelism(16)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.View(context.Background(), func(tx store.Tx) error { _, err := tx.Hold("shop_1", "cart"); return err }); err != nil {
				b.Error(err)
			}
		}
	})
}
