package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

func readWaits(r *row) store.Waits { return store.Waits{Count: r.int(), Since: r.time()} }

// UnheardWaits needs not count: the one writer gives events their numbers without leaving any out.
func (t *tx) UnheardWaits() (store.Waits, error) {
	return must(t, "There is no outbox.", readWaits, `SELECT ifnull((SELECT max(seq) FROM events) - heard_through, 0),
		ifnull((SELECT at FROM events WHERE seq > heard_through ORDER BY seq LIMIT 1), 0) FROM outbox`)
}

func (t *tx) NoticesWait() (store.Waits, error) {
	return must(t, "", readWaits, `SELECT count(*), ifnull(min(at), 0) FROM (SELECT at FROM notices WHERE next_at > 0 LIMIT ?)`, store.MaxCounted)
}

func (t *tx) DeliveriesWait() (store.Waits, error) {
	return must(t, "", readWaits, `SELECT count(*), ifnull(min(at), 0) FROM (SELECT at FROM deliveries WHERE next_at > 0 LIMIT ?)`, store.MaxCounted)
}

func (t *tx) CountLockers(heardSince time.Time) (store.LockersNow, error) {
	read := func(r *row) store.LockersNow { return store.LockersNow{All: r.int(), Up: r.int(), AtFault: r.int()} }
	return must(t, "", read, `SELECT count(*), ifnull(sum(heard_at >= ?), 0), ifnull(sum(fault <> ''), 0) FROM lockers`, heardSince)
}

func (t *tx) CountVersions(limit int) ([]store.VersionNow, error) {
	read := func(r *row) store.VersionNow { return store.VersionNow{Version: r.text(), Lockers: r.int()} }
	return all(t, read, `SELECT agent_version, count(*) FROM lockers WHERE agent_version <> '' GROUP BY agent_version ORDER BY count(*) DESC, agent_version LIMIT ?`, limit)
}

func (t *tx) AbleOn(day lockhouse.Day) (store.AbleDay, error) {
	read := func(r *row) store.AbleDay { return store.AbleDay{Lockers: r.int(), AbleS: r.int64()} }
	return must(t, "", read, `SELECT count(*), ifnull(sum(json_extract(CAST(said AS TEXT), '$.able_s')), 0) FROM figures WHERE day = ? AND told_at > 0`, int(day))
}
