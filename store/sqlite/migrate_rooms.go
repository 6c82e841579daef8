package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"lockhouse"
	"lockhouse/estate/capacity"
)

// migrateRooms is migration 4: a site's room, which had a row for each rank and for each day and rank, becomes one row.
// What was counted stays counted.
func migrateRooms(ctx context.Context, db *sql.Tx) error {
	_, err := db.ExecContext(ctx, `CREATE TABLE rooms (
		site TEXT PRIMARY KEY REFERENCES sites,
		have BLOB NOT NULL, -- both as estate/capacity packs them
		kept BLOB NOT NULL
	) STRICT, WITHOUT ROWID`)
	if err != nil {
		return err
	}
	rooms, err := oldRooms(ctx, db)
	if err != nil {
		return err
	}
	for site, room := range rooms {
		have, kept := room.Pack()
		if _, err := db.ExecContext(ctx, `INSERT INTO rooms (site, have, kept) VALUES (?, ?, ?)`, site, have, kept); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, `DROP TABLE room_capacity; DROP TABLE room_load`)
	return err
}

func oldRooms(ctx context.Context, db *sql.Tx) (map[string]*capacity.Room, error) {
	rooms := map[string]*capacity.Room{}
	room := func(site string) *capacity.Room {
		if rooms[site] == nil {
			rooms[site] = &capacity.Room{}
		}
		return rooms[site]
	}
	err := oldCounts(ctx, db, `SELECT site, 0, rank, compartments FROM room_capacity`, func(site string, _ lockhouse.Day, rank, n int) error {
		return room(site).Install(rank, n)
	})
	if err != nil {
		return nil, err
	}
	err = oldCounts(ctx, db, `SELECT site, day, rank, kept FROM room_load ORDER BY site, day`, func(site string, day lockhouse.Day, rank, n int) error {
		return room(site).Add(day, day, rank, n)
	})
	return rooms, err
}

func oldCounts(ctx context.Context, db *sql.Tx, query string, count func(site string, day lockhouse.Day, rank, n int) error) (err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Err(), rows.Close()) }()
	for rows.Next() {
		var site string
		var day lockhouse.Day
		var rank, n int
		if err := rows.Scan(&site, &day, &rank, &n); err != nil {
			return err
		}
		if err := count(site, day, rank, n); err != nil {
			return fmt.Errorf("room of site %s: %w", site, err)
		}
	}
	return nil
}
