package world

import (
	"lockhouse"
	"lockhouse/edge/board"
)

// station is a site of the Washington network: a plain fact (name, address, coordinates), an alias that names neither
// host nor shop, and the demo's own artwork across the doors.
type station struct {
	id, name, alias, street, postal string
	point                           lockhouse.Point
	art, title                      string
	dialect                         string // of the locker's boards; the demo has one of each
}

// The eight sites of the network as it stands: the stations of the seven police districts and the Sixth District's
// substation. Addresses and coordinates are those of the District's open data; the Sixth District moved to Hayes Street
// after that data was made.
var stations = []station{
	{"site_dc1d", "First District Station", "Waterfront Lockers", "101 M Street SW", "20024", lockhouse.Point{Lat: 38.876790, Lon: -77.012911}, "blossom-tide", "Blossom Tide", "cu16"},
	{"site_dc2d", "Second District Station", "Idaho Avenue Lockers", "3320 Idaho Avenue NW", "20016", lockhouse.Point{Lat: 38.934854, Lon: -77.074840}, "thrush-song", "Thrush Song", "cu16"},
	{"site_dc3d", "Third District Station", "V Street Lockers", "1620 V Street NW", "20009", lockhouse.Point{Lat: 38.917875, Lon: -77.037973}, "pocket-beat", "In the Pocket", "cu24"},
	{"site_dc4d", "Fourth District Station", "Georgia Avenue Lockers", "6001 Georgia Avenue NW", "20011", lockhouse.Point{Lat: 38.963133, Lon: -77.027413}, "porch-lights", "Porch Lights", "cu48"},
	{"site_dc5d", "Fifth District Station", "Bladensburg Road Lockers", "1805 Bladensburg Road NE", "20002", lockhouse.Point{Lat: 38.915085, Lon: -76.973642}, "american-beauty", "American Beauty", "8a"},
	{"site_dc6d", "Sixth District Station", "Hayes Street Lockers", "5002 Hayes Street NE", "20019", lockhouse.Point{Lat: 38.900238, Lon: -76.930133}, "heron-morning", "Heron Morning", "wkly"},
	{"site_dc6s", "Sixth District Substation", "Pennsylvania Avenue Lockers", "2701 Pennsylvania Avenue SE", "20019", lockhouse.Point{Lat: 38.872372, Lon: -76.968711}, "under-the-vaults", "Under the Vaults", "winnsen"},
	{"site_dc7d", "Seventh District Station", "Alabama Avenue Lockers", "2455 Alabama Avenue SE", "20020", lockhouse.Point{Lat: 38.853363, Lon: -76.969524}, "kite-weather", "Kite Weather", "cu16"},
}

// site makes the noun. Day and night, somebody is on duty.
func (s station) site() lockhouse.Site {
	return lockhouse.Site{
		ID: lockhouse.SiteID(s.id), Name: s.name, Alias: s.alias, Host: "Metropolitan Police Department", Kind: lockhouse.HostPolice,
		Street: s.street, City: "Washington", Region: "DC", Postal: s.postal, Country: "US", Point: s.point, Zone: "America/New_York",
		Hours:       lockhouse.AlwaysOpen(),
		Safety:      "Outdoors and lit, beside an entrance where somebody is on duty day and night. They have no list of names and cannot open a door.",
		Guarded:     true,
		StepFree:    true,
		Artwork:     lockhouse.Artwork{Title: s.title, Artist: "Lockhouse demo", Picture: "/art/" + s.art + ".svg"},
		HoldingDays: 3,
	}
}

// The inner dimensions are those of lockhouse.DefaultSizes, InPost's nominal ones. With walls of 30 mm between them an M
// is as high as two S, an L as two M, so that columns of any mix end at one height.
const (
	wallMM      = 30
	baseMM      = 120
	doorsABoard = 24 // at most; a CU16 has 16 locks
)

// columns says, from the left, which sizes stand upon each other, from the ground up. Big doors are low, where heavy
// parcels go; no compartment's floor is higher than 1.55 m.
var columns = [][]string{
	{"L", "L", "M", "M", "S", "S"},
	{"M", "M", "M", "S", "S", "S", "S", "S", "S", "S", "S"},
	{"L", "L", "L", "S", "S"},
	{"L", "L", "M", "M", "S", "S"},
	{"M", "M", "M", "S", "S", "S", "S", "S", "S", "S", "S"},
	{"L", "L", "L", "S", "S"},
}

// compartments lays out one locker's compartments and wires them to boards in the order of their numbers.
func compartments(locker lockhouse.LockerID, sizes lockhouse.Sizes, boards board.Traits) []lockhouse.Compartment {
	var all []lockhouse.Compartment
	each := min(boards.Channels, doorsABoard)
	for c, column := range columns {
		floor := baseMM
		for r, name := range column {
			size, ok := sizes.Named(name)
			if !ok {
				panic("world: the cabinet names a size that the catalogue lacks: " + name)
			}
			wire := len(all)
			all = append(all, lockhouse.Compartment{
				Locker: locker, Number: wire + 1, Size: size.Name, Rank: size.Rank, Column: c + 1, Row: r + 1, FloorMM: floor,
				Board: boards.FirstBoard + wire/each, Channel: wire % each,
			})
			floor += size.Inner.HeightMM + wallMM
		}
	}
	return all
}
