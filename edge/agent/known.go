package agent

import (
	"bytes"

	"lockhouse"
	"lockhouse/trust/credential"
)

// A network that is set back to before a change of the locker's keys knows the former ones alone, and by those it must not believe whoever
// has them: they may be in two hands. So the locker keeps the network's own word, from when it knew the present keyset, that it does: said with the
// issuer key and countersigned by a shared key that follows from the present keys, and naming them.

// noteKnown keeps the network's word that the present keyset is known to it. Done already, it is done.
func (a *Agent) noteKnown(statement []byte) lockhouse.Outcome {
	switch {
	case a.Keysets == nil || a.Known == nil:
		return lockhouse.OutcomeUnknown
	case !a.isKnown(statement):
		return lockhouse.OutcomeConflict
	case a.known != nil:
		return lockhouse.OutcomeDone
	case a.Known.Write(statement) != nil:
		return lockhouse.OutcomeBusy
	}
	a.known = bytes.Clone(statement)
	return lockhouse.OutcomeDone
}

// isKnown tells whether a statement is that word, of the present keyset. Once there is no former one, nobody needs it any more.
func (a *Agent) isKnown(statement []byte) bool {
	if a.former == nil {
		return false
	}
	c, err := credential.VerifyCommand(credential.Trusted{Issuers: a.trusted().Issuers, Shared: a.own().Shared}, statement)
	return err == nil && c.Locker == a.config.Locker && c.Verb == lockhouse.CommandKnown && c.Keyset == credential.KeysetNameOf(a.former.Card)
}

// recallKnown reads what was kept. Of another keyset, or not to be read, it is as none: no door waits for it.
func (a *Agent) recallKnown() {
	if a.Known == nil {
		return
	}
	if statement, err := a.Known.Read(); err == nil && a.isKnown(statement) {
		a.known = statement
	}
}

// mayShow tells whether there is something to show.
func (a *Agent) mayShow() lockhouse.Outcome {
	if a.Keysets == nil {
		return lockhouse.OutcomeUnknown
	}
	if a.former == nil || a.known == nil {
		return lockhouse.OutcomeConflict
	}
	return lockhouse.OutcomeDone
}

// Shown gives the card of the present keyset, and the network's word that it was known to it; nothing where there is none.
func (a *Agent) Shown() (card, known []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mayShow() != lockhouse.OutcomeDone {
		return nil, nil
	}
	return a.former.Card, a.known
}
