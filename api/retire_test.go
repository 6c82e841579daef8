package api_test

import (
	"testing"

	"lockhouse"
	"lockhouse/app/locker"
)

// TestRetireLocker: one with a parcel inside is not retired by mistake; forced, it takes nothing in and what lies inside still
// comes out; stolen, nobody is sent to it, nothing that it says counts; and the register has each step.
func TestRetireLocker(t *testing.T) {
	w := open(t, 4, nil)
	operator := w.secrets[lockhouse.ScopeOperator]
	p := w.announced("inside")
	w.stored(p, 3)
	w.announced("coming")
	path := "/v1/operator/lockers/" + string(w.locker.ID) + "/retire"
	cookie := w.signedIn(p.Person, newPhone(t))
	mayOpen := func() bool {
		for _, one := range w.callAs(cookie, "GET", "/v1/recipient/parcels").is(200).at("parcels").([]any) {
			if one := one.(map[string]any); one["id"] == string(p.ID) {
				return one["grant"] != nil
			}
		}
		return false
	}
	sheet := func() int {
		got := w.call("POST", "/v1/courier/manifest", w.secrets[lockhouse.ScopeCourier], map[string]any{"locker_id": w.locker.ID, "phone_key": b64(public(t, newPhone(t)))})
		if got.status != 200 {
			return 0
		}
		return len(got.at("targets").([]any))
	}
	if sheet() == 0 || !mayOpen() {
		t.Fatal("nothing is to be done there before")
	}
	w.call("POST", path, operator, map[string]any{"forced": false, "stolen": false}).refused(409, lockhouse.CodeConflict)
	for range 2 {
		if got := w.call("POST", path, operator, map[string]any{"forced": true, "stolen": false}).is(200); got.at("asked_at") == nil || got.at("done_at") != nil {
			t.Fatalf("%s", got.raw)
		}
	}
	if sheet() != 0 || !mayOpen() {
		t.Errorf("a courier has %d parcels to put in, the recipient may open: %t", sheet(), mayOpen())
	}
	w.call("PUT", "/v1/holds/later", w.secrets[lockhouse.ScopeShop], w.goodHold()).refused(422, lockhouse.CodeTooLarge)
	if got := w.call("POST", path, operator, map[string]any{"forced": false, "stolen": true}).is(200); got.at("done_at") == nil {
		t.Fatalf("%s", got.raw)
	}
	if mayOpen() {
		t.Error("somebody is sent to a stolen locker")
	}
	said := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptCollected, Ref: p.Ref, Compartment: 3, Generation: 1, Grant: lockhouse.GrantID{2}})
	w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(said)}}).refused(403, lockhouse.CodeForbidden)
	if got := w.entries(); len(got) != 2 || got[0] != "locker.retired" || got[1] != "locker.retired" {
		t.Errorf("%v", got)
	}
}

// TestRetiredLockerIsNotEnrolled: whatever code a retired locker comes with, its keys are not answered as those of one at work; new ones are.
// An operator says in its place that it is done, with a reason that stands in the register.
func TestRetiredLockerIsNotEnrolled(t *testing.T) {
	w := open(t, 1, nil)
	s, code, operator := newSteel(w), w.invite("B"), w.secrets[lockhouse.ScopeOperator]
	was, err := s.enrol(code)
	w.must(err)
	path := "/v1/operator/lockers/" + string(was.Locker) + "/retire"
	conclude := func() reply { return w.call("POST", path+"/conclude", operator, map[string]any{"reason": "silent"}) }
	conclude().refused(409, lockhouse.CodeConflict) // it is at work
	w.call("POST", path, operator, map[string]any{"forced": false, "stolen": false}).is(200)
	for _, code := range []string{code, w.invite("B")} {
		if _, err := s.enrol(code); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
			t.Errorf("retired: %v", err)
		}
		if got := conclude().is(200); got.at("done_at") == nil {
			t.Errorf("concluded: %s", got.raw)
		}
	}
	if got := w.entries(); len(got) != 2 {
		t.Errorf("in the register: %v", got)
	}
	w.must(locker.ForgetIdentity(s.config.StateDir))
	if next, err := s.enrol(w.invite("B")); err != nil || next.Locker == was.Locker {
		t.Errorf("with new keys: %+v, %v", next, err)
	}
}
