package cells_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/estate/cells"
)

const two = `
[[cell]]
name = "us-east"
base_url = "https://us-east.parcels.example"
sites = ["site_us-", "site_ca-qc-"]
lat = 38.9
lon = -77.0
radius_km = 1500

[[cell]]
name = "washington"
base_url = "https://dc.parcels.example"
sites = ["site_us-dc-"]
lat = 38.9
lon = -77.0
radius_km = 20
`

func TestLongestClaimDecides(t *testing.T) {
	d, err := cells.Read(strings.NewReader(two), "")
	if err != nil {
		t.Fatal(err)
	}
	for site, want := range map[lockhouse.SiteID]string{"site_us-md-1": "us-east", "site_us-dc-1": "washington", "site_us-dc-": "washington",
		"site_ca-qc-9": "us-east", "site_ca-on-9": "", "site_": "", "": ""} {
		if c, found := d.Of(site); c.Name != want || found != (want != "") {
			t.Errorf("%s is kept by %q, not %q", site, c.Name, want)
		}
	}
}

// TestOneCellForEachSite compares with looking through all claims.
func TestOneCellForEachSite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		claims := rapid.SliceOfNDistinct(rapid.StringMatching("site_[ab]{0,4}"), 1, 12, rapid.ID).Draw(t, "claims")
		var all []cells.Cell
		for i, c := range claims {
			all = append(all, cells.Cell{Name: fmt.Sprint(i), BaseURL: "https://c.example", Sites: []string{c}, RadiusKM: 1})
		}
		d, err := cells.New(all)
		if err != nil {
			t.Fatal(err)
		}
		site := rapid.StringMatching("site_[abc]{0,6}").Draw(t, "site")
		best := -1
		for i, c := range claims {
			if strings.HasPrefix(site, c) && (best < 0 || len(c) > len(claims[best])) {
				best = i
			}
		}
		got, found := d.Of(lockhouse.SiteID(site))
		if found != (best >= 0) || found && got.Name != fmt.Sprint(best) {
			t.Fatalf("%s: %+v, not %d of %v", site, got, best, claims)
		}
	})
}

func TestNear(t *testing.T) {
	d, err := cells.New([]cells.Cell{
		{Name: "fiji", BaseURL: "https://f.example", Sites: []string{"site_fj-"}, Lat: -18, Lon: 178, RadiusKM: 300},
		{Name: "samoa", BaseURL: "https://s.example", Sites: []string{"site_ws-"}, Lat: -13.8, Lon: -172, RadiusKM: 100},
		{Name: "oslo", BaseURL: "https://o.example", Sites: []string{"site_no-"}, Lat: 60, Lon: 10.7, RadiusKM: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	names := func(p lockhouse.Point, withinM float64) (out []string) {
		for _, c := range d.Near(p, withinM) {
			out = append(out, c.Name)
		}
		return out
	}
	// Across the date line, 1,100 km and more between the middles.
	if got := names(lockhouse.Point{Lat: -18, Lon: -179.9}, 2_000_000); !slices.Equal(got, []string{"fiji", "samoa"}) {
		t.Errorf("near the date line: %v", got)
	}
	if got := names(lockhouse.Point{Lat: 60, Lon: 10}, 0); !slices.Equal(got, []string{"oslo"}) {
		t.Errorf("in Oslo: %v", got)
	}
	if got := names(lockhouse.Point{Lat: 90}, 0); got != nil {
		t.Errorf("at the pole: %v", got)
	}
}

func TestRefuses(t *testing.T) {
	for says, change := range map[string]func(string) string{
		`no key "cell.radius"`:  func(s string) string { return strings.Replace(s, "radius_km", "radius", 1) },
		"must begin with https": func(s string) string { return strings.Replace(s, "https://dc", "http://dc", 1) },
		"without a slash":       func(s string) string { return strings.Replace(s, "dc.parcels.example", "dc.parcels.example/", 1) },
		"two cells":             func(s string) string { return strings.Replace(s, `"washington"`, `"us-east"`, 1) },
		"belongs to one cell":   func(s string) string { return strings.Replace(s, "site_us-dc-", "site_us-", 1) },
		"must begin with site_": func(s string) string { return strings.Replace(s, "site_us-dc-", "us-dc-", 1) },
		"must name 1 to 1000":   func(s string) string { return strings.Replace(s, `"site_us-dc-"`, "", 1) },
		"give degrees":          func(s string) string { return strings.Replace(s, "lat = 38.9", "lat = 98.9", 1) },
		"must be above 0":       func(s string) string { return strings.Replace(s, "radius_km = 20", "radius_km = nan", 1) },
		"1 to 60 characters":    func(s string) string { return strings.Replace(s, `"washington"`, `""`, 1) },
	} {
		_, err := cells.Read(strings.NewReader(change(two)), "docs/growing.md")
		if err == nil || !strings.Contains(err.Error(), says) || lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", says, err)
		}
	}
	if _, err := cells.New(make([]cells.Cell, cells.MaxCells+1)); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(two)
	f.Add("[[cell]]\nsites = [\"site_\"]")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := cells.Read(strings.NewReader(text), "")
		if err != nil {
			return
		}
		for _, c := range d.All() {
			if got, found := d.Of(lockhouse.SiteID(c.Sites[0])); !found || got.Name != c.Name {
				t.Fatalf("%s does not keep what it claims", c.Name)
			}
		}
	})
}
