package postgres

import (
	"fmt"

	"lockhouse"
	"lockhouse/estate/capacity"
	"lockhouse/store"
)

// Bounds of lists of rooms.
const (
	mostRoomsOf     = 1_000
	mostRoomsListed = 10_000
)

// roomRow is a room and whether its counts could be read.
type roomRow struct {
	store.SiteRoom
	err error
}

func readRoom(r *row) (m roomRow) {
	m.Site = lockhouse.SiteID(r.text())
	m.Room, m.err = capacity.Unpack(r.next(), r.next())
	return m
}

func (m roomRow) unreadable() error {
	if m.err == nil {
		return nil
	}
	return fmt.Errorf("room of site %s: %w", m.Site, m.err)
}

// Room is where holds at one site wait for each other: its row is locked until the transaction ends.
func (t *tx) Room(site lockhouse.SiteID) (capacity.Room, error) {
	m, _, err := t.room(site)
	if err == nil {
		err = m.unreadable()
	}
	return m.Room, err
}

// room gives the row as it is, or as the transaction will leave it. That there is none is remembered too.
func (t *tx) room(site lockhouse.SiteID) (m roomRow, there bool, err error) {
	if known := t.seen.room(site); known != nil {
		m.Site = site
		m.Room, m.err = capacity.Unpack(known.have, known.kept)
		return m, known.there, nil
	}
	m, there, err = t.freeRoom(site)
	if t.writes && err == nil {
		have, kept := m.Room.Pack()
		t.seen.keepRoom(heldRoom{site, have, kept, there})
	}
	return m, there, err
}

// freeRoom does not wait for a room while others wait behind it: where another transaction has it, this one comes again with
// the next group, and at last alone.
func (t *tx) freeRoom(site lockhouse.SiteID) (m roomRow, there bool, err error) {
	const sql = `SELECT site, have, kept FROM rooms WHERE site = $1`
	if !t.way.shared() {
		return oneKept(t, ``, readRoom, sql, site)
	}
	err = t.ask(statement{sql: freeRooms, args: []any{site}, alike: true, key: `room` + string(site), settled: true,
		read: func(r *row) { m, there = readRoom(r), true }})
	if err != nil || there {
		return m, there, err
	}
	err = t.ask(statement{sql: sql + kept, args: []any{site}, alone: errTaken, settled: true, read: func(r *row) { m, there = readRoom(r), true }})
	return m, there, err
}

var freeRooms = `SELECT nth, site, have, kept FROM ` + asked(`k1 text`) + ` JOIN rooms ON site = k1` + unlessTaken

func (t *tx) PutRoom(site lockhouse.SiteID, r capacity.Room) error {
	_, there, err := t.room(site)
	if err != nil {
		return err
	}
	have, kept := r.Pack()
	if there {
		err = t.writeAlike(string(site), updateRooms, site, have, kept)
	} else {
		err = t.fresh(`INSERT INTO rooms (have, kept, site) VALUES ($1, $2, $3)`, have, kept, site)
	}
	if err == nil {
		t.seen.keepRoom(heldRoom{site, have, kept, true})
	}
	return err
}

var updateRooms = `UPDATE rooms SET have = given.have, kept = given.kept FROM ` + given(`site text`, `have bytea`, `kept bytea`) + ` WHERE rooms.site = given.site`

func (t *tx) RoomsOf(sites ...lockhouse.SiteID) ([]store.SiteRoom, error) {
	some := texts(sites[:min(len(sites), mostRoomsOf)])
	return t.rooms(`SELECT site, have, kept FROM rooms WHERE site = ANY ($1) ORDER BY array_position($1, site)`, some)
}

func (t *tx) ListRooms(after lockhouse.SiteID, limit int) ([]store.SiteRoom, error) {
	return t.rooms(`SELECT site, have, kept FROM rooms WHERE site > $1 ORDER BY site LIMIT $2`, after, min(max(limit, 1), mostRoomsListed))
}

func (t *tx) rooms(sql string, args ...any) ([]store.SiteRoom, error) {
	rows, err := all(t, readRoom, sql, args...)
	rooms := make([]store.SiteRoom, len(rows))
	for i, m := range rows {
		if err := m.unreadable(); err != nil {
			return nil, err
		}
		rooms[i] = m.SiteRoom
	}
	return rooms, err
}

// install counts compartments in service as they come (by is 1) and go (-1).
func (t *tx) install(site lockhouse.SiteID, boxes []lockhouse.Compartment, by int) error {
	room, err := t.Room(site)
	if err != nil {
		return err
	}
	for _, c := range boxes {
		if c.OutOfService {
			continue
		}
		if err := room.Install(c.Rank, by); err != nil {
			return err
		}
	}
	return t.PutRoom(site, room)
}
