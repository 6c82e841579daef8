package agent

import (
	"lockhouse"
	"lockhouse/trust/credential"
)

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
	a.former, a.known = &FormerKeyset{a.own(), follows}, nil
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
	a.former, a.known, a.pins = nil, nil, pins
	a.believe(a.trusted().Issuers)
	a.announce()
	return lockhouse.OutcomeDone
}
