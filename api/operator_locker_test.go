package api_test

import (
	"testing"

	"lockhouse"
)

// TestAcknowledgeFault: two receipts with one number are a fault until an operator says that somebody has looked.
func TestAcknowledgeFault(t *testing.T) {
	w := open(t, 2, nil)
	before := w.head
	first := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptStarted})
	w.seq, w.head = w.seq-1, before
	second := w.sign(lockhouse.Receipt{Kind: lockhouse.ReceiptOpened, Compartment: 1})
	for _, raw := range [][]byte{first, second} {
		w.call("POST", "/v1/receipts", "", map[string]any{"receipts": []string{b64(raw)}}).is(200)
	}
	operator := w.secrets[lockhouse.ScopeOperator]
	fault := func() any {
		detail := w.call("GET", "/v1/operator/sites/"+string(w.site), operator, nil).is(200)
		return detail.at("lockers").([]any)[0].(map[string]any)["fault"]
	}
	if got := fault(); got != "contradiction" {
		t.Fatalf("the fault is %v", got)
	}
	for range 2 {
		got := w.call("POST", "/v1/operator/lockers/"+string(w.locker.ID)+"/fault/acknowledge", operator, nil).is(200)
		if got.at("fault") != "" || fault() != "" {
			t.Fatalf("the fault stays: %s", got.raw)
		}
	}
}
