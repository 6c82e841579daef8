package sqlite

import (
	"time"

	"lockhouse"
)

func (t *tx) PutPhone(person lockhouse.PersonID, key []byte, at time.Time) error {
	return t.conn.run(`INSERT INTO phones (person, key, at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at`, person, key, at)
}

func (t *tx) PhonesOf(person lockhouse.PersonID) ([][]byte, error) {
	return all(t, (*row).blob, `SELECT key FROM phones WHERE person = ? ORDER BY at DESC`, person)
}
