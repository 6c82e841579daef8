package bus

import (
	"encoding/json"
	"time"

	"lockhouse"
)

// happened is an event as it travels. It names no person, as the event itself does not.
type happened struct {
	Seq         int64               `json:"seq"`
	Kind        lockhouse.EventKind `json:"kind"`
	At          time.Time           `json:"at"`
	Shop        lockhouse.ShopID    `json:"shop,omitempty"`
	Hold        lockhouse.HoldID    `json:"hold,omitempty"`
	Parcel      lockhouse.ParcelID  `json:"parcel,omitempty"`
	Site        lockhouse.SiteID    `json:"site,omitempty"`
	Locker      lockhouse.LockerID  `json:"locker,omitempty"`
	Compartment int                 `json:"compartment,omitempty"`
	Note        string              `json:"note,omitempty"`
}

// encodeRun writes a run of events. A message for each would cost a busy network more than all that it tells.
func encodeRun(run []lockhouse.Event) ([]byte, error) {
	out := make([]happened, len(run))
	for i, e := range run {
		out[i] = happened(e)
	}
	return json.Marshal(out)
}

// Run is a run of events as it travelled. Whom it only wakes need not read it.
type Run []byte

// Events reads it; one that can't be read has none.
func (r Run) Events() []lockhouse.Event {
	var in []happened
	if err := json.Unmarshal(r, &in); err != nil {
		return nil
	}
	run := make([]lockhouse.Event, len(in))
	for i, h := range in {
		run[i] = lockhouse.Event(h)
	}
	return run
}
