package agent

import (
	"fmt"
	"io"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// Session is one phone's link. Its methods may be called from any goroutine.
type Session struct {
	agent *Agent
	peer  string
	id    byte
	mtu   int
	line  bool // relayed: it comes over the locker's line (relayed.go)
	send  func(frame []byte) error
	done  chan struct{}

	// All below belongs to the agent's lock.
	closed  bool
	born    time.Time
	spoke   time.Time // when the last word was said, by either side
	fresh   time.Time // when the locker last said what only an answer to it can follow
	info    []byte
	firsts  int // first messages so far
	joiner  wire.Joiner
	channel *wire.Channel // nil until the phone is admitted
	former  bool          // the phone came with the former keyset
	grant   lockhouse.Grant
	phone   [8]byte
	frames  [][]byte // to be sent
	sending bool
}

// Connect begins a session with a peer, whose earlier one ends: a phone has one. The mtu is the ATT MTU; send takes one
// frame, must not block for long, and is never called under the agent's lock. When no session is free, one that has not
// proved itself gives way; if all have, wire.ATTFull comes back.
func (a *Agent) Connect(peer string, mtu int, send func(frame []byte) error) (*Session, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.connect(&Session{peer: peer, mtu: mtu, send: send}, maxSessions)
}

// connect lets a session in where there are fewer than most of its kind, by radio or over the line.
func (a *Agent) connect(s *Session, most int) (*Session, error) {
	a.endStale()
	same := 0
	for _, other := range a.sessions {
		if other.line != s.line {
			continue
		}
		if same++; other.peer == s.peer {
			other.end()
			same--
		}
	}
	if same >= most && !a.endUnproved(s.line) {
		return nil, wire.ATTFull
	}
	now := a.Now()
	s.agent, s.done, s.born, s.spoke = a, make(chan struct{}), now, now
	for a.sessions[s.id] != nil || s.id == 0 {
		s.id = a.nextSessionID()
	}
	s.joiner.Session = s.id
	if err := s.renew(); err != nil {
		return nil, err
	}
	a.sessions[s.id] = s
	return s, nil
}

// nextSessionID goes round, so that a late notification of an ended session is not taken for a new one's.
func (a *Agent) nextSessionID() byte {
	a.lastID++
	return a.lastID
}

// endUnproved ends the oldest session of a kind that was not admitted.
func (a *Agent) endUnproved(line bool) bool {
	var oldest *Session
	for _, s := range a.sessions {
		if s.line == line && s.channel == nil && (oldest == nil || s.born.Before(oldest.born)) {
			oldest = s
		}
	}
	if oldest == nil {
		return false
	}
	oldest.end()
	return true
}

// endStale ends sessions that were too slow to prove themselves, fell silent, or last too long. One that waits for a
// door of its own is not idle, however long that is left open: its page shows the door until it hears that it is shut.
func (a *Agent) endStale() {
	now := a.Now()
	for _, s := range a.sessions {
		idle := now.Sub(s.spoke) >= idleLimit && !a.waitsFor(s)
		if idle || now.Sub(s.born) >= s.lifeLimit() || s.channel == nil && now.Sub(s.born) >= s.greetLimit() {
			s.end()
		}
	}
}

func (a *Agent) waitsFor(s *Session) bool {
	for number, d := range a.doors {
		if op := a.state.at(number).Opening; d.session == s && op != nil && op.Stage != stuck {
			return true
		}
	}
	return false
}

// renew draws a new nonce: each is good for one first message.
func (s *Session) renew() error {
	var nonce [16]byte
	if _, err := io.ReadFull(s.agent.Random, nonce[:]); err != nil {
		return fmt.Errorf("agent: no randomness: %w", err)
	}
	info := s.agent.info(s.id, nonce, s.mtu)
	if s.line {
		info.Flags = info.Flags&^wire.FlagTakesMail | wire.FlagRelayed // a line needs nobody's mail
	}
	s.info, s.fresh = info.Encode(), s.agent.Now()
	return nil
}

// Info gives what a phone reads as INFO, 46 bytes. It stays the same until a first message has used it up.
func (s *Session) Info() []byte {
	s.agent.mu.Lock()
	defer s.agent.mu.Unlock()
	return s.info
}

// Done is closed when the session is over, whoever ended it: the link can be cut.
func (s *Session) Done() <-chan struct{} { return s.done }

// Close ends the session. What was begun at a door goes on.
func (s *Session) Close() {
	s.agent.mu.Lock()
	defer s.agent.mu.Unlock()
	s.end()
}

func (s *Session) end() {
	if s.closed {
		return
	}
	s.closed = true
	close(s.done)
	delete(s.agent.sessions, s.id)
}

// Write takes one frame from the phone. The error is a wire.ATTError for the radio to answer with.
func (s *Session) Write(frame []byte) error {
	err := s.take(frame)
	s.flush()
	return err
}

func (s *Session) take(frame []byte) error {
	a := s.agent
	a.mu.Lock()
	defer a.mu.Unlock()
	a.endStale()
	if s.closed {
		return wire.ATTClosed
	}
	s.spoke = a.Now()
	message, err := s.joiner.Add(frame)
	if message == nil {
		return err
	}
	if s.channel == nil {
		return s.greet(message)
	}
	return s.hear(message)
}
