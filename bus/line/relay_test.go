package line_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/wire"
)

// attends has a locker answer what it is told on its line.
func (c *caller) attends(answer func(message any) any) {
	c.w.t.Helper()
	_, err := c.nats.Subscribe(wire.DownSubject(c.locker.ID, "*"), func(m *nats.Msg) {
		message, err := wire.DecodeUplink(m.Data)
		if err != nil {
			c.w.t.Error(err)
			return
		}
		if said := answer(message); said != nil {
			_, data, err := wire.EncodeUplink(said)
			if err == nil {
				err = m.Respond(data)
			}
			if err != nil {
				c.w.t.Error(err)
			}
		}
	})
	c.w.must(err)
	c.w.must(c.nats.Flush())
}

// says says something to a phone.
func (c *caller) says(locker lockhouse.LockerID, session []byte, message wire.RelaySaid) {
	c.w.t.Helper()
	_, data, err := wire.EncodeUplink(message)
	c.w.must(err)
	c.w.must(c.nats.Publish(wire.RelaySubject(locker, session), data))
}

// A phone's frames reach the locker, the locker's reach the phone, in order, and either side's end is the other's.
func TestRelay(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	cl, co := w.up(l), w.up(other)
	sessions, ended := make(chan []byte, 2), make(chan struct{}, 2)
	cl.attends(func(message any) any {
		switch m := message.(type) {
		case wire.RelayOpen:
			sessions <- m.Session
			return wire.RelayInfo{Info: bytes.Repeat([]byte{7}, wire.InfoBytes)}
		case wire.RelayWrite:
			if m.Frame[0] != 1 {
				return wire.RelayTook{Status: 0x82}
			}
			for i := range 100 {
				cl.says(l.ID, m.Session, wire.RelaySaid{Frame: []byte{byte(i)}})
			}
			return wire.RelayTook{}
		case wire.RelayEnd:
			ended <- struct{}{}
		}
		return nil
	})
	r, err := w.desk.Relay(t.Context(), l.ID)
	w.must(err)
	session := <-sessions
	if len(r.Info()) != wire.InfoBytes || r.Info()[0] != 7 {
		t.Errorf("INFO %x", r.Info())
	}
	if status, err := r.Write(t.Context(), []byte{2}); err != nil || status != 0x82 {
		t.Errorf("a refused frame: %d, %v", status, err)
	}
	if status, err := r.Write(t.Context(), []byte{1}); err != nil || status != 0 {
		t.Errorf("%d, %v", status, err)
	}
	co.says(l.ID, session, wire.RelaySaid{Frame: []byte("another locker's")}) // which the server denies
	for i := range 100 {
		if frame, err := r.Next(t.Context()); err != nil || !bytes.Equal(frame, []byte{byte(i)}) {
			t.Fatalf("frame %d: %x, %v", i, frame, err)
		}
	}
	until(t, "another locker's word to the phone is denied", func() bool { return co.denied() == 1 })
	cl.says(l.ID, session, wire.RelaySaid{Over: true})
	if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("over: %v", err)
	}
	r.Close()
	<-ended
}

// A locker that is not there, refuses, talks nonsense, or says too much is each told apart, and none holds a phone for ever.
func TestRelayRefused(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	_, err := w.desk.Relay(t.Context(), l.ID)
	if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("no line: %v", err)
	}
	answers := make(chan any, 1) // to the next that asks
	c := w.up(l)
	c.attends(func(message any) any {
		if m, ok := message.(wire.RelayWrite); ok {
			for range 1_000 {
				c.says(l.ID, m.Session, wire.RelaySaid{Frame: []byte{1}})
			}
			return wire.RelayTook{}
		}
		if _, ok := message.(wire.RelayOpen); ok {
			return <-answers
		}
		return nil
	})
	for code, said := range map[lockhouse.Code]any{
		lockhouse.CodeClosed: wire.Refused{Code: lockhouse.CodeClosed}, lockhouse.CodeBusy: wire.Refused{Code: lockhouse.CodeBusy},
		lockhouse.CodeUnavailable: wire.Done{Outcome: lockhouse.OutcomeDone},
	} {
		answers <- said
		if _, err := w.desk.Relay(t.Context(), l.ID); lockhouse.CodeOf(err) != code {
			t.Errorf("%+v: %v", said, err)
		}
	}
	answers <- wire.RelayInfo{Info: make([]byte, wire.InfoBytes)}
	r, err := w.desk.Relay(t.Context(), l.ID)
	w.must(err)
	_, err = r.Write(t.Context(), []byte{1})
	w.must(err)
	until(t, "more was said than is kept", func() bool {
		_, err := r.Next(t.Context())
		return err != nil
	})
	over, cancel := context.WithCancel(t.Context())
	answers <- wire.RelayInfo{Info: make([]byte, wire.InfoBytes)}
	r, err = w.desk.Relay(t.Context(), l.ID)
	w.must(err)
	cancel()
	if _, err := r.Next(over); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
	w.stop()
	if _, err := r.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("the node has gone: %v", err)
	}
}
