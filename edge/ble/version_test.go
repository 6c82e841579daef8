package ble

import "testing"

func TestVersionIn(t *testing.T) {
	for modalias, want := range map[string]Version{
		"usb:v1D6Bp0246d0542":       {5, 66},
		"usb:v1D6Bp0246d0537":       {5, 55},
		"usb:v1D6Bp0246d054":        {5, 4},
		"usb:v1D6Bp0246d":           {},
		"bluetooth:v05F1p0001d0542": {},
		"":                          {},
	} {
		if got := versionIn(modalias); got != want {
			t.Errorf("%q has version %v, not %v", modalias, got, want)
		}
	}
	for _, older := range []Version{{5, 65}, {4, 99}} {
		if !older.IsOlderThan(Oldest) || Oldest.IsOlderThan(older) {
			t.Errorf("%v is not older than %v", older, Oldest)
		}
	}
	if Oldest.IsOlderThan(Oldest) {
		t.Error("a version is older than itself")
	}
}
