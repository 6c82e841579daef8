package site

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"lockhouse"
)

// Limits of a file of sites.
const (
	MaxImportBytes = 32 << 20
	MaxImportRows  = 20_000
	maxCellChars   = 1_000
)

// File is what was read from a file of sites. Whoever imports it decides what bad rows mean: none of it, or the good ones.
type File struct {
	Sites   []lockhouse.Site
	Bad     []BadRow
	Ignored []string // columns or properties that mean nothing here, in alphabetical order
}

// BadRow is a row that is no site, and why.
type BadRow struct {
	Place string // "line 3" of a CSV file, "feature 3" of a GeoJSON file; both count from 1
	Err   error
}

// String gives place and reason, for a person at a terminal.
func (b BadRow) String() string {
	if e, ok := errors.AsType[*lockhouse.Error](b.Err); ok {
		return fmt.Sprintf("%s: %s", b.Place, e.Sentence)
	}
	return fmt.Sprintf("%s: %v", b.Place, b.Err)
}

// Read reads sites from CSV or GeoJSON, whichever the bytes look like. Defaults gives what the file leaves out: time
// zone, holding days, hours, city, kind of host.
func Read(r io.Reader, defaults lockhouse.Site) (File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxImportBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("read the file of sites: %w", err)
	}
	if len(text) > MaxImportBytes {
		return File{}, lockhouse.Refuse(lockhouse.CodeBodyTooLarge, "The file has more than %d bytes. Split it.", MaxImportBytes)
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // the mark that spreadsheets put in front
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return readGeoJSON(text, defaults)
	}
	return readCSV(text, defaults)
}

// reading collects rows of either format.
type reading struct {
	file     File
	defaults lockhouse.Site
	place    map[lockhouse.SiteID]string // where each id stood first
	rows     int
}

// take adds a row; its error ends the reading.
func (r *reading) take(place string, cells row) error {
	if r.rows++; r.rows > MaxImportRows {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "The file has more than %d rows. Split it.", MaxImportRows)
	}
	if r.place == nil {
		r.place = map[lockhouse.SiteID]string{}
	}
	s, err := cells.site(r.defaults)
	if first, twice := r.place[s.ID]; err == nil && twice {
		err = lockhouse.Refuse(lockhouse.CodeConflict, "The same site stands in %s already.", first)
	}
	if err != nil {
		r.file.Bad = append(r.file.Bad, BadRow{Place: place, Err: err})
		return nil
	}
	r.place[s.ID] = place
	r.file.Sites = append(r.file.Sites, s)
	return nil
}

// ignore notes names that mean nothing here, each once.
func (r *reading) ignore(name string) {
	at, found := slices.BinarySearch(r.file.Ignored, name)
	if !found {
		r.file.Ignored = slices.Insert(r.file.Ignored, at, name)
	}
}
