// Package cells knows which part of a network that outgrew one store keeps which site. Such a network is made of cells: each is
// a whole network of a region, with a store, nodes and lockers' lines of its own, and goes on when every other cell is down.
// What they share is one small text, the directory; every cell holds a copy, so finding a cell asks nobody.
//
// A site belongs to the cell that claims the longest beginning of its id. So a region's sites need no list of their own,
// and part of a cell becomes a new cell by one more line.
package cells

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strings"

	"lockhouse"
	"lockhouse/internal/settings"
)

// Limits of a directory.
const (
	MaxCells    = 1_000
	MaxClaims   = 1_000 // of one cell
	maxNameRune = 60
	maxRadiusKM = 20_038 // half way round the earth: everywhere
)

// Cell is one region's network.
type Cell struct {
	Name     string   `toml:"name" doc:"Short and lasting, such as us-east: 1 to 60 characters."`
	BaseURL  string   `toml:"base_url" doc:"Where people and shops reach it, such as https://us-east.parcels.example, without a slash at the end."`
	Sites    []string `toml:"sites" doc:"Beginnings of the ids of its sites, such as site_us-dc-. The longest that fits a site decides."`
	Lat      float64  `toml:"lat" doc:"The middle of its region, in degrees."`
	Lon      float64  `toml:"lon" doc:"The middle of its region, in degrees."`
	RadiusKM float64  `toml:"radius_km" doc:"All its sites lie within so many kilometres of the middle."`
}

// Middle is the middle of the cell's region.
func (c Cell) Middle() lockhouse.Point { return lockhouse.Point{Lat: c.Lat, Lon: c.Lon} }

// MetresTo gives how far a point lies outside of the cell's region; 0 within it.
func (c Cell) MetresTo(p lockhouse.Point) float64 {
	return max(0, c.Middle().MetresTo(p)-c.RadiusKM*1_000)
}

// Directory is all cells of a network. The zero Directory is that of a network that needs none.
type Directory struct {
	cells  []Cell
	claims []claim // the longest first
}

type claim struct {
	beginning string
	cell      int
}

// Read reads a directory in TOML, [[cell]] after [[cell]], and refuses one in which a site could belong to two cells or
// to nobody's address. how is the document that explains the format.
func Read(r io.Reader, how string) (Directory, error) {
	var file struct {
		Cells []Cell `toml:"cell"`
	}
	if err := settings.Read(r, &file, how); err != nil {
		return Directory{}, err
	}
	return New(file.Cells)
}

// New checks cells and makes a directory of them.
func New(all []Cell) (Directory, error) {
	if len(all) > MaxCells {
		return Directory{}, lockhouse.Refuse(lockhouse.CodeMalformed, "A directory has at most %d cells.", MaxCells)
	}
	d := Directory{cells: slices.Clone(all)}
	for i, c := range d.cells {
		if err := c.check(); err != nil {
			return Directory{}, err
		}
		for _, b := range c.Sites {
			d.claims = append(d.claims, claim{b, i})
		}
	}
	return d, d.settle()
}

// settle sorts the claims and refuses names and claims that stand twice.
func (d *Directory) settle() error {
	slices.SortFunc(d.claims, func(a, b claim) int {
		return cmp.Or(len(b.beginning)-len(a.beginning), strings.Compare(a.beginning, b.beginning))
	})
	for i := 1; i < len(d.claims); i++ {
		if a, b := d.claims[i-1], d.claims[i]; a.beginning == b.beginning {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "The directory gives %q to %s and to %s. A site belongs to one cell.",
				a.beginning, d.cells[a.cell].Name, d.cells[b.cell].Name).With("field", "sites")
		}
	}
	names := map[string]bool{}
	for _, c := range d.cells {
		if names[c.Name] {
			return lockhouse.Refuse(lockhouse.CodeMalformed, "The directory has two cells %q.", c.Name).With("field", "name")
		}
		names[c.Name] = true
	}
	return nil
}

// All gives the cells in the directory's order.
func (d Directory) All() []Cell { return slices.Clone(d.cells) }

// Named finds a cell by its name.
func (d Directory) Named(name string) (Cell, bool) {
	at := slices.IndexFunc(d.cells, func(c Cell) bool { return c.Name == name })
	if at < 0 {
		return Cell{}, false
	}
	return d.cells[at], true
}

// Of finds the cell of a site; found is false when nobody claims it.
func (d Directory) Of(site lockhouse.SiteID) (c Cell, found bool) {
	for _, claimed := range d.claims {
		if strings.HasPrefix(string(site), claimed.beginning) {
			return d.cells[claimed.cell], true
		}
	}
	return Cell{}, false
}

// Near gives the cells that may have a site within so many metres of a point, the nearest first. A shop at the border of two
// cells asks both.
func (d Directory) Near(p lockhouse.Point, withinM float64) []Cell {
	near := slices.DeleteFunc(d.All(), func(c Cell) bool { return c.MetresTo(p) > withinM })
	slices.SortStableFunc(near, func(a, b Cell) int { return cmp.Compare(a.MetresTo(p), b.MetresTo(p)) })
	return near
}

func (c Cell) check() error {
	refuse := func(field, why string) error {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Directory: the cell %q: %s %s.", c.Name, field, why).With("field", field)
	}
	u, err := url.Parse(c.BaseURL)
	switch n := len([]rune(c.Name)); {
	case n < 1 || n > maxNameRune:
		return refuse("name", "must have 1 to 60 characters")
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(c.BaseURL, "/"):
		return refuse("base_url", "must look like https://us-east.parcels.example, without a slash at the end")
	case u.Scheme != "https" && !(u.Scheme == "http" && settings.ThisMachine(u.Hostname())):
		return refuse("base_url", "must begin with https://, or keys can be read on the way")
	case len(c.Sites) < 1 || len(c.Sites) > MaxClaims:
		return refuse("sites", "must name 1 to 1000 beginnings of site ids")
	case slices.ContainsFunc(c.Sites, func(b string) bool { return !strings.HasPrefix(b, "site_") || len(b) > 64 }):
		return refuse("sites", "must begin with site_ and have at most 64 characters")
	case c.Middle().Check() != nil:
		return c.Middle().Check()
	case !(c.RadiusKM > 0 && c.RadiusKM <= maxRadiusKM):
		return refuse("radius_km", "must be above 0 and at most 20038")
	}
	return nil
}
