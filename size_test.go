package lockhouse

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestFitTurnsTheParcel(t *testing.T) {
	sizes := DefaultSizes()
	for _, c := range []struct {
		d    Dimensions
		want string
	}{
		{Dimensions{80, 380, 640, 25_000}, "S"},
		{Dimensions{640, 80, 380, 1}, "S"},
		{Dimensions{81, 380, 640, 1}, "M"},
		{Dimensions{410, 380, 640, 1}, "L"},
		{Dimensions{200, 200, 200, 1}, "L"},
		{Dimensions{190, 190, 190, 1}, "M"},
	} {
		z, err := sizes.Fit(c.d)
		if err != nil || z.Name != c.want {
			t.Errorf("%+v: %s, %v; want %s", c.d, z.Name, err, c.want)
		}
	}
}

func TestTooLargeSaysWhichLimitAndByHowMuch(t *testing.T) {
	for _, c := range []struct {
		d     Dimensions
		limit string
		over  int
	}{
		{Dimensions{700, 300, 300, 1}, "longest_edge_mm", 60},
		{Dimensions{450, 450, 450, 1}, "shortest_edge_mm", 70},
		{Dimensions{100, 100, 100, 25_001}, "weight_g", 1},
	} {
		_, err := DefaultSizes().Fit(c.d)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Code != CodeTooLarge || e.Facts["limit"] != c.limit || e.Facts["over"] != c.over {
			t.Errorf("%+v: %v %v", c.d, err, e.Facts)
		}
	}
}

func TestDimensionsOutOfRange(t *testing.T) {
	for _, d := range []Dimensions{{}, {0, 1, 1, 1}, {1, -1, 1, 1}, {1, 1, MaxEdgeMM + 1, 1}, {1, 1, 1, 0}, {1, 1, 1, MaxGrams + 1}} {
		if _, err := DefaultSizes().Fit(d); CodeOf(err) != CodeMalformed {
			t.Errorf("%+v: %v", d, err)
		}
	}
}

// Turning a parcel changes nothing, and a smaller parcel never needs a bigger compartment.
func TestFitIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		edge := rapid.IntRange(2, 700)
		d := Dimensions{edge.Draw(t, "l"), edge.Draw(t, "w"), edge.Draw(t, "h"), rapid.IntRange(2, 26_000).Draw(t, "g")}
		z, err := DefaultSizes().Fit(d)
		turned, errTurned := DefaultSizes().Fit(Dimensions{d.HeightMM, d.LengthMM, d.WidthMM, d.Grams})
		if z != turned || (err == nil) != (errTurned == nil) {
			t.Fatalf("%+v: %v %v, turned %v %v", d, z, err, turned, errTurned)
		}
		smaller, errSmaller := DefaultSizes().Fit(Dimensions{d.LengthMM - 1, d.WidthMM, d.HeightMM, d.Grams - 1})
		if err == nil && (errSmaller != nil || smaller.Rank > z.Rank) {
			t.Fatalf("%+v fits %s, a smaller one %s %v", d, z.Name, smaller.Name, errSmaller)
		}
	})
}
