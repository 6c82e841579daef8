package shop

import (
	"fmt"
	"slices"
)

// Good is something for sale, with the outer dimensions of its own box.
type Good struct {
	Slug, Name, About string
	Cents             int
	LengthMM          int
	WidthMM           int
	HeightMM          int
	Grams             int
}

// Goods is the whole range. The ironing board is too long for any compartment of the demo, on purpose.
var Goods = []Good{
	{"tide-book", "Tides & Tall Tales", "River stories for slow mornings, 312 pages, cloth-bound.", 2400, 235, 160, 35, 620},
	{"running-shoes", "Towpath Running Shoes", "Cushioned for gravel, quick on brick.", 9800, 340, 220, 130, 950},
	{"umbrella", "Squall Umbrella", "Folds to a baguette, opens against the wind.", 3200, 320, 75, 65, 480},
	{"desk-lamp", "Lighthouse Desk Lamp", "A warm beam that turns wherever you read.", 6400, 420, 230, 180, 2100},
	{"kettle", "Harbour Kettle", "Enamel, 1.7 litres, whistles in tune.", 5200, 290, 250, 240, 1450},
	{"backpack", "Ferry Backpack", "Waxed canvas, 24 litres, one honest zip.", 8900, 500, 330, 150, 1100},
	{"iron-pan", "Galley Cast-Iron Pan", "Seasoned thrice, good for a century.", 4600, 460, 290, 70, 3300},
	{"blanket", "Moorings Wool Blanket", "Heavy, soft, the colour of low tide.", 11800, 400, 300, 150, 1650},
	{"picnic-basket", "Hains Point Picnic Basket", "Willow, with room for four and a pie.", 7400, 460, 360, 300, 2400},
	{"ironing-board", "Regatta Ironing Board", "Sails through shirts. Long: it does not fit a locker.", 6900, 1400, 380, 70, 6200},
}

// goodNamed finds a good by its slug.
func goodNamed(slug string) (Good, bool) {
	i := slices.IndexFunc(Goods, func(g Good) bool { return g.Slug == slug })
	if i < 0 {
		return Good{}, false
	}
	return Goods[i], true
}

// Price writes cents as dollars.
func Price(cents int) string { return fmt.Sprintf("$%d.%02d", cents/100, cents%100) }

// Parcel is what the carrier gets: outer edges in millimetres, mass in grams. The JSON is the network's.
type Parcel struct {
	LengthMM int `json:"length_mm"`
	WidthMM  int `json:"width_mm"`
	HeightMM int `json:"height_mm"`
	Grams    int `json:"weight_g"`
}

// wrapGrams is what the carton and paper weigh.
const wrapGrams = 120

// packed puts the lines' boxes flat on each other: the parcel is as long and wide as the largest, and as high as all.
func packed(lines []Line) Parcel {
	p := Parcel{Grams: wrapGrams}
	for _, line := range lines {
		edges := []int{line.Good.LengthMM, line.Good.WidthMM, line.Good.HeightMM}
		slices.Sort(edges)
		p.LengthMM, p.WidthMM = max(p.LengthMM, edges[2]), max(p.WidthMM, edges[1])
		p.HeightMM += edges[0] * line.Count
		p.Grams += line.Good.Grams * line.Count
	}
	return p
}
