package shop

import (
	"encoding/json"
	"time"

	"lockhouse"
)

// Message is the body of a delivery. It names the shop's own things and no person.
type Message struct {
	Type      lockhouse.EventKind `json:"type"`
	Timestamp time.Time           `json:"timestamp"` // when it happened, not when it was sent
	Data      Data                `json:"data"`
}

// Data says which parcel or hold a message is about. The state is the one at the time the message was written, so that
// messages which overtake each other can be put in order.
type Data struct {
	Reference string             `json:"reference"`
	Tracking  string             `json:"tracking_number,omitempty"`
	Parcel    lockhouse.ParcelID `json:"parcel_id,omitempty"`
	Hold      lockhouse.HoldID   `json:"hold_id,omitempty"`
	Site      lockhouse.SiteID   `json:"site_id"`
	State     string             `json:"state"`
	Size      string             `json:"size"`
	CollectBy *time.Time         `json:"collect_by,omitempty"`
	Note      string             `json:"note,omitempty"`
}

// aboutParcel writes the body for something that happened to a parcel.
func aboutParcel(e lockhouse.Event, p lockhouse.Parcel) ([]byte, error) {
	d := Data{Reference: p.Reference, Tracking: p.Tracking, Parcel: p.ID, Hold: p.Hold, Site: p.Site, State: string(p.State), Size: p.Size, Note: e.Note}
	if !p.CollectBy.IsZero() {
		by := p.CollectBy.UTC()
		d.CollectBy = &by
	}
	return json.Marshal(Message{Type: e.Kind, Timestamp: e.At.UTC(), Data: d})
}

// aboutHold writes the body for something that happened to a hold.
func aboutHold(e lockhouse.Event, h lockhouse.Hold) ([]byte, error) {
	d := Data{Reference: h.Reference, Hold: h.ID, Site: h.Site, State: string(h.State), Size: h.Size, Note: e.Note}
	return json.Marshal(Message{Type: e.Kind, Timestamp: e.At.UTC(), Data: d})
}
