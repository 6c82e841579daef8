package sqlite

import (
	"time"

	"lockhouse"
)

const noLocker = "There is no such locker."

const (
	newLockerColumns = `id, site, name, static_key, receipt_key, advert_key`
	lockerColumns    = newLockerColumns + `, former_receipt, former_shared`
)

func readLocker(r *row) lockhouse.Locker {
	l := lockhouse.Locker{ID: lockhouse.LockerID(r.text()), Site: lockhouse.SiteID(r.text()), Name: r.text(),
		StaticKey: r.blob(), ReceiptKey: r.blob(), AdvertKey: r.blob()}
	if receipt, shared := r.blob(), r.blob(); len(shared) > 0 { // else it is forgotten, or there was none
		l.FormerReceiptKey, l.FormerAdvertKey = receipt, shared
	}
	return l
}

func (t *tx) Locker(id lockhouse.LockerID) (lockhouse.Locker, error) {
	return remembered(t, ofLockers, id, func() (lockhouse.Locker, error) {
		return must(t, noLocker, readLocker, `SELECT `+lockerColumns+` FROM lockers WHERE id = ?`, id)
	})
}

func (t *tx) LockersAt(site lockhouse.SiteID) ([]lockhouse.Locker, error) {
	return all(t, readLocker, `SELECT `+lockerColumns+` FROM lockers WHERE site = ? ORDER BY name, id`, site)
}

func (t *tx) InsertLocker(l lockhouse.Locker, boxes []lockhouse.Compartment) error {
	err := t.insert("This locker is registered already.", `INSERT INTO lockers (`+newLockerColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		l.ID, l.Site, l.Name, l.StaticKey, l.ReceiptKey, l.AdvertKey)
	if err != nil {
		return err
	}
	for _, c := range boxes {
		if err := t.insertCompartment(l, c); err != nil {
			return err
		}
	}
	return t.install(l.Site, boxes, 1)
}

const compartmentColumns = `locker, number, size, rank, position_col, position_row, floor_mm, board, channel, out_of_service`

func (t *tx) insertCompartment(l lockhouse.Locker, c lockhouse.Compartment) error {
	return t.insert("Two compartments of the locker have one number.",
		`INSERT INTO compartments (`+compartmentColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.ID, c.Number, c.Size, c.Rank, c.Column, c.Row, c.FloorMM, c.Board, c.Channel, c.OutOfService)
}

func (t *tx) Compartments(locker lockhouse.LockerID) ([]lockhouse.Compartment, error) {
	return remembered(t, ofBoxes, locker, func() ([]lockhouse.Compartment, error) {
		return all(t, readCompartment, `SELECT `+compartmentColumns+` FROM compartments WHERE locker = ? ORDER BY number`, locker)
	})
}

func readCompartment(r *row) lockhouse.Compartment {
	return lockhouse.Compartment{Locker: lockhouse.LockerID(r.text()), Number: r.int(), Size: r.text(), Rank: r.int(),
		Column: r.int(), Row: r.int(), FloorMM: r.int(), Board: r.int(), Channel: r.int(), OutOfService: r.yes()}
}

func (t *tx) SetOutOfService(locker lockhouse.LockerID, number int, out bool) error {
	const none = "There is no such compartment."
	c, err := must(t, none, readCompartment,
		`SELECT `+compartmentColumns+` FROM compartments WHERE locker = ? AND number = ?`, locker, number)
	if err != nil || c.OutOfService == out {
		return err
	}
	l, err := t.Locker(locker)
	if err != nil {
		return err
	}
	by := 1
	if out {
		by = -1
	}
	c.OutOfService = false // it is what it is while it counts
	if err := t.install(l.Site, []lockhouse.Compartment{c}, by); err != nil {
		return err
	}
	return t.change(none, `UPDATE compartments SET out_of_service = ? WHERE locker = ? AND number = ?`, out, locker, number)
}

// SetDoor reads first: most doors that a locker speaks of stand as they stood, shut.
func (t *tx) SetDoor(locker lockhouse.LockerID, number int, door lockhouse.Door, at time.Time) error {
	was, there, err := one(t, (*row).text, `SELECT door FROM compartments WHERE locker = ? AND number = ?`, locker, number)
	if err != nil || !there || was == string(door) {
		return err
	}
	return t.conn.run(`UPDATE compartments SET door = ?, door_at = ? WHERE locker = ? AND number = ?`, door, at, locker, number)
}

func (t *tx) Doors(locker lockhouse.LockerID) (map[int]lockhouse.Door, error) {
	doors := map[int]lockhouse.Door{}
	err := t.conn.rows(`SELECT number, door FROM compartments WHERE locker = ? AND door <> ''`, func(r *row) {
		doors[r.int()] = lockhouse.Door(r.text())
	}, locker)
	return doors, err
}

func (t *tx) SetHeard(locker lockhouse.LockerID, at time.Time) error {
	return t.change(noLocker, `UPDATE lockers SET heard_at = ? WHERE id = ?`, at, locker)
}

func (t *tx) Heard(locker lockhouse.LockerID) (time.Time, error) {
	return must(t, noLocker, (*row).time, `SELECT heard_at FROM lockers WHERE id = ?`, locker)
}

func (t *tx) SetFault(locker lockhouse.LockerID, fault string) error {
	return t.change(noLocker, `UPDATE lockers SET fault = ? WHERE id = ?`, fault, locker)
}

func (t *tx) Fault(locker lockhouse.LockerID) (string, error) {
	return must(t, noLocker, (*row).text, `SELECT fault FROM lockers WHERE id = ?`, locker)
}
