package radio_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse/edge/ble"
	"lockhouse/sim/radio"
)

// echo is a Latch that sends every frame back behind its session's number, refuses "no" with ATT error 0x85, and holds
// "hold" until it is released.
type echo struct {
	sessions atomic.Int32
	held     chan struct{} // told when a frame is held
	release  chan struct{} // closed to release it
}

type refused struct{}

func (refused) Error() string { return "refused" }
func (refused) ATT() byte     { return 0x85 }

type echoSession struct {
	echo   *echo
	number int32
	mtu    int
	send   func([]byte) error
	done   chan struct{}
}

func (e *echo) Connect(_ string, mtu int, send func([]byte) error) (ble.Session, error) {
	return &echoSession{e, e.sessions.Add(1), mtu, send, make(chan struct{})}, nil
}

func (s *echoSession) Info() []byte {
	return fmt.Appendf(nil, "%-46s", fmt.Sprintf("session %d mtu %d", s.number, s.mtu))
}

func (s *echoSession) Write(frame []byte) error {
	if string(frame) == "no" {
		return refused{}
	}
	if string(frame) == "hold" {
		s.echo.held <- struct{}{}
		<-s.echo.release
	}
	return s.send(fmt.Appendf(nil, "%d:%s", s.number, frame))
}

func (s *echoSession) Done() <-chan struct{} { return s.done }

func (s *echoSession) Close() { close(s.done) }

func start(t testing.TB, options radio.Options) *radio.Radio {
	t.Helper()
	air, err := radio.Start(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(air.Close)
	return air
}

// serve puts an echoing locker on the air and waits until it can be found.
func serve(t testing.TB, air *radio.Radio, name string) *echo {
	t.Helper()
	latch := &echo{held: make(chan struct{}, 1), release: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- ble.Serve(ctx, air.Address(), ble.Options{Latch: latch, Name: func() string { return name }})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	await(t, air, radio.Named(name))
	return latch
}

func await(t testing.TB, air *radio.Radio, wanted func([]radio.Locker) bool) {
	t.Helper()
	if err := air.Await(limit(t), wanted); err != nil {
		t.Fatal(err)
	}
}

func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
