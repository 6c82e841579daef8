package main

import (
	"testing"
	"time"
)

// Doors are opened for real, twice for each parcel, and what is timed holds at least what the radio and the spring take.
func TestTapsOpenDoors(t *testing.T) {
	w, err := newWorkshop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	a := air{Name: "test", Interval: 2 * time.Millisecond, SpringMS: 5, Baud: 19_200}
	got, err := timeTaps(t.Context(), w, a, 4)
	if err != nil {
		t.Fatal(err)
	}
	if got.Taps != 4 || got.Frames < 2 {
		t.Errorf("%d taps of %d frames", got.Taps, got.Frames)
	}
	if least := 5 * time.Millisecond; got.Door.P50 < least || got.Visit.P50 < got.Door.P50 || got.Echo.P50 <= 0 {
		t.Errorf("%+v", got)
	}
}
