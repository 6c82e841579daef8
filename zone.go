package lockhouse

import (
	"strings"
	"sync"
	"time"
)

// MaxZoneBytes bounds the name of a time zone. The longest in the IANA database has 32.
const MaxZoneBytes = 48

// CheckZone refuses what can't be the IANA name of a time zone. Whether there is one of that name, each machine knows by its own database.
func CheckZone(name string) error {
	beyond := strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") != ""
	if beyond || name == "" || name == "Local" || len(name) > MaxZoneBytes {
		return unknownZone(name)
	}
	return nil
}

func unknownZone(name string) error {
	return Refuse(CodeMalformed, "The time zone %q is not known; give an IANA name such as America/New_York.", name)
}

// Zone gives a time zone by its IANA name; one that this machine does not know is refused as malformed.
func Zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if err := CheckZone(name); err != nil {
		return nil, err
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, unknownZone(name)
	}
	zones.Store(name, loc)
	return loc, nil
}

// zones are the time zones that were asked for. Reading one opens a file, and every hold asks; there are some 600.
var zones sync.Map // of *time.Location by name
