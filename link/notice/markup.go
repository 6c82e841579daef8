package notice

import (
	"time"

	"lockhouse"
)

// delivery is schema.org's ParcelDelivery as mail programs read it
// (developers.google.com/workspace/gmail/markup/reference/parcel-delivery). Where it asks for merchant and goods, the
// network and "Parcel" stand: what was bought and from whom is nobody's business.
type delivery struct {
	Context         string  `json:"@context"`
	Type            string  `json:"@type"`
	DeliveryAddress address `json:"deliveryAddress"`
	ArrivesFrom     string  `json:"expectedArrivalFrom,omitempty"`
	ArrivesUntil    string  `json:"expectedArrivalUntil,omitempty"`
	Carrier         named   `json:"carrier"`
	ItemShipped     named   `json:"itemShipped"`
	PartOfOrder     order   `json:"partOfOrder"`
	TrackingNumber  string  `json:"trackingNumber"`
	TrackingURL     string  `json:"trackingUrl,omitempty"`
	DeliveryMethod  string  `json:"hasDeliveryMethod,omitempty"`
}

type address struct {
	Type     string `json:"@type"`
	Name     string `json:"name"`
	Street   string `json:"streetAddress"`
	Locality string `json:"addressLocality"`
	Region   string `json:"addressRegion"`
	Postal   string `json:"postalCode"`
	Country  string `json:"addressCountry"`
}

type named struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type order struct {
	Type     string `json:"@type"`
	Number   string `json:"orderNumber"`
	Merchant named  `json:"merchant"`
}

func (s *Sender) markup(l letter) *delivery {
	p, network := l.place, named{"Organization", s.options.Network}
	d := &delivery{
		Context: "http://schema.org", Type: "ParcelDelivery",
		DeliveryAddress: address{"PostalAddress", p.Alias, p.Street, p.City, p.Region, p.Postal, p.Country},
		Carrier:         network,
		ItemShipped:     named{"Product", "Parcel"},
		PartOfOrder:     order{"Order", l.parcel.Ref.String(), network},
		TrackingNumber:  l.parcel.Tracking,
		TrackingURL:     s.options.BaseURL + "/collect",
		DeliveryMethod:  "http://purl.org/goodrelations/v1#DeliveryModePickUp",
	}
	if l.notice.Kind != lockhouse.NoticeAnnounced && !l.parcel.CollectBy.IsZero() {
		d.ArrivesFrom, d.ArrivesUntil = l.parcel.DroppedOffAt.UTC().Format(time.RFC3339), l.parcel.CollectBy.UTC().Format(time.RFC3339)
	}
	return d
}
