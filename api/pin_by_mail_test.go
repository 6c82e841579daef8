package api_test

import (
	"net/http"
	"testing"

	"lockhouse"
)

// Whether mails carry the PIN is the recipient's to say, before what any shop says, of this and later parcels; where nobody asked for it they
// carry none.
func TestPINByMail(t *testing.T) {
	w := open(t, 4, nil)
	cookie := w.signedIn(w.announced("o1").Person, newPhone(t))
	wants := func(when string, want bool) {
		t.Helper()
		if got := w.callAs(cookie, http.MethodGet, "/v1/recipient/parcels").is(200).at("pin_by_mail"); got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
	choose := func(yes bool) {
		t.Helper()
		w.callAs(cookie, http.MethodPut, "/v1/recipient/pin-by-mail", map[string]any{"pin_by_mail": yes}).is(204)
	}
	announce := func(reference string, pinByMail bool) {
		t.Helper()
		order := goodParcel("T-" + reference)
		order["recipient"].(map[string]any)["pin_by_mail"] = pinByMail
		w.call("PUT", "/v1/parcels/"+reference, w.secrets[lockhouse.ScopeShop], order).is(200)
	}
	wants("nobody asked", false)
	announce("o1", true)
	wants("the shop was asked", true)
	choose(false)
	wants("chosen against", false)
	w.announced("o2")
	announce("o2", true)
	wants("chosen against, and another parcel's shop was asked", false)
	choose(true)
	w.announced("o3")
	wants("chosen, and another parcel's shop says nothing", true)
}
