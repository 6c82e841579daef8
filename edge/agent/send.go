package agent

import "lockhouse/wire"

// say seals a message and queues its frames.
func (s *Session) say(message any) {
	if s.closed || s.channel == nil {
		return
	}
	plain, err := wire.Encode(message)
	if err == nil {
		plain, err = s.channel.Seal(plain)
	}
	if err != nil {
		s.end()
		return
	}
	s.spoke = s.agent.Now()
	s.queue(plain)
}

// queue cuts a message into frames. A phone that takes none for too long loses its session.
func (s *Session) queue(message []byte) {
	frames, err := wire.Cut(s.id, message, wire.FrameBytes(s.mtu))
	if err != nil || len(s.frames)+len(frames) > maxQueuedFrames {
		s.end()
		return
	}
	s.frames = append(s.frames, frames...)
}

// flush sends what is queued, outside the agent's lock and in order: whoever comes while somebody sends leaves it to
// them.
func (s *Session) flush() {
	a := s.agent
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.sending {
		return
	}
	s.sending = true
	for len(s.frames) > 0 {
		frame := s.frames[0]
		s.frames = s.frames[1:]
		a.mu.Unlock()
		err := s.send(frame)
		a.mu.Lock()
		if err != nil {
			s.frames = nil
			s.end()
		}
	}
	s.sending = false
}
