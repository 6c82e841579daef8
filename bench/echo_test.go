package main

import (
	"testing"
	"time"

	"lockhouse/sim/radio"
)

// The echo crosses the air twice, so a radio with latency shows it: that it is measured at all, and there and back.
func TestEchoCrossesTheAirTwice(t *testing.T) {
	const crossing = 3 * time.Millisecond
	air, err := radio.Start(t.Context(), radio.Options{Crossing: crossing})
	if err != nil {
		t.Fatal(err)
	}
	defer air.Close()
	echo, err := timeEcho(t.Context(), air.Address())
	if err != nil {
		t.Fatal(err)
	}
	if echo.P50 < 2*crossing || echo.P99 < echo.P50 {
		t.Errorf("%v, with %v for each crossing", echo, crossing)
	}
}
