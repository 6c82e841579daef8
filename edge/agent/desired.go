package agent

import (
	"errors"
	"fmt"
	"slices"

	"lockhouse"
	"lockhouse/trust/access"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// SetDesired takes the network's signed word on how the locker is to be, keeps it, and keeps to it. One that is not newer
// than what the locker has changes nothing, unless that was said to the former keyset and this to the present one, or this alone says in
// which zone the locker is; another locker's, or one that no issuer signed, is refused.
//
// Grants that it revokes open nothing any more, also those that were shown before. A compartment out of service takes no drop-off. What lies in one still comes out: whose it is, is not the network's to
// decide any more.
func (a *Agent) SetDesired(statement []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, err := a.setDesired(statement)
	return err
}

func (a *Agent) setDesired(statement []byte) (want lockhouse.Desired, err error) {
	locker, want, err := credential.VerifyDesired(a.trusted(), statement)
	if err != nil {
		return want, err
	}
	if locker != a.config.Locker {
		return want, errors.New("agent: another locker is to be so")
	}
	a.clock.raise(want.At, a.Now())
	if want.Version < a.desired || want.Version == a.desired && !a.outlasts(statement) && (a.zone != "" || want.Zone == "") {
		return want, nil
	}
	if err := a.know(want.Issuers); err != nil {
		return want, err
	}
	if a.Desired != nil {
		if err := a.Desired.Write(statement); err != nil {
			return want, fmt.Errorf("agent: keeping how the locker is to be: %w", err)
		}
	}
	a.keepTo(want)
	a.announce()
	return want, nil
}

// recallDesired keeps to what was kept. A file that is not the network's word any more, since its key changed, is as none:
// the line brings another.
func (a *Agent) recallDesired() error {
	if a.Desired == nil {
		return nil
	}
	statement, err := a.Desired.Read()
	if err != nil || len(statement) == 0 {
		return err
	}
	if locker, want, err := credential.VerifyDesired(a.trusted(), statement); err == nil && locker == a.config.Locker {
		a.keepTo(want)
	}
	return nil
}

// leans tells whether what is kept of how the locker is to be would be nobody's word without the former keyset.
func (a *Agent) leans() bool {
	if a.former == nil || a.Desired == nil || a.desired == 0 {
		return false
	}
	statement, err := a.Desired.Read()
	return err != nil || !a.saidToPresent(statement)
}

// outlasts tells whether a word is good without the former keyset, and the one that is kept is not.
func (a *Agent) outlasts(statement []byte) bool { return a.leans() && a.saidToPresent(statement) }

func (a *Agent) saidToPresent(statement []byte) bool {
	_, _, err := credential.VerifyDesired(credential.Trusted{Issuers: a.trusted().Issuers, Shared: a.own().Shared}, statement)
	return err == nil
}

func (a *Agent) keepTo(want lockhouse.Desired) {
	a.desired, a.channel, a.zone, a.revoked = want.Version, want.Channel, want.Zone, want.Revoked
	for number, d := range a.doors {
		_, out := slices.BinarySearch(want.OutOfService, number)
		d.OutOfService = out
	}
	for _, s := range a.sessions {
		if s.channel != nil && a.isRevoked(s.grant, s.phone) {
			s.end()
		}
	}
}

func (a *Agent) isRevoked(g lockhouse.Grant, phone [8]byte) bool {
	return access.Revoked(g, phone, a.revoked, a.clock.floor(a.Now()))
}

// takeMail takes the network's word that a phone carried: how the locker is to be, and that it is at least that late. Where the
// phone asked for it on the spot, with the nonce of this very meeting, it also says how late it is. Whoever brings it, and whatever
// else they want: it is signed, and an older one changes nothing.
func (a *Agent) takeMail(mail []byte, nonce [16]byte) {
	if mail == nil || a.failed != nil {
		return
	}
	statement, err := a.openMail(mail)
	if err != nil {
		return
	}
	want, err := a.setDesired(statement)
	if err != nil || want.Nonce != nonce || want.At.IsZero() {
		return
	}
	now := a.Now()
	a.clock.meet(now)
	if want.At.Before(a.config.NotBefore) {
		_ = a.correct(want.At, now) // a disk that does not take it is asked again
	}
}

// openMail opens what was sealed to the present static key, or to the former one.
func (a *Agent) openMail(mail []byte) (statement []byte, err error) {
	for _, k := range a.keysets() {
		if statement, err = credential.OpenMail(k.Static, mail, wire.MaxMailBytes); err == nil {
			return statement, nil
		}
	}
	return nil, err
}

// Zone gives the IANA name of the time zone in which the network says that the locker is, or "" where it leaves that to the locker's settings.
// It need not be one that this machine knows.
func (a *Agent) Zone() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.zone
}

// Channel gives the channel of versions that the network wants, or "" where it leaves that to the locker's settings.
func (a *Agent) Channel() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.channel
}
