package shop

import (
	"fmt"
	"net/http"
	"testing"

	"lockhouse"
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
