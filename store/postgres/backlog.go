package postgres

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

func readWaits(r *row) store.Waits { return store.Waits{Count: r.int(), Since: r.time()} }

// maxUnheardCounted bounds how many events are looked at to count them: more than anybody lets wait.
const maxUnheardCounted = 200_000

func (t *tx) UnheardWaits() (store.Waits, error) {
	return must(t, "", readWaits, `SELECT count(*), coalesce((SELECT at FROM events WHERE seq > (SELECT heard_through FROM outbox) ORDER BY seq LIMIT 1), 0)
		FROM (SELECT 1 FROM events WHERE seq > (SELECT heard_through FROM outbox) LIMIT $1) AS waiting`, maxUnheardCounted)
}

func (t *tx) NoticesWait() (store.Waits, error) {
	return must(t, "", readWaits, `SELECT count(*), coalesce(min(at), 0) FROM (SELECT at FROM notices WHERE next_at > 0 LIMIT $1) AS waiting`, store.MaxCounted)
}

func (t *tx) DeliveriesWait() (store.Waits, error) {
	return must(t, "", readWaits, `SELECT count(*), coalesce(min(at), 0) FROM (SELECT at FROM deliveries WHERE next_at > 0 LIMIT $1) AS waiting`, store.MaxCounted)
}

func (t *tx) CountLockers(heardSince time.Time) (store.LockersNow, error) {
	read := func(r *row) store.LockersNow { return store.LockersNow{All: r.int(), Up: r.int(), AtFault: r.int()} }
	return must(t, "", read, `SELECT count(*), count(*) FILTER (WHERE heard_at >= $1), count(*) FILTER (WHERE fault <> '') FROM lockers`, heardSince)
}

func (t *tx) CountVersions(limit int) ([]store.VersionNow, error) {
	read := func(r *row) store.VersionNow { return store.VersionNow{Version: r.text(), Lockers: r.int()} }
	return all(t, read, `SELECT agent_version, count(*) FROM lockers WHERE agent_version <> '' GROUP BY agent_version ORDER BY count(*) DESC, agent_version LIMIT $1`, limit)
}

func (t *tx) AbleOn(day lockhouse.Day) (store.AbleDay, error) {
	read := func(r *row) store.AbleDay { return store.AbleDay{Lockers: r.int(), AbleS: r.int64()} }
	return must(t, "", read, `SELECT count(*), coalesce(sum((convert_from(said, 'UTF8')::jsonb ->> 'able_s')::bigint), 0)::bigint FROM figures WHERE day = $1 AND told_at > 0`, int(day))
}
