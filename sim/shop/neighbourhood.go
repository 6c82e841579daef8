package shop

import (
	"fmt"
	"maps"
	"slices"
)

// neighbourhoods gives a point in the middle of each residential ZIP code area of Washington: the centroid of its
// largest polygon in the District's open data, rounded to about ten metres. The widget needs a point to be near to, and a
// shop knows its customer's ZIP code; a real shop would ask its address service.
var neighbourhoods = map[string][2]float64{
	"20001": {38.9107, -77.0182}, "20002": {38.9066, -76.9843}, "20003": {38.8806, -76.9904}, "20004": {38.8895, -77.0342},
	"20005": {38.9039, -77.0318}, "20006": {38.8987, -77.0413}, "20007": {38.9133, -77.0783}, "20008": {38.9374, -77.0583},
	"20009": {38.9200, -77.0378}, "20010": {38.9328, -77.0317}, "20011": {38.9519, -77.0219}, "20012": {38.9788, -77.0309},
	"20015": {38.9684, -77.0595}, "20016": {38.9381, -77.0915}, "20017": {38.9381, -76.9928}, "20018": {38.9263, -76.9730},
	"20019": {38.8922, -76.9426}, "20020": {38.8623, -76.9738}, "20024": {38.8727, -77.0206}, "20032": {38.8340, -77.0060},
	"20036": {38.9070, -77.0414}, "20037": {38.8995, -77.0549},
}

// firstZIP is where a customer is taken to live until they say otherwise.
const firstZIP = "20003"

// zips lists the known ZIP codes in order.
func zips() []string { return slices.Sorted(maps.Keys(neighbourhoods)) }

// near gives a ZIP code's point as the widget takes it.
func near(zip string) string {
	point, known := neighbourhoods[zip]
	if !known {
		point = neighbourhoods[firstZIP]
	}
	return fmt.Sprintf("%.4f,%.4f", point[0], point[1])
}
