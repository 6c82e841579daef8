package sqlite

import "lockhouse"

const eventColumns = `seq, kind, at, shop, hold, parcel, site, locker, compartment, note`

func readEvent(r *row) lockhouse.Event {
	return lockhouse.Event{Seq: r.int64(), Kind: lockhouse.EventKind(r.text()), At: r.time(), Shop: lockhouse.ShopID(r.text()),
		Hold: lockhouse.HoldID(r.text()), Parcel: lockhouse.ParcelID(r.text()), Site: lockhouse.SiteID(r.text()),
		Locker: lockhouse.LockerID(r.text()), Compartment: r.int(), Note: r.text()}
}

func (t *tx) Say(e lockhouse.Event) error {
	return t.conn.run(`INSERT INTO events (kind, at, shop, hold, parcel, site, locker, compartment, note)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.Kind, e.At, e.Shop, e.Hold, e.Parcel, e.Site, e.Locker, e.Compartment, e.Note)
}

// Unheard need not hold anything back: the one writer commits events in the order of their numbers.
func (t *tx) Unheard(limit int) ([]lockhouse.Event, error) {
	return all(t, readEvent, `SELECT `+eventColumns+` FROM events
		WHERE seq > (SELECT heard_through FROM outbox) ORDER BY seq LIMIT ?`, limit)
}

func (t *tx) MarkHeard(through int64) error {
	return t.change("There is no such event, or it was heard already.", `UPDATE outbox SET heard_through = ?1
		WHERE heard_through < ?1 AND EXISTS (SELECT 1 FROM events WHERE seq = ?1)`, through)
}

func (t *tx) EventsAfter(seq int64, limit int) ([]lockhouse.Event, error) {
	return all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE seq > ? ORDER BY seq LIMIT ?`, seq, limit)
}

func (t *tx) Timeline(parcel lockhouse.ParcelID) ([]lockhouse.Event, error) {
	e, err := t.behind(parcel)
	if err != nil {
		return nil, err
	}
	line, err := t.timeline(parcel)
	return append(e.Events, line...), err
}

// timeline is what is not in the past.
func (t *tx) timeline(parcel lockhouse.ParcelID) ([]lockhouse.Event, error) {
	return all(t, readEvent, `SELECT `+eventColumns+` FROM events WHERE parcel = ? AND parcel <> '' ORDER BY seq`, parcel)
}

func (t *tx) Recent(limit int) ([]lockhouse.Event, error) {
	return all(t, readEvent, `SELECT `+eventColumns+` FROM events ORDER BY seq DESC LIMIT ?`, limit)
}
