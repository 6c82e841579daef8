package api

import (
	"context"
	"net/http"

	"lockhouse"
	"lockhouse/estate/cells"
)

type nearCellsInput struct {
	Lat     float64 `query:"lat" required:"true" minimum:"-90" maximum:"90" example:"38.9072" doc:"Degrees, WGS 84."`
	Lon     float64 `query:"lon" required:"true" minimum:"-180" maximum:"180" example:"-77.0369" doc:"Degrees, WGS 84."`
	WithinM int     `query:"within_m" minimum:"0" maximum:"20038000" default:"50000" doc:"How near."`
}

type cellInput struct {
	SiteID lockhouse.SiteID `path:"site_id" maxLength:"64"`
}

type cellsView struct {
	This  string     `json:"this" doc:"The name of the cell that answers; empty in a network of one."`
	Cells []cellView `json:"cells"`
}

type cellView struct {
	Name     string  `json:"name" example:"us-east"`
	BaseURL  string  `json:"base_url" doc:"Where to ask about its sites, with a key of that cell."`
	Lat      float64 `json:"lat" doc:"The middle of its region."`
	Lon      float64 `json:"lon"`
	RadiusKM float64 `json:"radius_km" doc:"All its sites lie within so much of the middle."`
}

func viewCell(c cells.Cell) cellView {
	return cellView{Name: c.Name, BaseURL: c.BaseURL, Lat: c.Lat, Lon: c.Lon, RadiusKM: c.RadiusKM}
}

func (a *API) cells() {
	add(a, route{
		method: http.MethodGet, path: "/v1/cells", id: "listCells", tag: tagAbout, who: anybody, summary: "The cells of a large network",
		about: "Public. A network that outgrew one store is made of cells, one a region, each with an address of its own. One that did not has none to list.",
	}, func(context.Context, *struct{}) (*publicAnswer[cellsView], error) {
		return public(cellsView{This: a.Cell, Cells: listOf(a.Cells.All(), viewCell)}), nil
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/cells/near", id: "findCells", tag: tagAbout, who: anybody, summary: "The cells around a point",
		about: "Public. Those that may have a site so near, nearest first: at a border ask each of them for sites.",
	}, func(_ context.Context, in *nearCellsInput) (*publicAnswer[cellsView], error) {
		p := lockhouse.Point{Lat: in.Lat, Lon: in.Lon}
		if err := p.Check(); err != nil {
			return nil, err
		}
		near := a.Cells.Near(p, float64(in.WithinM))
		return public(cellsView{This: a.Cell, Cells: listOf(near, viewCell)}), nil
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/cells/of/{site_id}", id: "findCell", tag: tagAbout, who: anybody, summary: "The cell of a site",
		about: "Public. Says where to ask, not whether there is such a site: that is the cell's to know.", refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(_ context.Context, in *cellInput) (*publicAnswer[cellView], error) {
		c, found := a.Cells.Of(in.SiteID)
		if !found {
			return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "No cell of this network has sites of that name.").With("site_id", in.SiteID)
		}
		return public(viewCell(c)), nil
	})
	a.mux.HandleFunc("OPTIONS /v1/cells", preflight)
	a.mux.HandleFunc("OPTIONS /v1/cells/near", preflight)
	a.mux.HandleFunc("OPTIONS /v1/cells/of/{site_id}", preflight)
}

// inCell says of a site that is not found here in which cell it is, if the directory knows. Other refusals stay what they are.
func (a *API) inCell(refused error, site lockhouse.SiteID) error {
	if lockhouse.CodeOf(refused) != lockhouse.CodeNotFound {
		return refused
	}
	c, found := a.Cells.Of(site)
	if !found || c.Name == a.Cell {
		return refused
	}
	return lockhouse.Refuse(lockhouse.CodeOtherCell, "This site belongs to the cell %s. Ask there: %s.", c.Name, c.BaseURL).
		With("cell", c.Name).With("base_url", c.BaseURL).With("site_id", site).Because(refused)
}
