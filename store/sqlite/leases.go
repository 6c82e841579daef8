package sqlite

import (
	"lockhouse"
	"lockhouse/store"
)

func (t *tx) Lease(name string) (store.Lease, error) {
	read := func(r *row) store.Lease { return store.Lease{Holder: r.text(), Term: r.int64(), Beat: r.int64()} }
	l, _, err := one(t, read, `SELECT holder, term, beat FROM leases WHERE name = ?`, name)
	return l, err
}

func (t *tx) SwapLease(name string, seen, next store.Lease) error {
	err := t.conn.run(`INSERT INTO leases (name, holder, term, beat) SELECT ?1, ?5, ?6, ?7
		WHERE (?2, ?3, ?4) = ('', 0, 0) OR EXISTS (SELECT 1 FROM leases WHERE name = ?1)
		ON CONFLICT DO UPDATE SET holder = excluded.holder, term = excluded.term, beat = excluded.beat
			WHERE (holder, term, beat) = (?2, ?3, ?4)`,
		name, seen.Holder, seen.Term, seen.Beat, next.Holder, next.Term, next.Beat)
	if err == nil && !t.conn.changed() {
		return lockhouse.Refuse(lockhouse.CodeConflict, "The lease has changed meanwhile. Look again.")
	}
	return err
}

// FenceLease need not keep anything: nobody else writes until the Update ends.
func (t *tx) FenceLease(name string, term int64) error {
	l, err := t.Lease(name)
	if err == nil && (l.Term != term || l.Holder == "") {
		return lockhouse.Refuse(lockhouse.CodeConflict, "Another node has the lease now.")
	}
	return err
}
