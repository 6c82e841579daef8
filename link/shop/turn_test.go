package shop

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"lockhouse"
	"lockhouse/store"
)

// TestEachHasItsTurn: shops that take all lines, and have something due again as soon as they are free, do not stand in the
// way of the one behind them.
func TestEachHasItsTurn(t *testing.T) {
	b := open(t, true)
	release := make(chan struct{})
	slow := shopServer(t, func(http.ResponseWriter, *http.Request) { <-release })
	last := shopServer(t, ok)
	name := func(n int) lockhouse.ShopID { return lockhouse.ShopID(fmt.Sprintf("shop_%02d", n)) }
	for n := range maxShops {
		b.hook(name(n), slow.URL)
		b.says(name(n), fmt.Sprintf("cart-%d", n))
	}
	b.must(b.sweep(t.Context()))
	for n := range maxShops {
		b.says(name(n), fmt.Sprintf("again-%d", n))
	}
	b.hook(name(maxShops), last.URL)
	b.says(name(maxShops), "cart")
	close(release)
	b.lines.Wait()
	for n := range maxShops { // what they had is through; they have more
		b.says(name(n), fmt.Sprintf("more-%d", n))
	}
	b.must(b.sweep(t.Context()))
	b.lines.Wait()
	if last.count() != 1 {
		t.Error("the shop behind those that are always busy was not told")
	}
}

// TestSeveralAtATime: a shop is told of several parcels at the same time, and of each in the order in which it happened.
func TestSeveralAtATime(t *testing.T) {
	const parcels, each = 2 * maxAtShop, 3
	b := open(t, true)
	var mu sync.Mutex
	heard := map[lockhouse.ParcelID][]string{}
	at, most := 0, 0
	all := make(chan struct{})
	busy := shopServer(t, func(w http.ResponseWriter, r *http.Request) {
		parcel, n, _ := strings.Cut(r.Header.Get(standardwebhooks.HeaderWebhookID), "-")
		mu.Lock()
		heard[lockhouse.ParcelID(parcel)] = append(heard[lockhouse.ParcelID(parcel)], n)
		first := len(heard) == 1 && n == "0"
		if at++; at == maxAtShop && most < maxAtShop {
			close(all)
		}
		most = max(most, at)
		mu.Unlock()
		if !first { // which goes alone
			<-all
		}
		mu.Lock()
		at--
		mu.Unlock()
		ok(w, r)
	})
	b.hook("shop_1", busy.URL)
	for n := range each {
		for p := range parcels {
			b.due(fmt.Sprintf("par%d-%d", p, n), lockhouse.ParcelID(fmt.Sprintf("par%d", p)), time.Duration(n*parcels+p)*time.Millisecond)
		}
	}
	b.swept("shop_1")
	if most != maxAtShop || len(heard) != parcels {
		t.Errorf("at most %d at the same time, of %d parcels", most, len(heard))
	}
	for parcel, numbers := range heard {
		if !slices.Equal(numbers, []string{"0", "1", "2"}) {
			t.Errorf("of %s: %v", parcel, numbers)
		}
	}
}

// TestAskedWithOne: a shop that fails was asked with one message, however many wait, and whomever they are about.
func TestAskedWithOne(t *testing.T) {
	b := open(t, true)
	gone := shopServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	b.hook("shop_1", gone.URL)
	for n := range 2 * maxAtShop {
		b.due(fmt.Sprintf("msg-%d", n), lockhouse.ParcelID(fmt.Sprintf("par%d", n)), time.Duration(n)*time.Millisecond)
	}
	b.swept("shop_1")
	if gone.count() != 1 {
		t.Errorf("asked %d times", gone.count())
	}
}

// due leaves a message for shop_1, due since before now: the longer, the less after it is.
func (b *bench) due(id string, parcel lockhouse.ParcelID, after time.Duration) {
	b.t.Helper()
	b.events++
	at := b.clock().Add(after - time.Minute)
	b.must(b.store.Update(b.t.Context(), func(tx store.Tx) error {
		return tx.InsertDelivery(lockhouse.Delivery{ID: id, Event: b.events, Shop: "shop_1", Kind: lockhouse.EventParcelAnnounced, Parcel: parcel,
			At: at, Body: []byte("{}"), Attempts: lockhouse.Attempts{NextAt: at}})
	}))
}
