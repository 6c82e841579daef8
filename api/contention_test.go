package api_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// TestContention: 200 clients after 50 compartments. Exactly 50 get one, the other 150 are told that it is full; nobody
// gets an error, and what is counted is what was promised.
func TestContention(t *testing.T) {
	const clients, compartments = 200, 50
	w := open(t, compartments, nil)
	w.server.Client().Transport.(*http.Transport).MaxConnsPerHost = clients
	w.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = clients
	replies := make([]reply, clients)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range clients {
		done.Go(func() {
			start.Wait()
			replies[i] = w.call("PUT", fmt.Sprintf("/v1/holds/cart-%d", i), w.secrets[lockhouse.ScopeShop], w.goodHold())
		})
	}
	start.Done()
	done.Wait()
	kept := 0
	for i, r := range replies {
		if r.status == http.StatusCreated {
			kept++
			if again := w.call("PUT", fmt.Sprintf("/v1/holds/cart-%d", i), w.secrets[lockhouse.ScopeShop], w.goodHold()).is(200); again.at("id") != r.at("id") {
				t.Errorf("cart-%d has two holds", i)
			}
			continue
		}
		r.refused(409, lockhouse.CodeFull)
	}
	if kept != compartments {
		t.Fatalf("%d of %d got a compartment; there are %d", kept, clients, compartments)
	}
	day, _ := lockhouse.ParseDay("2026-11-24")
	w.must(w.Store().View(t.Context(), func(tx store.Tx) error {
		room, err := tx.Room(w.site)
		if kept := room.KeptOn(day).Of(2); kept != compartments {
			t.Errorf("%d are counted as kept", kept)
		}
		return err
	}))
}
