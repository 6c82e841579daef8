package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/bench/earth"
	"lockhouse/bench/load"
)

func TestRoomIsWhatTheEarthSays(t *testing.T) {
	for n := range 200 {
		room, err := roomOf(n, 20_790, 20_793)
		if err != nil {
			t.Fatal(err)
		}
		for i, size := range earth.Sizes {
			if got := room.FitsOn(20_790, 20_794, i+1); got != earth.Has(n, size.Name) {
				t.Fatalf("site %d, size %s: %v", n, size.Name, got)
			}
		}
	}
}

func TestSitesCanBeWrittenDown(t *testing.T) {
	world := earth.New()
	for n := range 2_000 {
		if err := world.Site(n).Check(); err != nil {
			t.Fatal(n, err)
		}
	}
	if world.Site(7).Point != earth.New().Site(7).Point || world.Site(7).Point == (lockhouse.Point{}) {
		t.Error("the world is another each time")
	}
}

// Both servers are built, filled and asked for real, for a moment, and name the same sites.
func TestSearchesAreComparedForReal(t *testing.T) {
	if there, _ := filepath.Glob("/usr/share/postgresql/*/extension/postgis.control"); len(there) == 0 {
		t.Skip("PostGIS is not installed; scripts/setup bench does that")
	}
	w, err := newWorkshop("")
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	o := options{searchSites: 3_000, searchConnections: 2, search: load.Plan{Clients: 4, Rounds: 1, Window: 200 * time.Millisecond, Quiet: 100 * time.Millisecond}}
	var r report
	if err := compareSearch(t.Context(), w, o, &r); err != nil {
		t.Fatal(err)
	}
	if s := r.Searches; len(s.BySize) != len(earth.Sizes) || s.Ready <= 0 || s.MemoryBytes <= 0 || s.Alone[0].MaxGroups == 0 {
		t.Fatalf("%+v", s)
	}
	var out bytes.Buffer
	if err := printSearches(&out, r); err != nil || !strings.Contains(out.String(), "1 % of the sites have room") {
		t.Fatalf("%v\n%s", err, out.String())
	}
}
