package postgres

import (
	"time"

	"lockhouse/store"
)

func readWaits(r *row) store.Waits { return store.Waits{Count: r.int(), Since: r.time()} }

// UnheardWaits does not count: at most as many wait as there are numbers beyond the mark, some of which were taken back.
func (t *tx) UnheardWaits() (store.Waits, error) {
	return must(t, "There is no outbox.", readWaits, `SELECT coalesce((SELECT max(seq) FROM events) - heard_through, 0),
		coalesce((SELECT at FROM events WHERE seq > heard_through ORDER BY seq LIMIT 1), 0) FROM outbox`)
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
