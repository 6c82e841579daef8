package api_test

import (
	"net/http"
	"testing"

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
