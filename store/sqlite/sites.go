package sqlite

import (
	"encoding/json"
	"fmt"

	"lockhouse"
	"lockhouse/store"
)

const siteColumns = `id, name, alias, host, kind, street, city, region, postal, country, lat, lon, zone, hours, safety,
	guarded, step_free, art_title, art_artist, art_picture, holding_days, closed`

// siteReads are all that is read of a site: what is written by PutSite, and what its lockers say.
const siteReads = siteColumns + `, panel, panel_mm`

// siteRow is a site and whether its hours could be read.
type siteRow struct {
	lockhouse.Site
	err error
}

func readSite(r *row) (s siteRow) {
	s.ID, s.Name, s.Alias, s.Host = lockhouse.SiteID(r.text()), r.text(), r.text(), r.text()
	s.Kind = lockhouse.HostKind(r.text())
	s.Street, s.City, s.Region, s.Postal, s.Country = r.text(), r.text(), r.text(), r.text(), r.text()
	s.Point = lockhouse.Point{Lat: r.float(), Lon: r.float()}
	s.Zone = r.text()
	s.err = json.Unmarshal([]byte(r.text()), &s.Hours)
	s.Safety, s.Guarded, s.StepFree = r.text(), r.yes(), r.yes()
	s.Artwork = lockhouse.Artwork{Title: r.text(), Artist: r.text(), Picture: r.text()}
	s.HoldingDays, s.Closed = r.int(), r.yes()
	s.Panel = lockhouse.ReadPanel(r.text(), r.int())
	return s
}

func (t *tx) Site(id lockhouse.SiteID) (lockhouse.Site, error) {
	s, err := remembered(t, ofSites, id, func() (siteRow, error) {
		return must(t, "There is no such site.", readSite, `SELECT `+siteReads+` FROM sites WHERE id = ?`, id)
	})
	if err == nil && s.err != nil {
		err = fmt.Errorf("hours of site %s: %w", id, s.err)
	}
	return s.Site, err
}

func (t *tx) PutSite(s lockhouse.Site) error {
	hours, err := json.Marshal(s.Hours)
	if err != nil {
		return fmt.Errorf("hours of site %s: %w", s.ID, err)
	}
	return t.conn.run(`INSERT INTO sites (version, `+siteColumns+`)
		VALUES ((SELECT coalesce(max(version), 0) + 1 FROM sites), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, name = excluded.name, alias = excluded.alias,
			host = excluded.host, kind = excluded.kind, street = excluded.street, city = excluded.city, region = excluded.region,
			postal = excluded.postal, country = excluded.country, lat = excluded.lat, lon = excluded.lon, zone = excluded.zone,
			hours = excluded.hours, safety = excluded.safety, guarded = excluded.guarded, step_free = excluded.step_free,
			art_title = excluded.art_title, art_artist = excluded.art_artist, art_picture = excluded.art_picture,
			holding_days = excluded.holding_days, closed = excluded.closed`,
		s.ID, s.Name, s.Alias, s.Host, s.Kind, s.Street, s.City, s.Region, s.Postal, s.Country, s.Point.Lat, s.Point.Lon,
		s.Zone, string(hours), s.Safety, s.Guarded, s.StepFree, s.Artwork.Title, s.Artwork.Artist, s.Artwork.Picture,
		s.HoldingDays, s.Closed)
}

func (t *tx) AllSites() ([]lockhouse.Site, error) { return t.SitesSince(0) }

func (t *tx) SitesSince(version int64) ([]lockhouse.Site, error) {
	return t.sites(`SELECT `+siteReads+` FROM sites WHERE version > ? ORDER BY version`, version)
}

func (t *tx) ListSites(p store.Page) ([]lockhouse.Site, error) {
	return t.sites(`SELECT `+siteReads+` FROM sites WHERE id > ? ORDER BY id LIMIT ?`, p.After, most(p))
}

func (t *tx) sites(sql string, args ...any) ([]lockhouse.Site, error) {
	rows, err := all(t, readSite, sql, args...)
	sites := make([]lockhouse.Site, len(rows))
	for i, s := range rows {
		if s.err != nil {
			return nil, fmt.Errorf("hours of site %s: %w", s.ID, s.err)
		}
		sites[i] = s.Site
	}
	return sites, err
}

func (t *tx) SetSiteClosed(id lockhouse.SiteID, closed bool) error {
	return t.change("There is no such site.",
		`UPDATE sites SET closed = ?, version = (SELECT max(version) + 1 FROM sites) WHERE id = ?`, closed, id)
}

func (t *tx) SetSitePanel(id lockhouse.SiteID, p lockhouse.Panel) error {
	return t.change("There is no such site.",
		`UPDATE sites SET panel = ?, panel_mm = ?, version = (SELECT max(version) + 1 FROM sites) WHERE id = ?`, p.String(), p.HeightMM, id)
}

func (t *tx) SitesVersion() (int64, error) {
	v, _, err := one(t, (*row).int64, `SELECT coalesce(max(version), 0) FROM sites`)
	return v, err
}
