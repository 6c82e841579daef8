package ble_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"lockhouse/edge/ble"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

// echo is a Latch that sends every frame back, refuses the frame "no" with ATT error 0x85, and ends the session at "bye".
type echo struct {
	mu     sync.Mutex
	opened int
	closed int
	mtus   []int
	sends  []func([]byte) error
	writes chan string // every frame as it comes, if somebody looks
}

type refusedFrame byte

func (r refusedFrame) Error() string { return fmt.Sprintf("refused 0x%02x", byte(r)) }
func (r refusedFrame) ATT() byte     { return byte(r) }

func (e *echo) Connect(_ string, mtu int, send func([]byte) error) (ble.Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opened++
	e.mtus = append(e.mtus, mtu)
	e.sends = append(e.sends, send)
	return &echoSession{echo: e, number: byte(e.opened), send: send, done: make(chan struct{})}, nil
}

func (e *echo) counts() (opened, closed int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.opened, e.closed
}

type echoSession struct {
	echo   *echo
	number byte
	send   func([]byte) error
	done   chan struct{}
	over   sync.Once
	closed bool
}

// Info is 46 bytes as Latch's, the first of them the session's number.
func (s *echoSession) Info() []byte {
	return append([]byte{s.number}, bytes.Repeat([]byte("i"), 45)...)
}

func (s *echoSession) Write(frame []byte) error {
	if s.echo.writes != nil {
		s.echo.writes <- string(frame)
	}
	switch string(frame) {
	case "no":
		return refusedFrame(0x85)
	case "bye":
		s.end()
		return nil
	}
	return s.send(append([]byte{s.number}, frame...))
}

func (s *echoSession) Done() <-chan struct{} { return s.done }

func (s *echoSession) end() { s.over.Do(func() { close(s.done) }) }

func (s *echoSession) Close() {
	s.end()
	s.echo.mu.Lock()
	defer s.echo.mu.Unlock()
	if s.closed {
		panic("closed twice")
	}
	s.closed = true
	s.echo.closed++
}

func startRadio(t testing.TB, options radio.Options) *radio.Radio {
	t.Helper()
	air, err := radio.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(air.Close)
	return air
}

// serve puts a locker on the air until the test ends.
func serve(t testing.TB, address string, options ble.Options) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ble.Serve(ctx, address, options) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func named(name string) func() string { return func() string { return name } }

func withLatch(latch ble.Latch, name string) ble.Options {
	return ble.Options{Latch: latch, Name: named(name), CheckEvery: 20 * time.Millisecond}
}

func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func await(t testing.TB, air *radio.Radio, wanted func([]radio.Locker) bool) {
	t.Helper()
	if err := air.Await(limit(t), wanted); err != nil {
		t.Fatal(err)
	}
}

func openPhone(t testing.TB, air *radio.Radio) *central.Phone {
	t.Helper()
	phone, err := central.Open(limit(t), air.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	return phone
}

func dial(t testing.TB, air *radio.Radio, name string) *central.Link {
	t.Helper()
	link, err := openPhone(t, air).Dial(limit(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

func readInfo(t testing.TB, link *central.Link) []byte {
	t.Helper()
	info, err := link.Info(limit(t))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func sendFrame(t testing.TB, link *central.Link, frame string) {
	t.Helper()
	if err := link.Write(limit(t), []byte(frame)); err != nil {
		t.Fatal(err)
	}
}

// receive waits for a frame of the given session and gives what it echoes; others belong to other phones.
func receive(t testing.TB, link *central.Link, session byte) string {
	t.Helper()
	ctx := limit(t)
	for {
		select {
		case frame, open := <-link.Frames():
			if !open {
				t.Fatal("the link ended")
			}
			if frame[0] == session {
				return string(frame[1:])
			}
		case <-ctx.Done():
			t.Fatal("no frame came")
		}
	}
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for ctx := limit(t); !ok(); {
		select {
		case <-ctx.Done():
			t.Fatal("it never came to this: " + what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func noLockers(list []radio.Locker) bool { return len(list) == 0 }

func names(list []radio.Locker) (all []string) {
	for _, locker := range list {
		all = append(all, locker.Name)
	}
	slices.Sort(all)
	return all
}
