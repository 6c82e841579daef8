package agent

import (
	"crypto"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// A locker's keys change in three steps, each at the network's command, each kept before it is said or done: the next keyset is made, and
// its card says which it is (rekey); it becomes the present one, once the network knows it (switchTo); the former one is
// forgotten (forget). Between the last two the locker takes what was made for either. A session is judged by the keyset in whose
// static key its phone spoke, and by no other.

// Keysets keeps a locker's keysets, but for the present one, which the agent is started with. What it keeps is durable when it returns.
type Keysets interface {
	// Former gives the keyset that is still taken beside the present one, or nil.
	Former() (*FormerKeyset, error)
	// Next gives the keyset that will be the present one, or nil.
	Next() (*NextKeyset, error)
	// Rekeyed gives what Switch was given to say that the present keyset is in use, also after the former one is forgotten; nil of the first.
	Rekeyed() []byte
	// Make draws keys of which KeepNext makes the next keyset. Those that were drawn before and not kept are no more.
	Make() (credential.OwnKeyset, error)
	// KeepNext keeps the drawn keys, or the next ones, with this shared key and this card.
	KeepNext(shared, card []byte) error
	// Switch makes the next keyset the present one and the present one the former, all of it or nothing. An error with
	// lockhouse.CodeNotKept says that surely nothing changed; after any other the next start knows.
	Switch(Succession) error
	// Forget removes the former keyset.
	Forget() error
}

// NextKeyset is a keyset that is not used yet, and the card that says so.
type NextKeyset struct {
	credential.OwnKeyset
	Card []byte
}

// FormerKeyset is a keyset that was used before the present one, and how the one followed the other.
type FormerKeyset struct {
	credential.OwnKeyset
	Succession
}

// Succession is what is kept of a switch as long as the former keyset is taken.
type Succession struct {
	Card    []byte        // by which the present keyset came
	Rekeyed []byte        // says to the network that it is in use
	Signs   []byte        // says to phones which receipt key signs now
	NamesTo lockhouse.Day // until that day the locker advertises by the former keyset, which phones know
}

// namesKeptDays is for how long phones know the names of a locker: those of the day on which they asked, and of the next.
const namesKeptDays = 1

// own gives the present keyset.
func (a *Agent) own() credential.OwnKeyset {
	return credential.OwnKeyset{Static: a.Static, Receipt: a.Receipt, Shared: a.config.Trusted.Shared}
}

// keysets gives those that are taken, the present one first.
func (a *Agent) keysets() []credential.OwnKeyset {
	if a.former == nil {
		return []credential.OwnKeyset{a.own()}
	}
	return []credential.OwnKeyset{a.own(), a.former.OwnKeyset}
}

// recallKeysets reads what is kept beside the present keyset.
func (a *Agent) recallKeysets() (err error) {
	if a.Keysets == nil {
		return nil
	}
	if a.former, err = a.Keysets.Former(); err != nil {
		return err
	}
	a.next, err = a.Keysets.Next()
	return err
}

// believe takes the network's word by these issuer keys from now on, for each keyset that is taken.
func (a *Agent) believe(issuers credential.Issuers) {
	t := credential.Trusted{Issuers: issuers, Shared: a.own().Shared}
	if a.former != nil {
		t.Former = a.former.Shared
	}
	a.trust.Store(&t)
}

// greeting is a first message that was read.
type greeting struct {
	responder *wire.Responder
	keyset    credential.OwnKeyset // in whose static key it was said
	former    bool                 // which is the former one
	payload   []byte
	ephemeral []byte
}

// greeted reads a first message in the present keyset, or else in the former one.
func (a *Agent) greeted(m1, info []byte) (g greeting, err error) {
	for i, k := range a.keysets() {
		if g.responder, err = wire.NewResponder(k.Static, info, a.Random); err != nil {
			return g, err
		}
		if g.payload, g.ephemeral, err = g.responder.First(m1); err == nil {
			g.keyset, g.former = k, i > 0
			return g, nil
		}
	}
	return g, err
}

// succession is what a phone is told that came with the former keyset: which receipt key signs now.
func (a *Agent) succession(former bool) []byte {
	if former {
		return a.former.Signs
	}
	return nil
}

// KeyCard gives the card of the next keyset; where the change to it is not over, of the present one; else nothing.
func (a *Agent) KeyCard() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.next != nil:
		return a.next.Card
	case a.former != nil:
		return a.former.Card
	}
	return nil
}

// Rekeyed gives the word for the network that the present keyset is in use; nil of the first. It is said for good: a store that is set back to
// before the switch may know this keyset as the next one alone, and would speak by one that is forgotten here.
func (a *Agent) Rekeyed() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.Keysets == nil {
		return nil
	}
	return a.Keysets.Rekeyed()
}

// CallKey gives the key with which the locker calls: the present receipt key, or the former one, nil where none is taken.
func (a *Agent) CallKey(former bool) crypto.Signer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !former {
		return a.Receipt
	}
	if a.former == nil {
		return nil
	}
	return a.former.Receipt
}

// NamesKey gives the shared key from which the locker's name of a day follows.
func (a *Agent) NamesKey(day lockhouse.Day) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.former != nil && day <= a.former.NamesTo {
		return a.former.Shared
	}
	return a.own().Shared
}
