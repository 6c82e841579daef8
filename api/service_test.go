package api_test

import (
	"encoding/base64"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/auth"
	"lockhouse/trust/credential"
)

// someone gives the key of one more operator, made at the terminal.
func (w *world) someone(label string) string {
	w.t.Helper()
	_, secret, err := w.Auth().CreateKey(w.t.Context(), auth.KeyOrder{Scope: lockhouse.ScopeOperator, Label: label})
	w.must(err)
	return secret
}

// entries reads the register, and holds that it is a chain.
func (w *world) entries() (kinds []string) {
	w.t.Helper()
	list := w.call("GET", "/v1/register", "", nil).is(200)
	before := b64(make([]byte, 32))
	for i, one := range list.at("entries").([]any) {
		e := one.(map[string]any)
		if e["n"] != float64(i+1) || e["prev"] != before {
			w.t.Errorf("entry %d does not follow: %v", i+1, e)
		}
		before = e["hash"].(string)
		kinds = append(kinds, e["kind"].(string))
	}
	return kinds
}

func (w *world) askService(secret string, phone string, compartment int) reply {
	w.t.Helper()
	return w.call("POST", "/v1/operator/lockers/"+string(w.locker.ID)+"/services", secret, map[string]any{"compartment": compartment, "reason": "stuck_door", "phone_key": phone})
}

// TestServiceTakesTwoPeople: nobody opens a door alone, nor by asking twice, nor late; the register has it before any grant is
// given out; the grant is for one door and one phone; and whose parcel lies inside is told.
func TestServiceTakesTwoPeople(t *testing.T) {
	w := open(t, 4, nil)
	first, second, third := w.secrets[lockhouse.ScopeOperator], w.someone("second"), w.someone("third")
	p := w.announced("o1")
	w.stored(p, 3)
	phone := newPhone(t)
	asked := w.askService(first, b64(public(t, phone)), 3).is(201)
	path := "/v1/operator/services/" + asked.at("ref").(string)
	w.call("POST", path+"/approve", first, nil).refused(403, lockhouse.CodeForbidden)
	for _, who := range []string{first, second} {
		if got := w.call("GET", path, who, nil).is(200); got.at("grant") != nil {
			t.Fatalf("one person has a grant: %s", got.raw)
		}
	}
	if got := w.entries(); len(got) != 1 || got[0] != "service.asked" {
		t.Fatalf("%v", got)
	}
	w.call("POST", path+"/approve", second, nil).is(200)
	w.call("POST", path+"/approve", second, nil).is(200) // twice is as good as once
	w.call("POST", path+"/approve", third, nil).refused(409, lockhouse.CodeConflict)
	if got := w.entries(); len(got) != 2 || got[1] != "service.approved" {
		t.Fatalf("%v before any grant is given out", got)
	}
	got := w.call("GET", path, first, nil).is(200)
	raw, err := base64.RawURLEncoding.DecodeString(got.at("grant").(string))
	w.must(err)
	issuers, err := credential.NewIssuers(w.IssuerKey())
	w.must(err)
	g, err := credential.VerifyGrant(credential.Trusted{Issuers: issuers, Shared: w.locker.AdvertKey}, raw)
	w.must(err)
	if len(g.Targets) != 1 || g.Targets[0].Verb != lockhouse.VerbService || g.Targets[0].Compartment != 3 || b64(g.PhoneKey) != b64(public(t, phone)) || g.ExpiresAt.Sub(w.clock.now()) > 15*time.Minute {
		t.Fatalf("%+v", g)
	}

	for _, kind := range []lockhouse.ReceiptKind{lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, lockhouse.ReceiptService} {
		said := w.sign(lockhouse.Receipt{Kind: kind, Ref: g.Targets[0].Ref, Compartment: 3, Grant: g.ID})
		w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(said)}}).is(200)
	}
	if got := w.entries(); len(got) != 4 || got[2] != "service.opened" || got[3] != "service.shut" {
		t.Errorf("%v", got)
	}
	if got := w.call("GET", path, first, nil).is(200); got.at("grant") != nil || got.at("opened_at") == nil {
		t.Errorf("it may be opened again: %s", got.raw)
	}
	again := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptOpened, Ref: g.Targets[0].Ref, Compartment: 3, Grant: g.ID}) // by a locker that lost its journal
	w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(again)}}).is(200)
	if got := w.entries(); len(got) != 5 || got[4] != "service.opened" {
		t.Errorf("a second opening: %v", got)
	}
	if is := w.parcel("o1"); is.State != lockhouse.ParcelDroppedOff {
		t.Errorf("the parcel is %s", is.State)
	}
	told := false
	timeline := w.call("GET", "/v1/operator/parcels/"+string(p.ID), first, nil).is(200)
	for _, e := range timeline.at("timeline").([]any) {
		told = told || e.(map[string]any)["kind"] == string(lockhouse.EventDoorService)
	}
	if !told {
		t.Errorf("the parcel's timeline does not say so: %s", timeline.raw)
	}
}

// TestServiceIsOver: a yes after a quarter of an hour is none, and a grant is not given out later than that.
func TestServiceIsOver(t *testing.T) {
	w := open(t, 4, nil)
	first, second := w.secrets[lockhouse.ScopeOperator], w.someone("second")
	phone := b64(public(t, newPhone(t)))
	late := "/v1/operator/services/" + w.askService(first, phone, 1).is(201).at("ref").(string)
	w.clock.advance(15 * time.Minute)
	w.call("POST", late+"/approve", second, nil).refused(410, lockhouse.CodeLapsed)
	path := "/v1/operator/services/" + w.askService(first, phone, 1).is(201).at("ref").(string)
	w.clock.advance(14 * time.Minute)
	w.call("POST", path+"/approve", second, nil).is(200)
	w.clock.advance(15 * time.Minute)
	if got := w.call("GET", path, first, nil).is(200); got.at("grant") != nil {
		t.Errorf("%s", got.raw)
	}
	w.askService(first, phone, 99).refused(404, lockhouse.CodeNotFound)
	w.askService(first, "AAAA", 1).refused(400, lockhouse.CodeMalformed)
}

// TestServiceByARevokedKey: what was asked for with a key that is revoked since is not approved, and where it was, no grant is
// given out any more, whosever of the two keys it was.
func TestServiceByARevokedKey(t *testing.T) {
	w := open(t, 4, nil)
	boss, phone := w.secrets[lockhouse.ScopeOperator], b64(public(t, newPhone(t)))
	ask := func(by string) string {
		return "/v1/operator/services/" + w.askService(by, phone, 1).is(201).at("ref").(string)
	}
	revoke := func(label string) {
		for _, k := range w.call("GET", "/v1/operator/keys", boss, nil).is(200).at("keys").([]any) {
			if k := k.(map[string]any); k["label"] == label {
				w.call("DELETE", "/v1/operator/keys/"+k["id"].(string), boss, nil).is(204)
			}
		}
	}
	path := ask(w.someone("asker"))
	revoke("asker")
	if got := w.call("GET", "/v1/operator/services", boss, nil).is(200).at("services").([]any)[0].(map[string]any); got["state"] != "void" {
		t.Errorf("it is shown as %v", got["state"])
	}
	w.call("POST", path+"/approve", boss, nil).refused(403, lockhouse.CodeForbidden)
	path = ask(boss)
	w.call("POST", path+"/approve", w.someone("approver"), nil).is(200)
	if got := w.call("GET", path, boss, nil).is(200); got.at("grant") == nil {
		t.Fatalf("no grant: %s", got.raw)
	}
	revoke("approver")
	w.call("GET", path, boss, nil).refused(403, lockhouse.CodeForbidden)
}

// TestServiceDeclined: a second person says no, or who asked takes it back; then nobody approves it any more, and the register has both
// words. What operators are shown of it is what they judge it by.
func TestServiceDeclined(t *testing.T) {
	w := open(t, 4, nil)
	first, second := w.secrets[lockhouse.ScopeOperator], w.someone("second")
	w.stored(w.announced("o1"), 3)
	phone := b64(public(t, newPhone(t)))
	list := func(who string) (states []string, all []map[string]any) {
		for _, one := range w.call("GET", "/v1/operator/services", who, nil).is(200).at("services").([]any) {
			one := one.(map[string]any)
			states, all = append(states, one["state"].(string)), append(all, one)
		}
		return states, all
	}
	for _, who := range []string{first, second} {
		path := "/v1/operator/services/" + w.askService(first, phone, 3).is(201).at("ref").(string)
		w.call("POST", path+"/decline", who, nil).is(200)
		w.call("POST", path+"/decline", second, nil).is(200) // twice is as good as once
		w.call("POST", path+"/approve", second, nil).refused(409, lockhouse.CodeConflict)
		if got := w.call("GET", path, first, nil).is(200); got.at("grant") != nil || got.at("state") != "declined" {
			t.Errorf("%s", got.raw)
		}
		w.clock.advance(time.Second)
	}
	if got := w.entries(); len(got) != 4 || got[1] != "service.declined" || got[3] != "service.declined" {
		t.Errorf("%v", got)
	}
	path := "/v1/operator/services/" + w.askService(first, phone, 3).is(201).at("ref").(string)
	states, all := list(second)
	if len(states) != 3 || states[0] != "asked" || states[1] != "declined" {
		t.Fatalf("%v", states)
	}
	if is := all[0]; is["mine"] != false || is["occupied"] != true || is["asked_name"] == "" || is["site"] != "Police station" {
		t.Errorf("the second person sees %v", is)
	}
	if _, all := list(first); all[0]["mine"] != true {
		t.Errorf("who asked sees %v", all[0])
	}
	w.call("POST", path+"/approve", second, nil).is(200)
	w.call("POST", path+"/decline", first, nil).refused(409, lockhouse.CodeConflict)
	if states, all := list(first); states[0] != "approved" || all[0]["answer_name"] != "second" {
		t.Errorf("%v", all[0])
	}
	w.clock.advance(15 * time.Minute)
	if states, _ := list(first); states[0] != "missed" {
		t.Errorf("%v", states)
	}
	w.clock.advance(24 * time.Hour)
	if states, _ := list(first); len(states) != 0 {
		t.Errorf("a day later: %v", states)
	}
}

// TestNobodyMakesASecondPerson: an operator's key is made at the terminal, and not by an operator.
func TestNobodyMakesASecondPerson(t *testing.T) {
	w := open(t, 1, nil)
	w.call("POST", "/v1/operator/keys", w.secrets[lockhouse.ScopeOperator], map[string]any{"scope": "operator", "label": "me too"}).refused(400, lockhouse.CodeMalformed)
}
