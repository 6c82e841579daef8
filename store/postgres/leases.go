package postgres

import (
	"lockhouse"
	"lockhouse/store"
)

func readLease(r *row) store.Lease {
	return store.Lease{Holder: r.text(), Term: r.int64(), Beat: r.int64()}
}

func (t *tx) Lease(name string) (store.Lease, error) {
	l, _, err := one(t, readLease, `SELECT holder, term, beat FROM leases WHERE name = $1`, name)
	return l, err
}

// SwapLease answers at once: whoever lost the race has nothing more to do.
func (t *tx) SwapLease(name string, seen, next store.Lease) error {
	if !t.writes {
		return errView
	}
	swapped, err := allAlone(t, (*row).int, `WITH swapped AS (
			INSERT INTO leases AS is_now (name, holder, term, beat) SELECT $1, $5, $6, $7
			WHERE ($2, $3::bigint, $4::bigint) = ('', 0, 0) OR EXISTS (SELECT 1 FROM leases WHERE name = $1)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, term = excluded.term, beat = excluded.beat
				WHERE (is_now.holder, is_now.term, is_now.beat) = ($2, $3, $4)
			RETURNING 1)
		SELECT count(*) FROM swapped`, name, seen.Holder, seen.Term, seen.Beat, next.Holder, next.Term, next.Beat)
	lost := lockhouse.Refuse(lockhouse.CodeConflict, "The lease has changed meanwhile. Look again.")
	switch {
	case hasCode(err, uniqueViolation):
		// Of two who take a lease that nobody had yet, the one behind may come upon the other's term before the name. That ends the transaction.
		return t.end(lost)
	case err == nil && swapped[0] == 0:
		return lost
	}
	return err
}

func (t *tx) FenceLease(name string, term int64) error {
	keep := ``
	if t.writes {
		keep = ` FOR KEY SHARE`
	}
	l, _, err := one(t, readLease, `SELECT holder, term, beat FROM leases WHERE name = $1`+keep, name)
	if err == nil && (l.Term != term || l.Holder == "") {
		return lockhouse.Refuse(lockhouse.CodeConflict, "Another node has the lease now.")
	}
	return err
}
