package postgres

import (
	"fmt"
	"slices"
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

const lockerByID = `SELECT ` + lockerColumns + ` FROM lockers WHERE id = $1`

// Locker spares an Update the trip: of a locker it wants to know the site, which never changes. A View asks, because another node may have
// seen the locker change its keys.
func (t *tx) Locker(id lockhouse.LockerID) (lockhouse.Locker, error) {
	if t.seen.built {
		return must(t, noLocker, readLocker, lockerByID, id)
	}
	if !t.writes {
		l, err := must(t, noLocker, readLocker, lockerByID, id)
		if err == nil {
			t.memory.keepLocker(l)
		}
		return l, err
	}
	if known, ok := t.memory.locker(id); ok {
		return known, nil
	}
	return mustSettled(t, noLocker, readLocker, lockerByID, id)
}

func (t *tx) LockersAt(site lockhouse.SiteID) ([]lockhouse.Locker, error) {
	return all(t, readLocker, `SELECT `+lockerColumns+` FROM lockers WHERE site = $1 ORDER BY name, id`, site)
}

func (t *tx) InsertLocker(l lockhouse.Locker, boxes []lockhouse.Compartment) error {
	t.seen.built = true
	err := t.insert("This locker is registered already.", `INSERT INTO lockers (`+newLockerColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
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
		`INSERT INTO compartments (`+compartmentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.ID, c.Number, c.Size, c.Rank, c.Column, c.Row, c.FloorMM, c.Board, c.Channel, c.OutOfService)
}

func (t *tx) Compartments(locker lockhouse.LockerID) ([]lockhouse.Compartment, error) {
	if known, ok := t.seen.boxes[locker]; ok && !t.seen.built {
		return slices.Clone(known), nil
	}
	var list []lockhouse.Compartment
	err := t.ask(statement{sql: `SELECT ` + compartmentColumns + ` FROM compartments WHERE locker = $1 ORDER BY number`, args: []any{locker},
		settled: !t.seen.built, read: func(r *row) { list = append(list, readCompartment(r)) }})
	if err == nil && t.writes {
		t.seen.boxes = map[lockhouse.LockerID][]lockhouse.Compartment{locker: slices.Clone(list)}
	}
	return list, err
}

func readCompartment(r *row) lockhouse.Compartment {
	return lockhouse.Compartment{Locker: lockhouse.LockerID(r.text()), Number: r.int(), Size: r.text(), Rank: r.int(),
		Column: r.int(), Row: r.int(), FloorMM: r.int(), Board: r.int(), Channel: r.int(), OutOfService: r.yes()}
}

func (t *tx) SetOutOfService(locker lockhouse.LockerID, number int, out bool) error {
	const none = "There is no such compartment."
	c, found, err := oneKept(t, fmt.Sprint(`compartment `, locker, number), readCompartment,
		`SELECT `+compartmentColumns+` FROM compartments WHERE locker = $1 AND number = $2`, locker, number)
	if err = orNone(found, none, err); err != nil || c.OutOfService == out {
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
	t.seen.built = true
	return t.change(none, `UPDATE compartments SET out_of_service = $1 WHERE locker = $2 AND number = $3`, out, locker, number)
}

// SetDoor leaves alone what stands as it stood: most doors that a locker speaks of do.
func (t *tx) SetDoor(locker lockhouse.LockerID, number int, door lockhouse.Door, at time.Time) error {
	return t.writeAlike(fmt.Sprint(locker, ` `, number), setDoors, locker, number, door, at)
}

var setDoors = `UPDATE compartments SET door = given.door, door_at = given.at FROM ` + given(`locker text`, `number bigint`, `door text`, `at bigint`) + `
	WHERE compartments.locker = given.locker AND compartments.number = given.number AND compartments.door <> given.door`

func (t *tx) Doors(locker lockhouse.LockerID) (map[int]lockhouse.Door, error) {
	doors := map[int]lockhouse.Door{}
	err := t.ask(statement{sql: `SELECT number, door FROM compartments WHERE locker = $1 AND door <> ''`, args: []any{locker}, read: func(r *row) {
		number := r.int()
		doors[number] = lockhouse.Door(r.text())
	}})
	return doors, err
}

func (t *tx) SetHeard(locker lockhouse.LockerID, at time.Time) error {
	return t.change(noLocker, `UPDATE lockers SET heard_at = $1 WHERE id = $2`, at, locker)
}

func (t *tx) Heard(locker lockhouse.LockerID) (time.Time, error) {
	return must(t, noLocker, (*row).time, `SELECT heard_at FROM lockers WHERE id = $1`, locker)
}

func (t *tx) SetFault(locker lockhouse.LockerID, fault string) error {
	t.seen.faulted = true
	return t.change(noLocker, `UPDATE lockers SET fault = $1 WHERE id = $2`, fault, locker)
}

func (t *tx) Fault(locker lockhouse.LockerID) (string, error) {
	if t.seen.faulted {
		return must(t, noLocker, (*row).text, `SELECT fault FROM lockers WHERE id = $1`, locker)
	}
	return mustSettled(t, noLocker, (*row).text, `SELECT fault FROM lockers WHERE id = $1`, locker)
}
