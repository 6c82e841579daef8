package api_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/app/network"
)

const directory = `
[[cell]]
name = "washington"
base_url = "https://dc.parcels.example"
sites = ["site_t"]
lat = 38.9
lon = -77.0
radius_km = 20

[[cell]]
name = "oslo"
base_url = "https://no.parcels.example"
sites = ["site_no-", "site_torshov"]
lat = 59.9
lon = 10.7
radius_km = 100
`

// inTwoCells makes a world that is the cell of washington.
func inTwoCells(t *testing.T) *world {
	return open(t, 1, func(c *network.Config) {
		c.Cells = network.Cells{This: "washington", DirectoryFile: filepath.Join(t.TempDir(), "cells.toml")}
		if err := os.WriteFile(c.Cells.DirectoryFile, []byte(directory), 0o600); err != nil {
			t.Fatal(err)
		}
	})
}

// TestSiteOfAnotherCell: who asks the wrong cell about a site is told the right one; nobody is sent round in a circle, and a
// site that nobody has stays unknown.
func TestSiteOfAnotherCell(t *testing.T) {
	w := inTwoCells(t)
	shop := w.secrets[lockhouse.ScopeShop]
	for site, elsewhere := range map[string]bool{"site_no-7": true, "site_torshov-1": true, "site_tempe": false, "site_x": false} {
		hold := w.goodHold()
		hold["site_id"] = site
		for _, said := range []reply{w.call("GET", "/v1/sites/"+site, shop, nil), w.call("PUT", "/v1/holds/cart-1", shop, hold)} {
			if !elsewhere {
				said.refused(404, lockhouse.CodeNotFound)
				continue
			}
			p := said.refused(421, lockhouse.CodeOtherCell)
			if p["cell"] != "oslo" || p["base_url"] != "https://no.parcels.example" || p["site_id"] != site {
				t.Errorf("%s: %v", site, p)
			}
		}
	}
	w.call("PUT", "/v1/holds/here", shop, w.goodHold()).is(201)
}

func TestCellsAreListed(t *testing.T) {
	w := inTwoCells(t)
	names := func(path string) (out []any) {
		list := w.call("GET", path, "", nil).is(200).json()
		if list["this"] != "washington" {
			t.Errorf("%s: this is %v", path, list["this"])
		}
		for _, c := range list["cells"].([]any) {
			out = append(out, c.(map[string]any)["name"])
		}
		return out
	}
	if got := names("/v1/cells"); !slices.Equal(got, []any{"washington", "oslo"}) {
		t.Error(got)
	}
	if got := names("/v1/cells/near?lat=59.9&lon=10"); !slices.Equal(got, []any{"oslo"}) {
		t.Error(got)
	}
	if got := names("/v1/cells/near?lat=0&lon=0"); got != nil {
		t.Error(got)
	}
	if got := w.call("GET", "/v1/cells/of/site_no-1", "", nil).is(200).at("base_url"); got != "https://no.parcels.example" {
		t.Error(got)
	}
	w.call("GET", "/v1/cells/of/site_x", "", nil).refused(404, lockhouse.CodeNotFound)
	w.call("GET", "/v1/cells/near?lat=91&lon=0", "", nil).refused(400, lockhouse.CodeMalformed)
}

func TestCellThatDoesNotKnowItself(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cells.toml")
	if err := os.WriteFile(file, []byte(directory), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, c := range map[string]network.Cells{
		"does not have":         {This: "berlin", DirectoryFile: file},
		"go together":           {This: "oslo"},
		"cells.directory_file:": {This: "oslo", DirectoryFile: file + ".not"},
	} {
		config := network.Defaults()
		config.DataDir, config.Cells = t.TempDir(), c
		n, err := network.Open(t.Context(), config, network.Parts{})
		if err == nil {
			n.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
