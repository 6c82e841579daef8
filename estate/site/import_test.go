package site_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/estate/site"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// defaults are what the Washington network gives to an import.
func defaults() lockhouse.Site {
	return lockhouse.Site{City: "Washington", Region: "DC", Country: "US", Zone: "America/New_York", Hours: lockhouse.AlwaysOpen(), HoldingDays: 3}
}

func read(t *testing.T, text string) (site.File, error) {
	t.Helper()
	return site.Read(strings.NewReader(text), defaults())
}

func TestReadCSV(t *testing.T) {
	f, err := read(t, "\ufeffSITE_ID,Kind,name,address,lat,lon,hours,guarded,holding_days,psa\n"+
		`DC 1,metro_entrance,"Dupont, Circle",1 P Street NW,38.9,-77.04,Mo-Fr 08:00-20:00; Sa 10:00-14:00,yes,5,301`+"\n")
	if err != nil || len(f.Bad) != 0 || len(f.Sites) != 1 || !slices.Equal(f.Ignored, []string{"psa"}) {
		t.Fatalf("got %+v, %v", f, err)
	}
	s := f.Sites[0]
	if s.ID != "site_dc-1" || s.Kind != lockhouse.HostTransit || s.Name != "Dupont, Circle" || s.Alias != "1 P Street NW" || s.City != "Washington" ||
		s.Point != (lockhouse.Point{Lat: 38.9, Lon: -77.04}) || !s.Guarded || s.StepFree || s.HoldingDays != 5 {
		t.Errorf("got %+v", s)
	}
	if len(s.Hours.Week[0]) != 0 || s.Hours.Week[5][0] != (lockhouse.Span{FromMin: 480, ToMin: 1200}) || s.Hours.Week[6][0].ToMin != 840 {
		t.Errorf("hours %+v", s.Hours.Week)
	}
}

func TestBadRows(t *testing.T) {
	const header = "site_id,kind,name,lat,lon,hours,guarded,holding_days\n"
	for name, c := range map[string]struct{ row, want string }{
		"no latitude":        {"1,bank,A,,-77,,,", "lat is missing"},
		"a comma for a dot":  {`1,bank,A,"38,9",-77,,,`, `lat is "38,9"`},
		"swapped":            {"1,bank,A,-77,238.9,,,", "lon is 238.9"},
		"not a number":       {"1,bank,A,NaN,-77,,,", "lat is NaN"},
		"an unknown kind":    {"1,castle,A,38.9,-77,,,", `The kind of host "castle"`},
		"no kind":            {"1,,A,38.9,-77,,,", `The kind of host ""`},
		"a long name":        {"1,bank," + strings.Repeat("A", 121) + ",38.9,-77,,,", "name has 121 characters"},
		"a very long name":   {"1,bank," + strings.Repeat("A", 1_001) + ",38.9,-77,,,", "name has 1001 characters"},
		"too few cells":      {"1,bank,A", "The row has 3 cells"},
		"hours by the month": {"1,bank,A,38.9,-77,Jan-Mar 08:00-12:00,,", "hours has"},
		"hours backwards":    {"1,bank,A,38.9,-77,Mo 20:00-08:00,,", "from before to"},
		"maybe":              {"1,bank,A,38.9,-77,,maybe,", "guarded is"},
		"many days":          {"1,bank,A,38.9,-77,,,31", "holding_days is 31"},
		"some days":          {"1,bank,A,38.9,-77,,,some", "holding_days is"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := read(t, header+"0,bank,Fine,38.8,-77,,,\n"+c.row+"\n")
			if err != nil || len(f.Sites) != 1 || len(f.Bad) != 1 {
				t.Fatalf("got %+v, %v", f, err)
			}
			if got := f.Bad[0].String(); !strings.HasPrefix(got, "line 3: ") || !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSameSiteTwice(t *testing.T) {
	f, err := read(t, "site_id,kind,name,lat,lon\n1,bank,A,38.9,-77\n1,bank,B,38.8,-77\n")
	if err != nil || len(f.Sites) != 1 || len(f.Bad) != 1 || f.Bad[0].String() != "line 3: The same site stands in line 2 already." {
		t.Fatalf("got %+v, %v", f, err)
	}
}

func TestBadFiles(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		code lockhouse.Code
	}{
		"nothing":           {"", lockhouse.CodeMalformed},
		"no coordinates":    {"name,kind\nA,bank\n", lockhouse.CodeMalformed},
		"no name":           {"lat,lon\n1,2\n", lockhouse.CodeMalformed},
		"an open quote":     {"name,lat,lon\n\"A,1,2\n", lockhouse.CodeMalformed},
		"torn JSON":         {`{"type":"FeatureCollection","features":[`, lockhouse.CodeMalformed},
		"other JSON":        {`{"type":"Feature"}`, lockhouse.CodeMalformed},
		"too many rows":     {"name,lat,lon,kind\n" + strings.Repeat("A,1,2,bank\n", site.MaxImportRows+1), lockhouse.CodeMalformed},
		"too many bytes":    {strings.Repeat("x", site.MaxImportBytes+1), lockhouse.CodeBodyTooLarge},
		"features of a map": {`{"type":"FeatureCollection","features":{"a":1}}`, lockhouse.CodeMalformed},
	} {
		if _, err := read(t, c.text); lockhouse.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadGeoJSON(t *testing.T) {
	f, err := read(t, `{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":{"type":"Point","coordinates":[-77.04,38.9,12]},"properties":{"NAME":"Third","ADDRESS":"1620 V STREET NW","ZIP":20009,"kind":"police","AREA":null,"PSA":301}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0]]]},"properties":{"NAME":"Park"}},
{"type":"Feature","geometry":{"type":"Point","coordinates":["a"]},"properties":{}},
7
]}`)
	if err != nil || len(f.Sites) != 1 || len(f.Bad) != 3 || !slices.Equal(f.Ignored, []string{"PSA"}) {
		t.Fatalf("got %+v, %v", f, err)
	}
	if s := f.Sites[0]; s.Name != "Third" || s.Street != "1620 V STREET NW" || s.Postal != "20009" || s.Point.Lat != 38.9 || s.Kind != lockhouse.HostPolice {
		t.Errorf("got %+v", s)
	}
	for i, place := range []string{"feature 2", "feature 3", "feature 4"} {
		if f.Bad[i].Place != place {
			t.Errorf("bad row %d is said to be %s, and is %s", i, f.Bad[i].Place, place)
		}
	}
}

// TestWashington reads the real candidate sites, imports them, and imports them again: the same sites, once each.
func TestWashington(t *testing.T) {
	folder := os.Getenv("LOCKHOUSE_DATA")
	if folder == "" {
		t.Skip("LOCKHOUSE_DATA is not set; it names the folder with dc/candidate_sites.csv")
	}
	text, err := os.ReadFile(filepath.Join(folder, "dc", "candidate_sites.csv"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := site.Read(bytes.NewReader(text), defaults())
	if err != nil || len(f.Sites) != 1_405 || len(f.Bad) != 0 {
		t.Fatalf("%d sites and %v, %v", len(f.Sites), f.Bad, err)
	}
	s := sqlitetest.Open(t)
	desk := site.Desk{Store: s}
	for range 2 {
		last := 0
		if err := desk.Import(t.Context(), f.Sites, func(done, of int) { last = done }); err != nil || last != 1_405 {
			t.Fatalf("told of %d, %v", last, err)
		}
	}
	storetest.View(t, s, func(tx store.Tx) error {
		all, err := tx.AllSites()
		kinds := map[lockhouse.HostKind]int{}
		for _, s := range all {
			kinds[s.Kind]++
		}
		if len(all) != 1_405 || kinds[lockhouse.HostPolice] != 16 || kinds[lockhouse.HostTransit] != 399+88 || kinds[lockhouse.HostLibrary] != 26 {
			t.Errorf("%d sites: %v", len(all), kinds)
		}
		return err
	})
}

// TestWashingtonGeoJSON reads the city's own lists, each with the kind that an operator gives for all of it.
func TestWashingtonGeoJSON(t *testing.T) {
	folder := os.Getenv("LOCKHOUSE_DATA")
	if folder == "" {
		t.Skip("LOCKHOUSE_DATA is not set; it names the folder with dc/police-stations.geojson")
	}
	for name, want := range map[string]int{"police-stations": 15, "libraries": 26, "fire-stations": 34, "post-offices": 53, "recreation-facilities": 134,
		"metro-station-entrances-district": 88, "capital-bike-share-locations": 399} {
		file, err := os.Open(filepath.Join(folder, "dc", name+".geojson"))
		if err != nil {
			t.Fatal(err)
		}
		d := defaults()
		d.Kind = lockhouse.HostOther
		f, err := site.Read(file, d)
		if err != nil || len(f.Sites) != want || len(f.Bad) != 0 {
			t.Errorf("%s: %d sites, want %d; bad %v, %v", name, len(f.Sites), want, f.Bad, err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestImportIsWhole(t *testing.T) {
	s := sqlitetest.Open(t)
	desk := site.Desk{Store: s}
	bad := storetest.Site(2)
	bad.HoldingDays = 0
	if err := desk.Import(t.Context(), []lockhouse.Site{storetest.Site(1), bad}, nil); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Fatalf("got %v", err)
	}
	storetest.View(t, s, func(tx store.Tx) error {
		all, err := tx.AllSites()
		if len(all) != 0 {
			t.Errorf("%d sites of a refused import", len(all))
		}
		return err
	})
	if err := desk.Put(t.Context(), storetest.Site(1)); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []struct {
		do     func() error
		closed bool
	}{{func() error { return desk.Close(t.Context(), "site_001") }, true}, {func() error { return desk.Reopen(t.Context(), "site_001") }, false}} {
		if err := verb.do(); err != nil {
			t.Fatal(err)
		}
		storetest.View(t, s, func(tx store.Tx) error {
			got, err := tx.Site("site_001")
			if got.Closed != verb.closed {
				t.Errorf("closed: %v", got.Closed)
			}
			return err
		})
	}
	if err := desk.Close(t.Context(), "site_none"); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Errorf("got %v", err)
	}
	if err := desk.Put(t.Context(), lockhouse.Site{ID: "x"}); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Errorf("got %v", err)
	}
}

func TestParseHours(t *testing.T) {
	h, err := site.ParseHours("Mo-Su 08:00-12:00,13:00-24:00; We off; Sa-Mo 10:00-11:00")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]int{0: 1, 1: 1, 2: 2, 3: 0, 4: 2, 5: 2, 6: 1} {
		if got := len(h.Week[day]); got != want {
			t.Errorf("day %d has %d spans, want %d", day, got, want)
		}
	}
	if always, err := site.ParseHours(" 24/7 "); err != nil || len(always.Week[3]) != 1 {
		t.Errorf("got %+v, %v", always, err)
	}
	for _, bad := range []string{"", "Mo", "Xx 08:00-09:00", "Mo 8-9", "Mo 08:00-25:00", "Mo 08:61-09:00", "PH off", "Mo-Fr 08:00-09:00;", strings.Repeat("x", 2_000)} {
		if _, err := site.ParseHours(bad); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// FuzzRead reads anything without falling over; what it takes for a site can be written down.
func FuzzRead(f *testing.F) {
	f.Add("site_id,kind,name,address,lat,lon\nDC1,police,Third,1620 V STREET NW,38.9,-77.04\n")
	f.Add(`{"type":"FeatureCollection","features":[{"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"NAME":"A","kind":"bank"}}]}`)
	f.Add("name,lat,lon,kind,hours\nA,1,2,bank,Mo-Fr 08:00-20:00; Sa 10:00-14:00\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := site.Read(strings.NewReader(text), defaults())
		if err != nil && lockhouse.CodeOf(err) == lockhouse.CodeInternal {
			t.Fatalf("an error without a code: %v", err)
		}
		for _, s := range file.Sites {
			if err := s.Check(); err != nil {
				t.Errorf("a site that can't be kept: %v", err)
			}
		}
	})
}
