package lockhouse

import (
	"math"
	"testing"
)

func TestMetresTo(t *testing.T) {
	for _, c := range []struct {
		a, b   Point
		metres float64
	}{
		{Point{38.876790, -77.012911}, Point{38.876790, -77.012911}, 0},
		{Point{0, 179.5}, Point{0, -179.5}, 111_195}, // across the date line
		{Point{89.5, 0}, Point{89.5, 180}, 111_195},  // over the pole
		{Point{0, 0}, Point{0, 180}, 20_015_115},     // half way round
	} {
		if got := c.a.MetresTo(c.b); math.Abs(got-c.metres) > 2 || got != c.b.MetresTo(c.a) {
			t.Errorf("%v to %v: %.0f m, want %.0f", c.a, c.b, got, c.metres)
		}
	}
}

func TestPointRefused(t *testing.T) {
	for _, p := range []Point{{91, 0}, {-90.1, 0}, {0, 181}, {math.NaN(), 0}, {0, math.NaN()}, {math.Inf(1), 0}} {
		if CodeOf(p.Check()) != CodeMalformed {
			t.Errorf("%v was taken", p)
		}
	}
}
