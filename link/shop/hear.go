package shop

import (
	"io"

	"lockhouse"
	"lockhouse/store"
)

// Hear leaves a message for the shop that an event concerns, if it has a webhook, due at once. Hearing an event again
// leaves nothing: the store keeps one for each event.
func Hear(tx store.Tx, e lockhouse.Event, random io.Reader) error {
	if e.Shop == "" {
		return nil
	}
	if _, err := tx.Webhook(e.Shop); err != nil {
		if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
			return nil
		}
		return err
	}
	body, err := about(tx, e)
	if err != nil || body == nil {
		return err
	}
	return tx.InsertDelivery(lockhouse.Delivery{
		ID: lockhouse.NewID("msg", e.At, random), Event: e.Seq, Shop: e.Shop, Kind: e.Kind, Parcel: e.Parcel, At: e.At, Body: body,
		Attempts: lockhouse.Attempts{NextAt: e.At},
	})
}

// about writes the body; nil when there is nothing to tell.
func about(tx store.Tx, e lockhouse.Event) ([]byte, error) {
	if e.Parcel != "" {
		p, err := tx.Parcel(e.Parcel)
		if err != nil {
			return nil, err
		}
		return aboutParcel(e, p)
	}
	h, err := tx.HoldByID(e.Hold)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return nil, nil // its reference has another hold since, which the shop placed itself
	}
	if err != nil {
		return nil, err
	}
	return aboutHold(e, h)
}
