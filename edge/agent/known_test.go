package agent_test

import (
	"errors"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
)

// TestKnown: the network's word that the present keyset is known to it is kept once, over starts, and shown with its card while the former
// one is taken. What is said to the former keyset, or of another, is no such word; that of the keyset before is none of this one.
func TestKnown(t *testing.T) {
	w := newWorld(t)
	n := w.network()
	shows := func(is bool) {
		t.Helper()
		want := lockhouse.OutcomeConflict
		if is {
			want = lockhouse.OutcomeDone
		}
		n.wants(lockhouse.CommandShow, lockhouse.KeysetName{}, want)
		card, known := n.agent.Shown()
		if !is && card == nil && known == nil {
			return
		}
		issuers, err := credential.NewIssuers(public(t, "issuer"))
		must(t, err)
		said, err := credential.VerifyCommand(credential.Trusted{Issuers: issuers, Shared: n.present.Shared}, known)
		if !is || err != nil || said.Verb != lockhouse.CommandKnown || said.Keyset != n.present.Name || credential.KeysetNameOf(card) != n.present.Name {
			t.Errorf("it shows %+v, %v", said, err)
		}
	}
	n.wants(lockhouse.CommandKnown, lockhouse.KeysetName{}, lockhouse.OutcomeConflict) // they came with it
	shows(false)
	before := *n
	for changes := range 2 {
		n.changed()
		shows(false)
		n.wants(lockhouse.CommandKnown, lockhouse.KeysetName{1}, lockhouse.OutcomeConflict)
		if changes == 0 {
			before.wants(lockhouse.CommandKnown, n.present.Name, lockhouse.OutcomeConflict)
			w.known.err = errors.New("the disk is full")
			n.wants(lockhouse.CommandKnown, n.present.Name, lockhouse.OutcomeBusy)
			w.known.err = nil
		}
		shows(false)
		writes := w.known.writes
		for range 3 {
			n.wants(lockhouse.CommandKnown, n.present.Name, lockhouse.OutcomeDone)
			w.start()
			must(t, n.agent.SetTime(n.time()))
		}
		if w.known.writes != writes+1 {
			t.Errorf("written %d times", w.known.writes-writes)
		}
		shows(true)
		n.wants(lockhouse.CommandForget, n.present.Name, lockhouse.OutcomeDone)
		shows(false)
	}
	w.known.err = errors.New("the disk can't be read")
	w.start() // which no door waits for
}
