package lockhouse

import "time"

// HostKind is the sort of organisation that owns a place. Recipients filter by it.
type HostKind string

// The kinds a site can have; an import that names another is refused with this list.
const (
	HostPolice     HostKind = "police"
	HostFire       HostKind = "fire_station"
	HostLibrary    HostKind = "library"
	HostPost       HostKind = "post_office"
	HostRecreation HostKind = "recreation"
	HostGrocery    HostKind = "grocery"
	HostPharmacy   HostKind = "pharmacy"
	HostFuel       HostKind = "gas_station"
	HostBank       HostKind = "bank"
	HostHotel      HostKind = "hotel"
	HostTransit    HostKind = "transit"
	HostShop       HostKind = "shop"
	HostOther      HostKind = "other"
)

// HostKinds lists every kind, in the order in which a screen offers them.
func HostKinds() []HostKind {
	return []HostKind{HostPolice, HostFire, HostLibrary, HostPost, HostRecreation, HostGrocery, HostPharmacy, HostFuel,
		HostBank, HostHotel, HostTransit, HostShop, HostOther}
}

// Artwork is what is painted across a locker's doors.
type Artwork struct {
	Title   string
	Artist  string
	Picture string // path of an image on the network's own web server
}

// Site is a place with an address where parcels can be collected.
type Site struct {
	ID      SiteID
	Name    string // what the operator and the host call it
	Alias   string // discreet: what labels and messages say; it names neither the host nor a shop
	Host    string
	Kind    HostKind
	Street  string
	City    string
	Region  string
	Postal  string
	Country string // ISO 3166-1 alpha-2
	Point   Point
	Zone    string // IANA time zone
	Hours   Hours

	Safety   string // what makes it safe, in one sentence for recipients
	Guarded  bool   // somebody is on duty there whenever it is open
	StepFree bool
	Artwork  Artwork

	Panel Panel // what all its lockers have for people without a smartphone

	HoldingDays int  // days a parcel may wait after drop-off
	Closed      bool // takes no more parcels; those inside can still be collected
}

// Location gives the site's time zone; a zone that this machine does not know is an error of the site's data.
func (s Site) Location() (*time.Location, error) { return Zone(s.Zone) }

// Check refuses a site that could not be shown or found. Limits are in characters.
func (s Site) Check() error {
	for _, f := range []struct {
		name, text string
		max        int
		must       bool
	}{{"name", s.Name, 120, true}, {"alias", s.Alias, 80, true}, {"host", s.Host, 120, false}, {"street", s.Street, 160, true},
		{"city", s.City, 80, false}, {"region", s.Region, 80, false}, {"postal", s.Postal, 16, false}, {"safety", s.Safety, 300, false},
		{"artwork title", s.Artwork.Title, 120, false}, {"artwork artist", s.Artwork.Artist, 120, false}} {
		if f.must && f.text == "" {
			return Refuse(CodeMalformed, "A site needs a %s.", f.name).With("field", f.name)
		}
		if n := len([]rune(f.text)); n > f.max {
			return Refuse(CodeMalformed, "The %s has %d characters; at most %d are kept.", f.name, n, f.max).With("field", f.name)
		}
	}
	if !knownKind(s.Kind) {
		return Refuse(CodeMalformed, "The kind of host %q is not known; give one of %v.", s.Kind, HostKinds()).With("field", "kind")
	}
	if s.HoldingDays < 1 || s.HoldingDays > 30 {
		return Refuse(CodeMalformed, "holding_days is %d; give 1 to 30.", s.HoldingDays).With("field", "holding_days")
	}
	if err := s.Point.Check(); err != nil {
		return err
	}
	if _, err := s.Location(); err != nil {
		return err
	}
	return s.Hours.Check()
}

func knownKind(kind HostKind) bool {
	for _, k := range HostKinds() {
		if k == kind {
			return true
		}
	}
	return false
}
