package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/trust/credential"
)

// Somebody lost the paper with their PIN and pass, and has others made: the locker is told by the parcel's name, the page says when it has heard, and a
// stranger can do nothing of it. Once the parcel is taken, the locker need not remember.
func TestRenewPIN(t *testing.T) {
	w := open(t, 4, nil)
	p := w.announced("o1")
	w.stored(p, 1)
	cookie, path := w.signedIn(p.Person, newPhone(t)), "/v1/recipient/parcels/"+string(p.ID)+"/renew-pin"
	mine := func() (pin string, inForce bool) {
		v := w.callAs(cookie, http.MethodGet, "/v1/recipient/parcels").is(200)
		return v.at("parcels", 0, "pin").(string), v.at("parcels", 0, "in_force").(bool)
	}
	says := func(version uint64, words ...string) {
		t.Helper()
		_, err := w.Fleet().Health(t.Context(), w.locker.ID, fleet.Health{Desired: version, Panel: lockhouse.PanelOf(words, 0)})
		w.must(err)
	}
	before, inForce := mine()
	if !inForce {
		t.Error("what was never voided is not in force")
	}
	w.callAs(cookie, http.MethodPost, path).refused(409, lockhouse.CodeConflict) // an older agent would never hear of it
	says(0, "keys", "renews")
	w.call("PUT", "/v1/holds/o2", w.secrets[lockhouse.ScopeShop], w.goodHold()).is(201)
	order := goodParcel("T-o2")
	order["recipient"].(map[string]any)["email"] = "ada.lovelace@example.org"
	w.call("PUT", "/v1/parcels/o2", w.secrets[lockhouse.ScopeShop], order).is(201)
	stranger := w.signedIn(w.parcel("o2").Person, newPhone(t))
	w.callAs(stranger, http.MethodPost, path).refused(404, lockhouse.CodeNotFound)
	if after := w.callAs(cookie, http.MethodPost, path).is(200); after.at("pin") == before || after.at("in_force") != false {
		t.Errorf("made anew: %s", after.raw)
	}
	if got := w.takenBack(); !slices.Equal(got, [][8]byte{p.Ref}) {
		t.Errorf("revoked are %x", got)
	}
	says(1, "keys", "renews")
	if pin, inForce := mine(); pin == before || !inForce {
		t.Errorf("the locker has heard, and the page shows %s, %t", pin, inForce)
	}
	newPIN, _ := mine()
	w.clock.advance(time.Minute)
	w.callAs(cookie, http.MethodPost, "/v1/recipient/sign-out-others").is(204) // there is no other phone
	if pin, _ := mine(); pin != newPIN {
		t.Error("there was no other phone, and the PIN is another")
	}
	w.signedIn(p.Person, newPhone(t))
	w.callAs(cookie, http.MethodPost, "/v1/recipient/sign-out-others").is(204)
	if pin, inForce := mine(); pin == newPIN || inForce {
		t.Error("a phone was lost, and the PIN that it shows still opens")
	}
	w.clock.advance(credential.MaxGrantLife + time.Hour)
	if got := w.takenBack(); !slices.Contains(got, [8]byte(p.Ref)) {
		t.Errorf("the parcel lies there still, a PIN that was voided opens again, and revoked are %x", got)
	}
	cookie = w.signedIn(p.Person, newPhone(t))
	raw := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptCollected, Ref: p.Ref, Compartment: 1, Generation: 1})
	w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(raw)}}).is(200)
	if got := w.takenBack(); slices.Contains(got, [8]byte(p.Ref)) {
		t.Errorf("the parcel is taken, and revoked are %x", got)
	}
	w.callAs(cookie, http.MethodPost, path).refused(409, lockhouse.CodeConflict)
}
