// Package earth is the world in which searches are compared: sites crowded into cities all over the earth, and the points from
// which people look for them. The same number draws the same world in every run and every process.
package earth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"lockhouse"
)

const (
	cities        = 2_000
	spreadDeg     = 0.1 // of a city
	ruralPercent  = 10  // of the sites, and of those who look for one: anywhere at all, at sea too
	holdingDays   = 3
	maxNameNumber = 100_000
)

// Earth draws sites and points.
type Earth struct{ cities []lockhouse.Point }

// New draws the cities.
func New() Earth {
	random := rand.New(rand.NewPCG(1, 1))
	e := Earth{cities: make([]lockhouse.Point, cities)}
	for i := range e.cities {
		e.cities[i] = anywhere(random)
	}
	return e
}

// anywhere is as likely to be on one square kilometre as on any other.
func anywhere(random *rand.Rand) lockhouse.Point {
	return lockhouse.Point{Lat: math.Asin(2*random.Float64()-1) * 180 / math.Pi, Lon: 360*random.Float64() - 180}
}

// Somewhere draws a point: in a city, the first ones bigger, or anywhere.
func (e Earth) Somewhere(random *rand.Rand) lockhouse.Point {
	if random.IntN(100) < ruralPercent {
		return anywhere(random)
	}
	of := random.Float64()
	city := e.cities[int(of*of*cities)]
	return lockhouse.Point{
		Lat: min(90, max(-90, city.Lat+spreadDeg*random.NormFloat64())),
		Lon: min(180, max(-180, city.Lon+spreadDeg*random.NormFloat64()/max(0.05, math.Cos(city.Lat*math.Pi/180)))),
	}
}

// Site is the site of a number.
func (e Earth) Site(n int) lockhouse.Site {
	at := e.Somewhere(rand.New(rand.NewPCG(2, uint64(n))))
	hours := int(math.Round(at.Lon / 15))
	return lockhouse.Site{
		ID: lockhouse.SiteID(fmt.Sprintf("site_%07d", n)), Name: fmt.Sprintf("Library of District %d", n%maxNameNumber), Alias: fmt.Sprintf("Lockers %d", n),
		Host: "Public Library", Kind: lockhouse.HostKinds()[n%len(lockhouse.HostKinds())], Street: fmt.Sprintf("%d Main Street", n%999+1),
		City: fmt.Sprintf("City %d", n%cities), Region: "R", Postal: fmt.Sprint(10_000 + n%cities), Country: "US", Point: at,
		Zone: zones[hours+12], Hours: lockhouse.AlwaysOpen(), Safety: "Well lit, with people around until late.", HoldingDays: holdingDays,
	}
}

// zones are those of whole hours, from 12 west to 12 east. (Their names count the other way.)
var zones = func() (names [25]string) {
	for i := range names {
		names[i] = fmt.Sprintf("Etc/GMT%+d", 12-i)
	}
	names[12] = "Etc/GMT"
	return names
}()

// Sizes are the sizes that are looked for, and what share of the sites has room for each, in percent.
var Sizes = []struct {
	Name    string
	Percent int
}{{"S", 90}, {"M", 10}, {"L", 1}}

// Has tells whether the site of a number has room for a size. Room for a bigger parcel is room for a smaller one.
func Has(n int, size string) bool {
	switch size {
	case "S":
		return n%10 != 9
	case "M":
		return n%10 == 0
	}
	return n%100 == 0
}
