package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"lockhouse"
)

// feature is as much of a GeoJSON feature (RFC 7946) as a site needs.
type feature struct {
	Type     string `json:"type"`
	Geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

// readGeoJSON reads a FeatureCollection of points whose properties have the names of columns.
func readGeoJSON(text []byte, defaults lockhouse.Site) (File, error) {
	var collection struct {
		Type     string            `json:"type"`
		Features []json.RawMessage `json:"features"`
	}
	if err := json.Unmarshal(text, &collection); err != nil {
		return File{}, lockhouse.Refuse(lockhouse.CodeMalformed, "The file can't be read as JSON: %v.", err)
	}
	if collection.Type != "FeatureCollection" {
		return File{}, lockhouse.Refuse(lockhouse.CodeMalformed, "The file's type is %.40q; give a GeoJSON FeatureCollection of points.", collection.Type)
	}
	r := reading{defaults: defaults}
	for i, raw := range collection.Features {
		place := fmt.Sprint("feature ", i+1)
		cells, err := r.feature(raw)
		if err != nil {
			r.rows++
			r.file.Bad = append(r.file.Bad, BadRow{Place: place, Err: err})
			continue
		}
		if err := r.take(place, cells); err != nil {
			return File{}, err
		}
	}
	return r.file, nil
}

// feature gives a feature's cells.
func (r *reading) feature(raw json.RawMessage) (row, error) {
	var f feature
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber() // an owner's number stays as it was written
	if err := in.Decode(&f); err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The feature can't be read: %v.", err)
	}
	var lonLat []float64 // and perhaps an altitude
	if f.Geometry.Type != "Point" || json.Unmarshal(f.Geometry.Coordinates, &lonLat) != nil || len(lonLat) < 2 {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The feature is %.40q; a site is a Point with longitude and latitude.", f.Geometry.Type)
	}
	cells := row{
		"lon": strconv.FormatFloat(lonLat[0], 'f', -1, 64),
		"lat": strconv.FormatFloat(lonLat[1], 'f', -1, 64),
	}
	for name, value := range f.Properties {
		if value == nil {
			continue
		}
		if !cells.set(name, fmt.Sprint(value)) {
			r.ignore(name)
		}
	}
	return cells, nil
}
