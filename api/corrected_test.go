package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lockhouse"
)

// TestCorrectedAddress: whoever came by a link to the wrong mailbox is a stranger once the shop has corrected it. Without
// that, a shop could let anybody in to all parcels of a mailbox: sign in by an address of its own, then correct it to
// that of its victim.
func TestCorrectedAddress(t *testing.T) {
	w := open(t, 4, nil)
	victims := w.announced("theirs") // for ada@example.org
	w.stored(victims, 1)

	w.call("PUT", "/v1/holds/bait", w.other, w.goodHold()).is(201)
	order := goodParcel("T-bait")
	order["recipient"].(map[string]any)["email"] = "mallory@example.org"
	bait := w.call("PUT", "/v1/parcels/bait", w.other, order).is(201)
	person := w.personOf(lockhouse.ParcelID(bait.at("id").(string)))
	cookie, link := w.signedIn(person, newPhone(t)), w.link(person)

	order["recipient"].(map[string]any)["name"] = "Mallory" // the same mailbox: nobody is signed out
	w.call("PUT", "/v1/parcels/bait", w.other, order).is(200)
	w.callAs(cookie, http.MethodGet, "/v1/recipient/parcels").is(200)

	order["recipient"].(map[string]any)["email"] = "ada@example.org"
	w.call("PUT", "/v1/parcels/bait", w.other, order).is(200)
	w.callAs(cookie, http.MethodGet, "/v1/recipient/parcels").refused(401, lockhouse.CodeUnauthorised)
	w.call("POST", "/v1/recipient/sign-in", "", map[string]any{"token": link, "phone_key": b64(public(t, newPhone(t)))}).
		refused(404, lockhouse.CodeNotFound)

	hers := w.callAs(w.signedIn(person, newPhone(t)), http.MethodGet, "/v1/recipient/parcels").is(200)
	if n := len(hers.at("parcels").([]any)); n != 2 {
		t.Fatalf("the right mailbox sees %d parcels: %s", n, hers.raw)
	}
}

// TestNewMailboxIsWrittenTo: the notice that went to the wrong mailbox is written again, once, and none where the mailbox
// stayed the same.
func TestNewMailboxIsWrittenTo(t *testing.T) {
	w := open(t, 4, nil)
	p := w.announced("o1")
	w.stored(p, 1)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	defer running.Wait()
	defer stop()
	w.noticed(p.ID, "ready")

	order := goodParcel(p.Tracking)
	for _, email := range []string{"ada@example.org", "ada.lovelace@example.org", "Ada.Lovelace@example.org"} {
		order["recipient"].(map[string]any)["email"] = email
		w.call("PUT", "/v1/parcels/o1", w.secrets[lockhouse.ScopeShop], order).is(200)
	}
	w.noticed(p.ID, "ready", "ready")
	list := w.call("GET", "/v1/parcels/o1", w.secrets[lockhouse.ScopeShop], nil).is(200)
	if n := strings.Count(string(list.raw), `"parcel.readdressed"`); n != 1 {
		t.Errorf("said %d times: %s", n, list.raw)
	}
}

// noticed waits until the parcel's recipient is to be written these.
func (w *world) noticed(id lockhouse.ParcelID, want ...string) {
	w.t.Helper()
	const patience = 20 * time.Second
	var got []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		detail := w.call("GET", "/v1/operator/parcels/"+string(id), w.secrets[lockhouse.ScopeOperator], nil).is(200)
		got = nil
		for _, n := range detail.at("notices").([]any) {
			got = append(got, n.(map[string]any)["kind"].(string))
		}
		if slices.Equal(got, want) {
			return
		}
	}
	w.t.Fatalf("the notices are %v, not %v", got, want)
}
