package uplink

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"lockhouse"
	"lockhouse/wire"
)

// Phones lets phones in that come over the line (edge/agent).
type Phones interface {
	ConnectRelayed(peer string, send func(frame []byte) error) (Session, error)
}

// Session is one phone's talk with the locker, which bounds how many there are.
type Session interface {
	Info() []byte
	Write(frame []byte) error
	Done() <-chan struct{} // closed when it is over, whoever ended it
	Close()
}

// relays are the phones on one line, for whose loop alone they are. They end with it; what was begun at a door goes on.
type relays struct {
	conn   conn
	phones Phones // nil: nobody is let in
	open   map[string]Session
	ends   sync.WaitGroup
}

// connect lets a phone in, and says to it what the locker says, and when that is all.
func (r *relays) connect(ctx context.Context, m wire.RelayOpen) (answer any) {
	r.forget()
	if r.phones == nil {
		return wire.Refused{Code: lockhouse.CodeClosed}
	}
	s, err := r.phones.ConnectRelayed("line:"+string(m.Session), func(frame []byte) error {
		return r.conn.relay(m.Session, wire.RelaySaid{Frame: frame})
	})
	if err != nil {
		return wire.Refused{Code: relayCode(err)}
	}
	r.open[string(m.Session)] = s
	r.ends.Go(func() {
		select {
		case <-s.Done():
			_ = r.conn.relay(m.Session, wire.RelaySaid{Over: true}) // it is found out by the next word too
		case <-ctx.Done():
		}
	})
	return wire.RelayInfo{Info: s.Info()}
}

// relayCode is how the network is told why a phone was not let in.
func relayCode(err error) lockhouse.Code {
	if errors.Is(err, wire.ATTFull) {
		return lockhouse.CodeBusy
	}
	if code := lockhouse.CodeOf(err); code != lockhouse.CodeInternal {
		return code
	}
	return lockhouse.CodeUnavailable
}

// write hands a phone's frame on.
func (r *relays) write(m wire.RelayWrite) (answer any) {
	s := r.open[string(m.Session)]
	if s == nil {
		return wire.RelayTook{Status: wire.ATTClosed.ATT()}
	}
	err := s.Write(m.Frame)
	if err == nil {
		return wire.RelayTook{}
	}
	if refused := wire.ATTError(0); errors.As(err, &refused) {
		return wire.RelayTook{Status: refused.ATT()}
	}
	return wire.RelayTook{Status: wire.ATTClosed.ATT()}
}

func (r *relays) end(m wire.RelayEnd) {
	if s := r.open[string(m.Session)]; s != nil {
		s.Close()
		delete(r.open, string(m.Session))
	}
}

// forget drops those that have ended, so that there are never more than the locker's seats and one.
func (r *relays) forget() {
	for name, s := range r.open {
		select {
		case <-s.Done():
			delete(r.open, name)
		default:
		}
	}
}

// close ends all of them, and waits until nobody speaks any more.
func (r *relays) close() {
	for _, s := range r.open {
		s.Close()
	}
	r.ends.Wait()
}

// relay does what the network says in a phone's name; ok is false for any other word.
func (l *line) relay(ctx context.Context, h heard) (ok bool, err error) {
	switch m := h.message.(type) {
	case wire.RelayOpen:
		answer := l.relays.connect(ctx, m)
		if no, refused := answer.(wire.Refused); refused {
			l.Log.Info("uplink: a phone was not let in", slog.String("code", string(no.Code)))
		}
		return true, l.conn.answer(h, answer)
	case wire.RelayWrite:
		return true, l.conn.answer(h, l.relays.write(m))
	case wire.RelayEnd:
		l.relays.end(m)
		return true, nil
	}
	return false, nil
}
