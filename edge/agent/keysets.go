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

// rekey makes the next keyset, unless there is one, and its card: agreed on with the issuer key that the network signs with just now. Where the last
// change is not over, its card is said again.
func (a *Agent) rekey(statement []byte) lockhouse.Outcome {
	if a.Keysets == nil {
		return lockhouse.OutcomeUnknown
	}
	if a.former != nil {
		return lockhouse.OutcomeDone
	}
	id, err := credential.IssuerOf(statement)
	if err != nil {
		return lockhouse.OutcomeForeign
	}
	if a.next != nil && credential.KeyCardIssuer(a.next.Card) == id {
		return lockhouse.OutcomeDone
	}
	if err := a.makeNext(id); err != nil {
		return lockhouse.OutcomeBusy
	}
	return lockhouse.OutcomeDone
}

func (a *Agent) makeNext(issuer credential.KeyID) (err error) {
	var next NextKeyset
	if a.next != nil {
		next = *a.next
	} else if next.OwnKeyset, err = a.Keysets.Make(); err != nil {
		return err
	}
	public, err := a.trusted().Issuers[issuer].Bytes()
	if err != nil {
		return err
	}
	if next.Card, next.Shared, err = credential.MakeKeyCard(a.config.Locker, a.own(), next.OwnKeyset, public); err != nil {
		return err
	}
	if err := a.Keysets.KeepNext(next.Shared, next.Card); err != nil {
		return err
	}
	a.next = &next
	return nil
}

// switchTo makes the next keyset the present one, if it is the one that the network knows. While a phone is being served it waits: that
// phone would not know by which key its receipts are signed. Done already, it is done.
func (a *Agent) switchTo(name lockhouse.KeysetName) lockhouse.Outcome {
	switch {
	case a.Keysets == nil:
		return lockhouse.OutcomeUnknown
	case a.former != nil && credential.KeysetNameOf(a.former.Card) == name:
		return lockhouse.OutcomeDone
	case a.next == nil || a.former != nil || credential.KeysetNameOf(a.next.Card) != name:
		return lockhouse.OutcomeConflict
	case a.serving() || a.failed != nil:
		return lockhouse.OutcomeBusy
	}
	pins, err := a.pinsOf(a.trusted().Issuers, a.next.OwnKeyset, a.own())
	if err != nil {
		return lockhouse.OutcomeBusy
	}
	follows, err := a.followedBy(*a.next)
	if err == nil {
		err = a.Keysets.Switch(follows)
	}
	if err != nil {
		if lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
			_ = a.fail(err)
		}
		return lockhouse.OutcomeBusy
	}
	a.former = &FormerKeyset{a.own(), follows}
	a.Static, a.Receipt, a.config.Trusted.Shared, a.next = a.next.Static, a.next.Receipt, a.next.Shared, nil
	a.static, a.pins = a.Static.PublicKey().Bytes(), pins
	a.believe(a.trusted().Issuers)
	a.announce()
	return lockhouse.OutcomeDone
}

// serving tells whether a phone is being served. One that fell silent is not.
func (a *Agent) serving() bool {
	a.endStale()
	for _, s := range a.sessions {
		if s.channel != nil {
			return true
		}
	}
	return false
}

// followedBy says how a keyset follows the present one, which has signed every receipt so far and signs no other.
func (a *Agent) followedBy(next NextKeyset) (s Succession, err error) {
	s = Succession{Card: next.Card, NamesTo: lockhouse.DayOf(a.clock.floor(a.Now()).UTC()) + namesKeptDays}
	said := credential.Rekeyed{Locker: a.config.Locker, Keyset: credential.KeysetNameOf(next.Card), Through: a.state.Seq}
	if s.Rekeyed, err = credential.SignRekeyed(next.Receipt, said); err != nil {
		return s, err
	}
	public, err := credential.PublicKey(next.Receipt)
	if err != nil {
		return s, err
	}
	s.Signs, err = credential.Succeed(a.Receipt, a.config.Locker, public)
	return s, err
}

// forget ends what the former keyset is worth here, and the sessions of phones that came with it. Done already, it is done. How the locker is to
// be it must have heard under the present keyset first: after a start it would not know its own file any more.
func (a *Agent) forget(present lockhouse.KeysetName) lockhouse.Outcome {
	switch {
	case a.Keysets == nil:
		return lockhouse.OutcomeUnknown
	case a.former == nil:
		return lockhouse.OutcomeDone
	case credential.KeysetNameOf(a.former.Card) != present:
		return lockhouse.OutcomeConflict
	case a.leans():
		return lockhouse.OutcomeBusy
	}
	pins, err := a.pinsOf(a.trusted().Issuers, a.own())
	if err != nil || a.Keysets.Forget() != nil {
		return lockhouse.OutcomeBusy
	}
	for _, s := range a.sessions {
		if s.former {
			s.end()
		}
	}
	a.former, a.pins = nil, pins
	a.believe(a.trusted().Issuers)
	a.announce()
	return lockhouse.OutcomeDone
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
