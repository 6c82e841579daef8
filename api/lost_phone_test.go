package api_test

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/app/network"
	"lockhouse/trust/credential"
)

// takenBack gives the names that the locker is told are revoked.
func (w *world) takenBack() (names [][8]byte) {
	w.t.Helper()
	want, err := w.Fleet().Desired(w.t.Context(), w.locker.ID)
	w.must(err)
	for _, r := range want.Revoked {
		names = append(names, r.Name)
	}
	return names
}

// Somebody lost a phone, and says so from another: the lost one is signed out, and the locker in which their parcel lies is told that
// what it was granted is void. Their other phone goes on, a stranger's too, and saying it twice is as good as once.
func TestLostPhone(t *testing.T) {
	w := open(t, 4, nil)
	p := w.announced("o1")
	w.stored(p, 1)
	lost, mine := newPhone(t), newPhone(t)
	lostCookie, cookie := w.signedIn(p.Person, lost), w.signedIn(p.Person, mine)
	for range 2 {
		w.callAs(cookie, http.MethodPost, "/v1/recipient/sign-out-others").is(204)
	}
	w.callAs(lostCookie, http.MethodGet, "/v1/recipient/parcels").refused(401, lockhouse.CodeUnauthorised)
	w.callAs(cookie, http.MethodGet, "/v1/recipient/parcels").is(200)
	if got, want := w.takenBack(), credential.Thumbprint(public(t, lost)); !slices.Equal(got, [][8]byte{want}) {
		t.Errorf("revoked are %x, want %x", got, want)
	}
	w.clock.advance(25 * time.Hour)
	if got := w.takenBack(); len(got) != 0 {
		t.Errorf("%x are revoked after their grants have ended", got)
	}
}

// A shop corrects the mailbox of a parcel that lies in a locker: phones that came by the wrong one are void there.
func TestCorrectedAddressRevokes(t *testing.T) {
	w := open(t, 4, nil)
	p := w.announced("o1")
	w.stored(p, 1)
	wrong := newPhone(t)
	w.signedIn(p.Person, wrong)
	order := goodParcel(p.Tracking)
	order["recipient"].(map[string]any)["email"] = "ada.lovelace@example.org"
	w.call("PUT", "/v1/parcels/o1", w.secrets[lockhouse.ScopeShop], order).is(200)
	if got, want := w.takenBack(), credential.Thumbprint(public(t, wrong)); !slices.Equal(got, [][8]byte{want}) {
		t.Errorf("revoked are %x, want %x", got, want)
	}
}

// An operator revokes by the name in a receipt. A locker keeps 64 at a time, one a name; there is room again when some have ended.
func TestOperatorRevokes(t *testing.T) {
	w := open(t, 1, nil)
	operator := w.secrets[lockhouse.ScopeOperator]
	path := "/v1/operator/lockers/" + string(w.locker.ID) + "/revocations"
	revoke := func(n int) reply {
		return w.call("POST", path, operator, map[string]any{"name": fmt.Sprintf("%016x", n)})
	}
	w.call("POST", path, operator, map[string]any{"name": "no name"}).refused(400, lockhouse.CodeMalformed)
	w.call("POST", "/v1/operator/lockers/lkr_0000000000000099/revocations", operator, map[string]any{"name": hex.EncodeToString(make([]byte, 8))}).refused(404, lockhouse.CodeNotFound)
	for n := range lockhouse.MaxRevocations {
		if got := revoke(n).is(200); got.at("desired_version") != float64(n+1) {
			t.Fatalf("%s", got.raw)
		}
	}
	revoke(0).is(200)
	revoke(100).refused(429, lockhouse.CodeTooMany)
	w.clock.advance(24*time.Hour + time.Second)
	revoke(100).is(200)
	if got := w.takenBack(); len(got) != 1 {
		t.Errorf("%x are revoked", got)
	}
}

// Phones carry no mail unless the operator wants it, and none where the locker's own line brings it.
func TestMailByPhone(t *testing.T) {
	for _, on := range []bool{false, true} {
		w := open(t, 4, func(c *network.Config) { c.MailByPhone = on })
		p := w.announced("o1")
		w.stored(p, 1)
		cookie := w.signedIn(p.Person, newPhone(t))
		mail := func() any {
			return w.callAs(cookie, http.MethodGet, "/v1/recipient/parcels").is(200).at("parcels", 0, "mail")
		}
		if (mail() != nil) != on {
			t.Errorf("by phone is %t, and mail is %v", on, mail())
		}
		ask := w.call("POST", "/v1/lockers/"+string(w.locker.ID)+"/mail", "", map[string]any{"nonce": b64(make([]byte, 16))})
		if !on {
			ask.refused(404, lockhouse.CodeNotFound)
			continue
		}
		if ask.is(200).at("mail") == "" {
			t.Error("asked on the spot, and there is no mail")
		}
		w.call("POST", "/v1/lockers/"+string(w.locker.ID)+"/mail", "", map[string]any{"nonce": "AAAA"}).refused(400, lockhouse.CodeMalformed)
		w.must(w.Fleet().Heard(t.Context(), w.locker.ID, "v1"))
		if mail() != nil {
			t.Error("its line is up, and phones carry mail")
		}
	}
}
