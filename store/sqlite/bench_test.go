package sqlite_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/flow/hold"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// BenchmarkPlace places holds with many clients at once: the hottest writing path, end to end in the store.
func BenchmarkPlace(b *testing.B) {
	for _, clients := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := sqlitetest.Open(b)
			const sites = 64
			for n := range sites {
				storetest.Build(b, s, n, 400, 50, 20)
			}
			desk := &hold.Desk{Store: s, Sizes: lockhouse.DefaultSizes(), Random: rand.Reader, Now: func() time.Time { return storetest.Noon }}
			var n atomic.Int64
			b.SetParallelism(max(1, clients/2)) // times the processors, which are two where this is measured
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					_, _, err := desk.Place(context.Background(), hold.Request{Shop: "shop_1", Reference: fmt.Sprint("cart-", i),
						Site: storetest.Site(int(i % sites)).ID, Dimensions: storetest.Book, Arrives: storetest.Today + lockhouse.Day(i/sites%50)})
					if err != nil && lockhouse.CodeOf(err) != lockhouse.CodeFull {
						b.Error(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "holds/s")
		})
	}
}

// BenchmarkUpdate commits the smallest transaction: what a commit costs, alone and shared.
func BenchmarkUpdate(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := sqlitetest.Open(b)
			b.SetParallelism(max(1, clients/2))
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
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

// BenchmarkViewHold reads one hold.
func BenchmarkViewHold(b *testing.B) {
	s := sqlitetest.Open(b)
	site, _ := storetest.Build(b, s, 1, 1, 0, 0)
	storetest.Update(b, s, func(tx store.Tx) error { return tx.PutHold(storetest.Hold(site.ID, "cart")) })
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.View(context.Background(), func(tx store.Tx) error { _, err := tx.Hold("shop_1", "cart"); return err }); err != nil {
				b.Error(err)
			}
		}
	})
}
