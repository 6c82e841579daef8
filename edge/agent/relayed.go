package agent

import (
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// ConnectRelayed begins a session with a phone that comes over the locker's own line, by way of the network. It is as one by
// radio, but for three things. The network may be slow or hold a message back, so a command lives 15 s, by the locker's own
// stopwatch: from INFO to the first message, and from the last TAIL to an OPEN or MISFIT. Radio waves end at the other side
// of the street and a network does not, so the first message has a presence code (presence.go). And each kind of session has
// seats of its own. send must keep its order with whatever else the line carries to that phone.
func (a *Agent) ConnectRelayed(peer string, send func(frame []byte) error) (*Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.config.Presence.any() {
		return nil, lockhouse.Refuse(lockhouse.CodeClosed, "This locker is not opened over its line.")
	}
	return a.connect(&Session{peer: peer, mtu: wire.RelayMTU, send: send, line: true}, maxRelayed)
}

func (s *Session) greetLimit() time.Duration {
	if s.line {
		return relayedLife
	}
	return greetLimit
}

// lifeLimit is for how long a session lasts. Over the line it is shorter: whoever typed the code may have gone since.
func (s *Session) lifeLimit() time.Duration {
	if s.line {
		return relayedSession
	}
	return sessionLimit
}

func (s *Session) maxFirst() int {
	if s.line {
		return maxRelayedFirst
	}
	return maxFirst
}

// read takes a first message's payload apart, and the mail in it. Each way has its own form, and neither is taken for the other.
func (s *Session) read(payload, info []byte) (p wire.Presentation, presence []byte, err error) {
	if s.line {
		return wire.DecodeRelayed(payload)
	}
	p, mail, err := wire.DecodeCarrying(payload)
	if err == nil {
		s.agent.takeMail(mail, wire.InfoNonce(info))
	}
	return p, nil, err
}

// timely does what was asked, unless it came over the line and may have been held back.
func (s *Session) timely(do func() (int, []byte, error)) (int, []byte, error) {
	if s.line && s.agent.Now().Sub(s.fresh) >= relayedLife {
		return 0, nil, lockhouse.RefuseAtDoor(lockhouse.CodeStale)
	}
	return do()
}
