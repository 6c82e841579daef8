package api_test

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

// changes has the locker change its keys, as it would on its line, and gives its next receipt key.
func (w *world) changes(through uint64) credential.OwnKeyset {
	w.t.Helper()
	static, err := newPhone(w.t).ECDH()
	w.must(err)
	next := credential.OwnKeyset{Static: static, Receipt: newPhone(w.t)}
	card, shared, err := credential.MakeKeyCard(w.locker.ID, credential.OwnKeyset{Receipt: w.signer, Shared: w.locker.AdvertKey}, next, w.IssuerKey())
	w.must(err)
	next.Shared = shared
	told, err := w.Fleet().Card(w.t.Context(), w.locker.ID, card)
	w.must(err)
	if told.Verb != lockhouse.CommandSwitch {
		w.t.Fatalf("it is told to %q", told.Verb)
	}
	said, err := credential.SignRekeyed(next.Receipt, credential.Rekeyed{Locker: w.locker.ID, Keyset: credential.KeysetNameOf(card), Through: through})
	w.must(err)
	w.must(w.Fleet().Rekeyed(w.t.Context(), w.locker.ID, said))
	return next
}

// TestRekeyLocker: an operator asks, and sees how far it is; what people are given follows the change; receipts that phones carry are
// known by either key, each as far as it goes, though this node remembers the former one for a minute; and a theft ends the former keys at once.
func TestRekeyLocker(t *testing.T) {
	w := open(t, 4, nil)
	operator := w.secrets[lockhouse.ScopeOperator]
	path := "/v1/operator/lockers/" + string(w.locker.ID) + "/keys"
	carry := func(raw []byte) reply {
		return w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(raw)}})
	}
	p := w.announced("inside")
	w.stored(p, 3)
	cookie := w.signedIn(p.Person, newPhone(t))
	carry(w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})).is(200)
	w.call("POST", "/v1/operator/lockers/lkr_0000000000000000/keys", operator, map[string]any{"anew": false}).refused(404, lockhouse.CodeNotFound)
	for range 2 {
		got := w.call("POST", path, operator, map[string]any{"anew": false}).is(200)
		keys := got.at("keys").(map[string]any)
		if got.at("outcome") != "unheard" || keys["asked_at"] == nil || keys["number"] != 0.0 || keys["known"] != false {
			t.Fatalf("%s", got.raw)
		}
	}
	w.call("POST", path+"/forget", operator, map[string]any{"forced": true}).refused(409, lockhouse.CodeConflict)
	late := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})
	through := w.seq
	beyond := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})
	next := w.changes(through)

	locker := func() map[string]any {
		one := w.callAs(cookie, "GET", "/v1/recipient/parcels").is(200).at("parcels").([]any)[0].(map[string]any)
		return one["place"].(map[string]any)["locker"].(map[string]any)
	}
	receiptKey, err := credential.PublicKey(next.Receipt)
	w.must(err)
	if l := locker(); l["static_key"] != b64(next.Static.PublicKey().Bytes()) || l["receipt_key"] != b64(receiptKey) || l["former_receipt_key"] != b64(w.locker.ReceiptKey) || len(l["advert_names"].([]any)) != 4 {
		t.Errorf("the phone is given %v", l)
	}
	carry(late).is(200)
	w.clock.advance(time.Minute) // for which this node remembers the former key as the present one
	carry(beyond).refused(400, lockhouse.CodeMalformed)
	raw, err := credential.SignReceipt(next.Receipt, lockhouse.Receipt{Locker: w.locker.ID, Boot: 1, Seq: through + 1, Kind: lockhouse.ReceiptStarted, Quality: lockhouse.TimeGood, At: w.clock.now(), Prev: credential.Link(late)})
	w.must(err)
	carry(raw).is(200)

	w.call("POST", path, operator, map[string]any{"anew": false}).refused(409, lockhouse.CodeConflict)
	w.call("POST", path+"/forget", operator, map[string]any{"forced": false}).refused(409, lockhouse.CodeConflict)
	for range 2 {
		got := w.call("POST", path+"/forget", operator, map[string]any{"forced": true}).is(200)
		if got.at("number") != 1.0 || got.at("takes_former") != false || got.at("changed_at") == nil {
			t.Errorf("%s", got.raw)
		}
	}
	if l := locker(); l["former_receipt_key"] != nil || len(l["advert_names"].([]any)) != 2 {
		t.Errorf("the phone is given %v", l)
	}
	w.must(w.Store().View(t.Context(), func(tx store.Tx) error {
		fault, err := tx.Fault(w.locker.ID)
		if fault != "" {
			t.Errorf("the fault is %q", fault)
		}
		return err
	}))
}
