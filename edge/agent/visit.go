package agent

import (
	"errors"

	"lockhouse"
	"lockhouse/trust/access"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// greet takes a first message: the handshake, the grant, the proof, and perhaps the first door. What can be read is
// answered inside the channel; what can't is refused by the radio, and says nothing.
func (s *Session) greet(m1 []byte) error {
	a := s.agent
	if s.firsts++; s.firsts > s.maxFirst() {
		s.end()
		return wire.ATTClosed
	}
	info := s.info
	if err := s.renew(); err != nil { // the nonce is spent, whatever comes of it
		s.end()
		return wire.ATTClosed
	}
	g, err := a.greeted(m1, info)
	if err != nil {
		return wire.ATTHandshake
	}
	s.former = g.former
	answer, admitted := s.present(g, credential.Meeting{Info: info, Static: g.keyset.Static.PublicKey().Bytes(), Ephemeral: g.ephemeral})
	answer.Succession = a.succession(g.former)
	plain, err := wire.Encode(answer)
	if err != nil {
		return wire.ATTHandshake
	}
	m2, channel, err := g.responder.Second(plain)
	if err != nil {
		return wire.ATTHandshake
	}
	if admitted {
		s.channel = channel
	}
	s.queue(m2)
	return nil
}

// present decides about what the phone showed. When it comes back, an armed door is durable.
func (s *Session) present(g greeting, m credential.Meeting) (answer wire.Admission, admitted bool) {
	p, presence, err := s.read(g.payload, m.Info)
	if err == nil {
		m.Grant, m.Presence = p.Grant, presence
		err = s.admit(m, p.Proof, g.keyset.Shared)
	}
	if err == nil && s.line {
		err = s.agent.checkPresence(s.grant, presence)
	}
	if err != nil {
		return wire.Admission{Admitted: wire.StatusOf(err)}, false
	}
	s.rejoin()
	if p.Open == nil {
		return wire.Admission{}, true
	}
	number, receipt, err := s.open(*p.Open, 0)
	if err != nil {
		return wire.Admission{Opening: wire.StatusOf(err)}, true
	}
	return wire.Admission{Compartment: uint16(number), Receipt: receipt}, true
}

// admit checks grant and proof, in the order of docs/latch.md. Only then does the grant's time of issue count as a sign
// that time has passed: the issuer signed it, and its phone is here.
func (s *Session) admit(m credential.Meeting, proof, shared []byte) error {
	a := s.agent
	if a.failed != nil {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable)
	}
	grant, err := credential.VerifyGrant(credential.Trusted{Issuers: a.trusted().Issuers, Shared: shared}, m.Grant)
	if err != nil {
		return unverified(err)
	}
	if err := credential.CheckProof(grant.PhoneKey, m, proof); err != nil {
		return lockhouse.RefuseAtDoor(lockhouse.CodeWrongPhone).Because(err)
	}
	now := a.Now()
	if err := access.Admit(grant, a.config.Locker, access.Clock{Floor: a.clock.floor(now), Quality: a.clock.quality(now)}); err != nil {
		return err
	}
	phone := credential.Thumbprint(grant.PhoneKey)
	if a.isRevoked(grant, phone) {
		return lockhouse.RefuseAtDoor(lockhouse.CodeLapsed)
	}
	a.clock.raise(grant.IssuedAt, now)
	s.grant, s.phone = grant, phone
	return nil
}

// unverified says of a grant or a pass what its bearer should know: one for another locker is good there.
func unverified(err error) error {
	code := lockhouse.CodeGrantInvalid
	if errors.Is(err, credential.ErrNotForThis) {
		code = lockhouse.CodeWrongLocker
	}
	return lockhouse.RefuseAtDoor(code).Because(err)
}

// hear takes a message inside the channel. One that can't be opened or read ends the session: the two sides no longer
// mean the same.
func (s *Session) hear(sealed []byte) error {
	plain, err := s.channel.Open(sealed)
	if err != nil {
		s.end()
		return wire.ATTChannel
	}
	message, err := wire.DecodeUp(plain)
	if err != nil {
		s.end()
		return wire.ATTChannel
	}
	switch m := message.(type) {
	case wire.Open:
		number, receipt, err := s.timely(func() (int, []byte, error) { return s.open(m.Index, m.Rank) })
		s.answer(m.Index, number, receipt, err)
	case wire.Misfit:
		number, receipt, err := s.timely(func() (int, []byte, error) { return s.misfit(m.Index) })
		s.answer(m.Index, number, receipt, err)
	case wire.Tail:
		s.fresh = s.agent.Now()
		s.say(wire.Receipts{Receipts: s.agent.tail(int(m.N))})
	case wire.Bye:
		s.end()
	}
	return nil
}

func (s *Session) answer(index uint8, number int, receipt []byte, err error) {
	if err != nil {
		number, receipt = 0, nil
	}
	s.say(wire.Answer{Index: index, Status: wire.StatusOf(err), Compartment: uint16(number), Receipt: receipt})
}
