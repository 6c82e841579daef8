package ble_test

import (
	"testing"

	"lockhouse"
	"lockhouse/edge/ble"
	"lockhouse/sim/radio"
)

func TestLookSaysWhatKeepsALockerOffTheAir(t *testing.T) {
	look := func(name, address string, want lockhouse.Code) {
		t.Helper()
		err := ble.Look(t.Context(), address)
		if (err == nil) != (want == "") || err != nil && lockhouse.CodeOf(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	look("no bus", "unix:path=/nonexistent/bus", ble.CodeNoBus)
	air := startRadio(t, radio.Options{})
	look("all there", air.Address(), "")
	air.SetPowered(false)
	look("switched off", air.Address(), ble.CodeAirOff)
	if err := air.Down(); err != nil {
		t.Fatal(err)
	}
	look("bluetoothd is gone", air.Address(), ble.CodeNoService)
	bare, err := radio.StartBus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	look("a bus with nothing on it", bare.Address(), ble.CodeNoService)
}
