package postgres

import "lockhouse"

const entryColumns = `n, at, kind, site, locker, compartment, reason, ref, prev`

func readEntry(r *row) (e lockhouse.Entry) {
	e.N, e.At, e.Kind = r.int64(), r.time(), lockhouse.EntryKind(r.text())
	e.Site, e.Locker, e.Compartment = lockhouse.SiteID(r.text()), lockhouse.LockerID(r.text()), r.int()
	e.Reason, e.Ref = r.text(), r.text()
	r.copyTo(e.Prev[:])
	return e
}

// head is the last entry's number and hash.
type head struct {
	n    int64
	hash [32]byte
}

func readHead(r *row) (h head) {
	h.n = r.int64()
	r.copyTo(h.hash[:])
	return h
}

const noRegister = "The register's head is gone. Restore the store from a backup."

func (t *tx) Enter(e lockhouse.Entry) error {
	last, found, err := oneKept(t, `register`, readHead, `SELECT n, hash FROM register_head WHERE one = 1`)
	if err = orNone(found, noRegister, err); err != nil {
		return err
	}
	e.N, e.Prev, e.At = last.n+1, last.hash, lockhouse.AsKept(e.At)
	hash := e.Hash()
	if err := t.change(noRegister, `UPDATE register_head SET n = $1, hash = $2 WHERE one = 1`, e.N, hash[:]); err != nil {
		return err
	}
	return t.insert("The register has this entry already.", `INSERT INTO register (`+entryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.N, e.At, e.Kind, e.Site, e.Locker, e.Compartment, e.Reason, e.Ref, e.Prev[:])
}

func (t *tx) Entries(after int64, limit int) ([]lockhouse.Entry, error) {
	return all(t, readEntry, `SELECT `+entryColumns+` FROM register WHERE n > $1 ORDER BY n LIMIT $2`, after, limit)
}
