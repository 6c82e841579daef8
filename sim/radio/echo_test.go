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

// echo is a Latch that sends every frame back behind its session's number, and refuses "no" with ATT error 0x85.
type echo struct{ sessions atomic.Int32 }

type refused struct{}

func (refused) Error() string { return "refused" }
func (refused) ATT() byte     { return 0x85 }

type echoSession struct {
	number int32
	mtu    int
	send   func([]byte) error
}

func (e *echo) Connect(_ string, mtu int, send func([]byte) error) (ble.Session, error) {
	return &echoSession{e.sessions.Add(1), mtu, send}, nil
}

func (s *echoSession) Info() []byte {
	return fmt.Appendf(nil, "%-46s", fmt.Sprintf("session %d mtu %d", s.number, s.mtu))
}

func (s *echoSession) Write(frame []byte) error {
	if string(frame) == "no" {
		return refused{}
	}
	return s.send(fmt.Appendf(nil, "%d:%s", s.number, frame))
}

func (*echoSession) Close() {}

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
func serve(t testing.TB, air *radio.Radio, name string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- ble.Serve(ctx, air.Address(), ble.Options{Latch: &echo{}, Name: func() string { return name }})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	await(t, air, radio.Named(name))
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
