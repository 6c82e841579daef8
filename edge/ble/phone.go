package ble

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

// phones are those who talk to the locker now, by BlueZ's object for each.
type phones struct {
	latch  Latch
	notify func(frame []byte) error
	follow func(device dbus.ObjectPath, begun *session) // to its end
	mu     sync.Mutex
	here   map[dbus.ObjectPath]*phone
}

// phone is one connected device and its session, if it has begun one.
type phone struct {
	mu      sync.Mutex // one read, write or close at a time
	session *session
	left    bool         // it is gone, or sent away: what it still asks finds nobody
	begun   int          // sessions so far
	talks   atomic.Bool  // it has a session
	silent  atomic.Int64 // nanoseconds, counted by the peripheral's checks
	line    []*place     // its calls in order of arrival; with line.mu
}

// session is a Session with what belongs to it here.
type session struct {
	Session
	mtu   int
	ended atomic.Bool
}

var (
	errEnded   = errors.New("ble: the phone is gone")
	errTooLong = errors.New("ble: the frame is longer than the phone's MTU allows")
	errTooMany = errors.New("ble: the phone has read INFO too often")
)

// of finds a phone, or begins to know it; nil when there are too many.
func (ps *phones) of(device dbus.ObjectPath) *phone {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if known := ps.here[device]; known != nil || len(ps.here) >= maxPhones {
		return known
	}
	if ps.here == nil {
		ps.here = map[dbus.ObjectPath]*phone{}
	}
	ps.here[device] = &phone{}
	return ps.here[device]
}

// known finds a phone, or nil.
func (ps *phones) known(device dbus.ObjectPath) *phone {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return ps.here[device]
}

// leave forgets a phone and gives it, if it was known; the caller ends it.
func (ps *phones) leave(device dbus.ObjectPath) *phone {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	left := ps.here[device]
	delete(ps.here, device)
	return left
}

// allGone forgets and ends every phone.
func (ps *phones) allGone() {
	ps.mu.Lock()
	left := ps.here
	ps.here = nil
	ps.mu.Unlock()
	for _, phone := range left {
		phone.end()
	}
}

// silentFor adds passed to every phone's silence and lists those that have been silent for idle, or for greet without a
// session.
func (ps *phones) silentFor(passed, idle, greet time.Duration) (silent []dbus.ObjectPath) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for device, phone := range ps.here {
		limit := idle
		if !phone.talks.Load() {
			limit = greet
		}
		if phone.silent.Add(int64(passed)) > int64(limit) {
			silent = append(silent, device)
		}
	}
	return silent
}

// read gives INFO from the offset on. A read of its beginning begins a new session with a new nonce; a phone whose MTU
// is small goes on reading the same one in pieces. A phone that begins session after session, and so would never be
// silent, is refused the next.
func (ps *phones) read(phone *phone, at access) ([]byte, *dbus.Error) {
	phone.mu.Lock()
	defer phone.mu.Unlock()
	if phone.left {
		return nil, errNotPermitted
	}
	if at.offset == 0 {
		phone.endLocked()
		if err := ps.begin(phone, at); err != nil {
			return nil, refusal(err)
		}
	}
	if phone.session == nil {
		return nil, errReadInfoFirst
	}
	info := phone.session.Info()
	if at.offset > len(info) {
		return nil, errInvalidOffset
	}
	return info[at.offset:], nil
}

func (ps *phones) begin(phone *phone, at access) error {
	if phone.begun >= maxSessions {
		return errTooMany
	}
	begun := &session{mtu: at.mtu}
	opened, err := ps.latch.Connect(peerOf(at.device), at.mtu, func(frame []byte) error {
		if begun.ended.Load() {
			return errEnded
		}
		if len(frame) > begun.mtu-attHeaderBytes {
			return errTooLong
		}
		phone.silent.Store(0)
		return ps.notify(frame)
	})
	if err != nil {
		return err
	}
	begun.Session = opened
	phone.session = begun
	phone.begun++
	phone.talks.Store(true)
	phone.silent.Store(0)
	ps.follow(at.device, begun)
	return nil
}

func (ps *phones) write(phone *phone, frame []byte) *dbus.Error {
	phone.mu.Lock()
	defer phone.mu.Unlock()
	if phone.session == nil {
		return errReadInfoFirst
	}
	if len(frame) == 0 || len(frame) > maxValueBytes {
		return errInvalidLength
	}
	if err := phone.session.Write(frame); err != nil {
		return refusal(err)
	}
	phone.silent.Store(0)
	return nil
}

func (p *phone) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = true
	p.endLocked()
}

func (p *phone) endLocked() {
	if p.session == nil {
		return
	}
	p.session.ended.Store(true)
	p.session.Close()
	p.session = nil
	p.talks.Store(false)
}
