package sqlite

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
	m.Room, m.err = capacity.Unpack(r.raw(), r.raw())
	return m
}

func (t *tx) Room(site lockhouse.SiteID) (capacity.Room, error) {
	m, _, err := one(t, readRoom, `SELECT site, have, kept FROM rooms WHERE site = ?`, site)
	if err == nil {
		err = m.unreadable()
	}
	return m.Room, err
}

func (m roomRow) unreadable() error {
	if m.err == nil {
		return nil
	}
	return fmt.Errorf("room of site %s: %w", m.Site, m.err)
}

func (t *tx) PutRoom(site lockhouse.SiteID, r capacity.Room) error {
	have, kept := r.Pack()
	if err := t.conn.run(`UPDATE rooms SET have = ?, kept = ? WHERE site = ?`, have, kept, site); err != nil || t.conn.changed() {
		return err
	}
	return t.conn.run(`INSERT INTO rooms (site, have, kept) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET have = excluded.have, kept = excluded.kept`, site, have, kept)
}

func (t *tx) RoomsOf(sites ...lockhouse.SiteID) (rooms []store.SiteRoom, err error) {
	for _, site := range sites[:min(len(sites), mostRoomsOf)] {
		some, err := t.rooms(`SELECT site, have, kept FROM rooms WHERE site = ?`, site)
		if err != nil {
			return nil, err
		}
		rooms = append(rooms, some...)
	}
	return rooms, nil
}

func (t *tx) ListRooms(after lockhouse.SiteID, limit int) ([]store.SiteRoom, error) {
	return t.rooms(`SELECT site, have, kept FROM rooms WHERE site > ? ORDER BY site LIMIT ?`, after, min(max(limit, 1), mostRoomsListed))
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
