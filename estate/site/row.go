package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lockhouse"
)

// columns are the names that mean something in a file of sites, whatever their case. A file needs a name or an address,
// lat and lon (in GeoJSON: a point), and a kind unless the import gives one; all else has a default.
//
//	site_id     the owner's own number; importing it again replaces the site      (also id)
//	kind        one of lockhouse.HostKinds, or bikeshare, metro_entrance: transit
//	name        what the operator calls it; without one, the address
//	alias       what labels say; without one, the address
//	address     street and number; without one, the name                            (also street)
//	city region postal country zone    (postal also zip)
//	lat lon     degrees, WGS 84
//	hours       24/7, or like Mo-Fr 08:00-20:00; Sa 10:00-14:00
//	host safety artwork_title artwork_artist artwork_picture
//	guarded step_free   yes or no
//	holding_days        1 to 30
var columns = map[string]string{
	"site_id": "site_id", "id": "site_id", "kind": "kind", "name": "name", "alias": "alias",
	"address": "address", "street": "address", "city": "city", "region": "region", "postal": "postal", "zip": "postal",
	"country": "country", "zone": "zone", "lat": "lat", "lon": "lon", "hours": "hours", "host": "host", "safety": "safety",
	"artwork_title": "artwork_title", "artwork_artist": "artwork_artist", "artwork_picture": "artwork_picture",
	"guarded": "guarded", "step_free": "step_free", "holding_days": "holding_days",
}

// kindsElsewhere are names of other lists for kinds that we have.
var kindsElsewhere = map[string]lockhouse.HostKind{
	"metro_entrance": lockhouse.HostTransit, "bikeshare": lockhouse.HostTransit, "fire": lockhouse.HostFire,
	"fuel": lockhouse.HostFuel, "police_station": lockhouse.HostPolice,
}

// row is one line's cells by column.
type row map[string]string

// set keeps a cell under what its name means, and tells whether it means anything.
func (r row) set(name, cell string) bool {
	column, known := columns[strings.ToLower(strings.TrimSpace(name))]
	if cell = strings.TrimSpace(cell); known && cell != "" && r[column] == "" {
		r[column] = cell
	}
	return known
}

// site makes a site of the row.
func (r row) site(defaults lockhouse.Site) (s lockhouse.Site, err error) {
	s = defaults
	for column, cell := range r {
		if n := len([]rune(cell)); n > maxCellChars {
			return s, malformed(column, "has %d characters; at most %d are read", n, maxCellChars)
		}
	}
	if s.Point, err = r.point(); err != nil {
		return s, err
	}
	if err := r.choices(&s); err != nil {
		return s, err
	}
	r.texts(&s)
	s.ID = r.id(s)
	return s, check(s)
}

func (r row) point() (p lockhouse.Point, err error) {
	for _, c := range []struct {
		column string
		into   *float64
	}{{"lat", &p.Lat}, {"lon", &p.Lon}} {
		if r[c.column] == "" {
			return p, malformed(c.column, "is missing; give degrees")
		}
		if *c.into, err = strconv.ParseFloat(r[c.column], 64); err != nil {
			return p, malformed(c.column, "is %.20q; give degrees such as 38.892", r[c.column])
		}
	}
	return p, p.Check()
}

// choices reads the cells that are more than text.
func (r row) choices(s *lockhouse.Site) (err error) {
	if text := r["kind"]; text != "" {
		s.Kind = lockhouse.HostKind(strings.ToLower(text))
		if kind, known := kindsElsewhere[string(s.Kind)]; known {
			s.Kind = kind
		}
	}
	if text := r["hours"]; text != "" {
		if s.Hours, err = ParseHours(text); err != nil {
			return err
		}
	}
	if text := r["holding_days"]; text != "" {
		if s.HoldingDays, err = strconv.Atoi(text); err != nil {
			return malformed("holding_days", "is %.20q; give 1 to 30", text)
		}
	}
	if s.Guarded, err = r.yes("guarded", s.Guarded); err != nil {
		return err
	}
	s.StepFree, err = r.yes("step_free", s.StepFree)
	return err
}

func (r row) texts(s *lockhouse.Site) {
	for column, into := range map[string]*string{
		"host": &s.Host, "city": &s.City, "region": &s.Region, "postal": &s.Postal, "country": &s.Country, "zone": &s.Zone,
		"safety": &s.Safety, "artwork_title": &s.Artwork.Title, "artwork_artist": &s.Artwork.Artist, "artwork_picture": &s.Artwork.Picture,
	} {
		if r[column] != "" {
			*into = r[column]
		}
	}
	s.Street = either(r["address"], r["name"])
	s.Name = either(r["name"], r["address"])
	s.Alias = either(r["alias"], s.Street)
}

// id is the owner's own number, or else a hash of what and where: the same row gives the same site.
func (r row) id(s lockhouse.Site) lockhouse.SiteID {
	if own := strings.ToLower(r["site_id"]); own != "" {
		return lockhouse.SiteID("site_" + strings.Map(plain, own))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%.5f|%.5f", s.Kind, s.Name, s.Point.Lat, s.Point.Lon))
	return lockhouse.SiteID("site_" + hex.EncodeToString(sum[:8]))
}

func (r row) yes(column string, otherwise bool) (bool, error) {
	switch strings.ToLower(r[column]) {
	case "":
		return otherwise, nil
	case "yes", "true", "1":
		return true, nil
	case "no", "false", "0":
		return false, nil
	}
	return false, malformed(column, "is %.20q; give yes or no", r[column])
}

func either(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// plain keeps what an id may hold.
func plain(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || slices.Contains([]rune("._-"), c) {
		return c
	}
	return '-'
}

func malformed(column, format string, args ...any) error {
	return lockhouse.Refuse(lockhouse.CodeMalformed, column+" "+format+".", args...).With("field", column)
}
