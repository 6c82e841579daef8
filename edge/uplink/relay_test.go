package uplink

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/bus"
	linedesk "lockhouse/bus/line"
	"lockhouse/wire"
)

// echoes lets phones in, and says each frame back to them.
type echoes struct {
	mu   sync.Mutex
	full bool
	in   []*echo
}

type echo struct {
	send func([]byte) error
	done chan struct{}
	end  sync.Once
}

func (e *echoes) ConnectRelayed(_ string, send func([]byte) error) (Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.full {
		return nil, wire.ATTFull
	}
	s := &echo{send: send, done: make(chan struct{})}
	e.in = append(e.in, s)
	return s, nil
}

func (e *echoes) last() *echo {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.in[len(e.in)-1]
}

func (s *echo) Info() []byte          { return bytes.Repeat([]byte{9}, wire.InfoBytes) }
func (s *echo) Done() <-chan struct{} { return s.done }
func (s *echo) Close()                { s.end.Do(func() { close(s.done) }) }

func (s *echo) Write(frame []byte) error {
	if frame[0] == 0xff {
		return wire.ATTChannel
	}
	return s.send(frame)
}

// TestRelayedPhones: frames go both ways on a real line, refusals keep their number, and whoever ends it, it ends for both: the
// phone, the locker, or the line between them.
func TestRelayedPhones(t *testing.T) {
	h, phones := newHouse(t, bus.Options{Listen: "127.0.0.1:0"}), &echoes{}
	u := h.line("nats://" + h.bus.Address())
	u.Phones = phones
	running(t, u, func() {})
	waits(t, "the line is up", func() bool { return u.State().Up })
	open := func() *linedesk.Relay {
		t.Helper()
		r, err := h.desk.Relay(t.Context(), testLocker)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	over := func(s *echo) {
		t.Helper()
		select {
		case <-s.done:
		case <-t.Context().Done():
		}
	}

	r := open()
	for _, want := range []struct {
		frame  []byte
		status byte
	}{{[]byte{1, 2}, 0}, {[]byte{0xff}, wire.ATTChannel.ATT()}, {[]byte{3}, 0}} {
		if status, err := r.Write(t.Context(), want.frame); err != nil || status != want.status {
			t.Errorf("%x: %d, %v", want.frame, status, err)
		}
	}
	for _, want := range [][]byte{{1, 2}, {3}} {
		if got, err := r.Next(t.Context()); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%x, %v; want %x", got, err, want)
		}
	}
	phones.last().Close() // the locker has enough
	if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("the locker ended it: %v", err)
	}
	r.Close()
	if status, err := r.Write(t.Context(), []byte{1}); err != nil || status != wire.ATTClosed.ATT() {
		t.Errorf("after the end: %d, %v", status, err)
	}

	r = open()
	r.Close() // the phone has gone
	over(phones.last())
	phones.mu.Lock()
	phones.full = true
	phones.mu.Unlock()
	if _, err := h.desk.Relay(t.Context(), testLocker); lockhouse.CodeOf(err) != lockhouse.CodeBusy {
		t.Errorf("no seat: %v", err)
	}
	phones.mu.Lock()
	phones.full = false
	phones.mu.Unlock()

	r = open()
	h.stop() // the network is cut off
	over(phones.last())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := r.Write(ctx, []byte{1}); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("without a network: %v", err)
	}
}
