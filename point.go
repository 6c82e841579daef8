package lockhouse

import "math"

// Point is a place on earth in degrees, WGS 84.
type Point struct {
	Lat float64
	Lon float64
}

const earthRadiusM = 6_371_008.8 // mean radius, IUGG

// Check refuses what is not on earth.
func (p Point) Check() error {
	if !(p.Lat >= -90 && p.Lat <= 90) {
		return Refuse(CodeMalformed, "lat is %v; give degrees from -90 to 90.", p.Lat).With("field", "lat")
	}
	if !(p.Lon >= -180 && p.Lon <= 180) {
		return Refuse(CodeMalformed, "lon is %v; give degrees from -180 to 180.", p.Lon).With("field", "lon")
	}
	return nil
}

// MetresTo gives the length of the great circle between two points on a sphere (haversine): within 0.6 % of the
// ellipsoid's.
func (p Point) MetresTo(q Point) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (q.Lat-p.Lat)*rad, (q.Lon-p.Lon)*rad
	h := math.Pow(math.Sin(dLat/2), 2) + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*math.Pow(math.Sin(dLon/2), 2)
	return 2 * earthRadiusM * math.Asin(math.Min(1, math.Sqrt(h)))
}
