package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockhouse/bench/load"
	"lockhouse/edge/ble"
	"lockhouse/sim/radio/central"
)

const (
	echoName   = "ECHO-ECHO"
	echoTimes  = 300
	echoBytes  = 100
	echoLimitS = 30
)

// echo is a peripheral that sends every frame back at once. What it takes is the radio's own time: through BlueZ's D-Bus
// API on both sides, there and back, with nobody thinking in between.
type echo struct{}

func (echo) Connect(_ string, _ int, send func([]byte) error) (ble.Session, error) {
	return echoSession{send, make(chan struct{})}, nil
}

type echoSession struct {
	send func([]byte) error
	done chan struct{}
}

func (echoSession) Info() []byte               { return []byte(echoName) }
func (s echoSession) Write(frame []byte) error { return s.send(frame) }
func (s echoSession) Done() <-chan struct{}    { return s.done }
func (s echoSession) Close()                   { close(s.done) }

// timeEcho puts an echo on the air of a message bus and times it from a phone on the same bus.
func timeEcho(ctx context.Context, address string) (load.Latency, error) {
	ctx, stop := context.WithTimeout(ctx, echoLimitS*time.Second)
	defer stop()
	served := make(chan error, 1)
	serving, end := context.WithCancel(ctx)
	go func() {
		served <- ble.Serve(serving, address, ble.Options{Latch: echo{}, Name: func() string { return echoName }})
	}()
	took, err := callOut(ctx, address)
	end()
	if err := errors.Join(err, <-served); err != nil {
		return load.Latency{}, fmt.Errorf("echo: %w", err)
	}
	return load.LatencyOf(took), nil
}

func callOut(ctx context.Context, address string) ([]time.Duration, error) {
	phone, err := central.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer phone.Close()
	link, err := phone.Dial(ctx, echoName)
	if err != nil {
		return nil, err
	}
	defer link.Close()
	if _, err := link.Info(ctx); err != nil {
		return nil, err
	}
	took := make([]time.Duration, echoTimes)
	for i := range took {
		if took[i], err = once(ctx, link); err != nil {
			return nil, err
		}
	}
	return took, nil
}

// once times one frame there and back. The write's own answer may come after its echo: it is waited for, and not timed.
func once(ctx context.Context, link *central.Link) (time.Duration, error) {
	written := make(chan error, 1)
	begin := time.Now()
	go func() { written <- link.Write(ctx, make([]byte, echoBytes)) }()
	select {
	case _, ok := <-link.Frames():
		took := time.Since(begin)
		if !ok {
			return 0, errors.Join(errors.New("the link was lost"), <-written)
		}
		return took, <-written
	case <-ctx.Done():
		return 0, errors.Join(ctx.Err(), <-written)
	}
}
