package lockhouse

import "slices"

// Dimensions is what a parcel is: its edges in millimetres, in any order, and its mass in grams.
type Dimensions struct {
	LengthMM int
	WidthMM  int
	HeightMM int
	Grams    int
}

// Bounds of what can be stated at all; beyond them a unit was mistaken (centimetres, kilograms) or a number mistyped.
const (
	MaxEdgeMM = 5_000
	MaxGrams  = 1_000_000
)

// Check refuses dimensions that cannot be a parcel's.
func (d Dimensions) Check() error {
	for _, edge := range []struct {
		name string
		mm   int
	}{{"length_mm", d.LengthMM}, {"width_mm", d.WidthMM}, {"height_mm", d.HeightMM}} {
		if edge.mm < 1 || edge.mm > MaxEdgeMM {
			return Refuse(CodeMalformed, "%s is %d; give whole millimetres from 1 to %d.", edge.name, edge.mm, MaxEdgeMM).
				With("field", edge.name)
		}
	}
	if d.Grams < 1 || d.Grams > MaxGrams {
		return Refuse(CodeMalformed, "weight_g is %d; give whole grams from 1 to %d.", d.Grams, MaxGrams).With("field", "weight_g")
	}
	return nil
}

// edges gives the three edges, shortest first: a parcel may be turned.
func (d Dimensions) edges() [3]int {
	e := [3]int{d.LengthMM, d.WidthMM, d.HeightMM}
	slices.Sort(e[:])
	return e
}

// Size is what a compartment is: a name, a rank (bigger sizes have higher ranks, and what fits a rank fits all above it),
// and the inner dimensions with the greatest mass it may carry.
type Size struct {
	Name  string
	Rank  int
	Inner Dimensions
}

// Sizes is a network's catalogue in ascending rank.
type Sizes []Size

// DefaultSizes are compartments of the nominal inner dimensions that InPost publishes for its A, B and C.
func DefaultSizes() Sizes {
	return Sizes{
		{Name: "S", Rank: 1, Inner: Dimensions{LengthMM: 640, WidthMM: 380, HeightMM: 80, Grams: 25_000}},
		{Name: "M", Rank: 2, Inner: Dimensions{LengthMM: 640, WidthMM: 380, HeightMM: 190, Grams: 25_000}},
		{Name: "L", Rank: 3, Inner: Dimensions{LengthMM: 640, WidthMM: 380, HeightMM: 410, Grams: 25_000}},
	}
}

// Named finds a size by its name.
func (s Sizes) Named(name string) (Size, bool) {
	i := slices.IndexFunc(s, func(z Size) bool { return z.Name == name })
	if i < 0 {
		return Size{}, false
	}
	return s[i], true
}

// Fit gives the smallest size that a parcel of these dimensions fits. Where none does, the error says which limit of
// the size that comes nearest is passed, and by how much.
func (s Sizes) Fit(d Dimensions) (Size, error) {
	if err := d.Check(); err != nil {
		return Size{}, err
	}
	for _, z := range s {
		if name, _, _ := z.passed(d); name == "" {
			return z, nil
		}
	}
	if len(s) == 0 {
		return Size{}, Refuse(CodeTooLarge, "This network has no compartments yet.")
	}
	biggest := s[len(s)-1]
	limit, is, most := biggest.passed(d)
	return Size{}, Refuse(CodeTooLarge, "The parcel fits no compartment: its %s is %d and the most that fits is %d, so it is %d too much. Choose delivery by another way.",
		limit, is, most, is-most).With("limit", limit).With("is", is).With("most", most).With("over", is-most)
}

// passed names the first limit that d passes, with d's value and the limit; an empty name says that d fits.
func (z Size) passed(d Dimensions) (limit string, is, most int) {
	have, want := z.Inner.edges(), d.edges()
	for i, name := range []string{"shortest_edge_mm", "middle_edge_mm", "longest_edge_mm"} {
		if want[i] > have[i] {
			return name, want[i], have[i]
		}
	}
	if d.Grams > z.Inner.Grams {
		return "weight_g", d.Grams, z.Inner.Grams
	}
	return "", 0, 0
}

// Check refuses compartments of sizes that are none of these: a promise of room counts them by rank.
func (s Sizes) Check(boxes []Compartment) error {
	for _, b := range boxes {
		if z, ok := s.Named(b.Size); !ok || z.Rank != b.Rank {
			return Refuse(CodeMalformed, "Compartment %d has size %q of rank %d, which is none of the network's; /v1/about lists them.", b.Number, b.Size, b.Rank)
		}
	}
	return nil
}
