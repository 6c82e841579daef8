package checkout

import (
	"math"
	"sync"

	"github.com/tidwall/rtree"

	"lockhouse"
)

// places is where the sites are, in memory: a tree over degrees, searched by distance on the sphere. It follows the
// store by its version of sites, so that a change by anybody is seen by the next question.
type places struct {
	mu      sync.RWMutex
	version int64
	tree    rtree.RTreeG[lockhouse.SiteID]
	sites   map[lockhouse.SiteID]lockhouse.Site
}

// sitesSource is what places follows.
type sitesSource interface {
	SitesVersion() (int64, error)
	SitesSince(version int64) ([]lockhouse.Site, error)
}

// refresh takes in the sites that changed since the last time.
func (p *places) refresh(from sitesSource) error {
	version, err := from.SitesVersion()
	if err != nil {
		return err
	}
	p.mu.RLock()
	fresh := p.version >= version // a transaction that began earlier may see less than another has taken in
	p.mu.RUnlock()
	if fresh {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	changed, err := from.SitesSince(p.version)
	if err != nil {
		return err
	}
	for _, s := range changed {
		p.put(s)
	}
	p.version = max(p.version, version)
	return nil
}

func (p *places) put(s lockhouse.Site) {
	if p.sites == nil {
		p.sites = map[lockhouse.SiteID]lockhouse.Site{}
	}
	if old, known := p.sites[s.ID]; known {
		p.tree.Delete(corner(old.Point), corner(old.Point), s.ID)
	}
	p.tree.Insert(corner(s.Point), corner(s.Point), s.ID)
	p.sites[s.ID] = s
}

// nearest walks the sites from a point outwards until look says no, or after most of them.
func (p *places) nearest(from lockhouse.Point, most int, look func(lockhouse.Site, float64) (bool, error)) (err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	p.tree.Nearby(
		func(low, high [2]float64, _ lockhouse.SiteID, _ bool) float64 { return metresToBox(from, low, high) },
		func(_, _ [2]float64, id lockhouse.SiteID, metres float64) bool {
			most--
			var more bool
			more, err = look(p.sites[id], metres)
			return more && most > 0 && err == nil
		})
	return err
}

func corner(p lockhouse.Point) [2]float64 { return [2]float64{p.Lon, p.Lat} }

// metresToBox gives the distance on the sphere from a point to the nearest point of a box of degrees (low and high are
// longitude, latitude). It is exact across the date line and over the poles, where the distance in degrees is not
// (Schubert, Zimek, Kriegel: Geodetic Distance Queries on R-Trees, SSTD 2013).
func metresToBox(p lockhouse.Point, low, high [2]float64) float64 {
	if p.Lon >= low[0] && p.Lon <= high[0] { // straight north or south
		return p.MetresTo(lockhouse.Point{Lat: min(max(p.Lat, low[1]), high[1]), Lon: p.Lon})
	}
	return min(metresToMeridian(p, low[0], low[1], high[1]), metresToMeridian(p, high[0], low[1], high[1]))
}

// metresToMeridian gives the distance to a stretch of a meridian. Along it, the cosine of the distance is
// A·cos(lat − peak): nearest at the peak, and if the stretch does not reach it, at one of its ends.
func metresToMeridian(p lockhouse.Point, lon, south, north float64) float64 {
	const rad = math.Pi / 180
	peak := math.Atan2(math.Sin(p.Lat*rad), math.Cos(p.Lat*rad)*math.Cos((lon-p.Lon)*rad)) / rad
	if peak >= south && peak <= north {
		return p.MetresTo(lockhouse.Point{Lat: peak, Lon: lon})
	}
	return min(p.MetresTo(lockhouse.Point{Lat: south, Lon: lon}), p.MetresTo(lockhouse.Point{Lat: north, Lon: lon}))
}
