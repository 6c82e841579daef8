package sqlite

import (
	"fmt"

	"lockhouse"
)

func (t *tx) Capacity(site lockhouse.SiteID) (map[int]int, error) {
	byRank := map[int]int{}
	err := t.conn.rows(`SELECT rank, compartments FROM room_capacity WHERE site = ?`, func(r *row) {
		byRank[r.int()] = r.int()
	}, site)
	return byRank, err
}

// addCapacity counts compartments in service as they come and go.
func (t *tx) addCapacity(site lockhouse.SiteID, rank, by int) error {
	if by < 0 {
		return t.change("The site has no compartments of this rank.",
			`UPDATE room_capacity SET compartments = compartments + ? WHERE site = ? AND rank = ?`, by, site, rank)
	}
	return t.conn.run(`INSERT INTO room_capacity (site, rank, compartments) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET compartments = compartments + excluded.compartments`, site, rank, by)
}

func (t *tx) Load(site lockhouse.SiteID, from, until lockhouse.Day) (map[lockhouse.Day]map[int]int, error) {
	byDay := make(map[lockhouse.Day]map[int]int, max(0, int(until-from)+1))
	err := t.conn.rows(`SELECT day, rank, kept FROM room_load WHERE site = ? AND day BETWEEN ? AND ? AND kept > 0`, func(r *row) {
		day := lockhouse.Day(r.int())
		if byDay[day] == nil {
			byDay[day] = map[int]int{}
		}
		byDay[day][r.int()] = r.int()
	}, site, from, until)
	return byDay, err
}

// AddLoad touches a row for each day. To take away more than was added is a fault of ours, and fails.
func (t *tx) AddLoad(site lockhouse.SiteID, from, until lockhouse.Day, rank, by int) error {
	if by < 0 {
		return t.takeLoad(site, from, until, rank, by)
	}
	for day := from; day <= until; day++ {
		if err := t.conn.run(`INSERT INTO room_load (site, day, rank, kept) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET kept = kept + excluded.kept`, site, day, rank, by); err != nil {
			return err
		}
	}
	return nil
}

func (t *tx) takeLoad(site lockhouse.SiteID, from, until lockhouse.Day, rank, by int) error {
	err := t.conn.run(`UPDATE room_load SET kept = kept + ? WHERE site = ? AND day BETWEEN ? AND ? AND rank = ?`, by, site, from, until, rank)
	if err != nil {
		return err
	}
	if days, touched := int64(until-from)+1, t.conn.Changes(); touched != days {
		return fmt.Errorf("room of rank %d at %s is counted on %d of the %d days from %s to %s", rank, site, touched, days, from, until)
	}
	return nil
}
