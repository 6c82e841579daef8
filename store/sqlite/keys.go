package sqlite

import (
	"time"

	"lockhouse"
	"lockhouse/store"
)

const keyColumns = `id, scope, shop, courier, label, hash, created_at, revoked_at`

func readKey(r *row) (k lockhouse.Key) {
	k.ID, k.Scope, k.Shop = lockhouse.KeyID(r.text()), lockhouse.Scope(r.text()), lockhouse.ShopID(r.text())
	k.Courier, k.Label = lockhouse.CourierID(r.text()), r.text()
	r.copyTo(k.Hash[:])
	k.CreatedAt, k.RevokedAt = r.time(), r.time()
	return k
}

func (t *tx) InsertKey(k lockhouse.Key) error {
	return t.insert("This key exists already.", `INSERT INTO keys (`+keyColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		k.ID, k.Scope, k.Shop, k.Courier, k.Label, k.Hash[:], k.CreatedAt, k.RevokedAt)
}

func (t *tx) KeyByHash(hash [32]byte) (lockhouse.Key, error) {
	return must(t, "There is no such key.", readKey, `SELECT `+keyColumns+` FROM keys WHERE hash = ?`, hash[:])
}

func (t *tx) RevokeKey(id lockhouse.KeyID, at time.Time) error {
	return t.change("There is no such key.", `UPDATE keys SET revoked_at = iif(revoked_at = 0, ?, revoked_at) WHERE id = ?`, at, id)
}

func (t *tx) ListKeys() ([]lockhouse.Key, error) {
	return all(t, readKey, `SELECT `+keyColumns+` FROM keys ORDER BY id`)
}

func (t *tx) InsertLink(l store.Link) error {
	return t.insert("This link exists already.", `INSERT INTO links (hash, person, expires_at, used_at) VALUES (?, ?, ?, ?)`,
		l.Hash[:], l.Person, l.ExpiresAt, l.UsedAt)
}

const noLink = "This link is not known. Ask for a new one."

func (t *tx) LinkByHash(hash [32]byte) (store.Link, error) {
	read := func(r *row) store.Link {
		return store.Link{Hash: hash, Person: lockhouse.PersonID(r.text()), ExpiresAt: r.time(), UsedAt: r.time()}
	}
	return must(t, noLink, read, `SELECT person, expires_at, used_at FROM links WHERE hash = ?`, hash[:])
}

func (t *tx) UseLink(hash [32]byte, at time.Time) error {
	if err := t.conn.run(`UPDATE links SET used_at = ? WHERE hash = ? AND used_at = 0`, at, hash[:]); err != nil || t.conn.changed() {
		return err
	}
	if _, err := t.LinkByHash(hash); err != nil {
		return err
	}
	return lockhouse.Refuse(lockhouse.CodeUsed, "This link was used already. Ask for a new one.")
}

func (t *tx) InsertSession(s store.Session) error {
	return t.insert("This session exists already.", `INSERT INTO sessions (hash, person, phone_key, expires_at) VALUES (?, ?, ?, ?)`,
		s.Hash[:], s.Person, s.PhoneKey, s.ExpiresAt)
}

func (t *tx) SessionByHash(hash [32]byte) (store.Session, error) {
	read := func(r *row) store.Session {
		return store.Session{Hash: hash, Person: lockhouse.PersonID(r.text()), PhoneKey: r.blob(), ExpiresAt: r.time()}
	}
	return must(t, "You are not signed in.", read, `SELECT person, phone_key, expires_at FROM sessions WHERE hash = ?`, hash[:])
}

func (t *tx) SessionsOf(person lockhouse.PersonID) ([]store.Session, error) {
	read := func(r *row) (s store.Session) {
		r.copyTo(s.Hash[:])
		s.Person, s.PhoneKey, s.ExpiresAt = person, r.blob(), r.time()
		return s
	}
	return all(t, read, `SELECT hash, phone_key, expires_at FROM sessions WHERE person = ? ORDER BY hash`, person)
}

// EndSession has nothing to say when the session has ended before: signing out twice is as good as once.
func (t *tx) EndSession(hash [32]byte) error {
	return t.conn.run(`DELETE FROM sessions WHERE hash = ?`, hash[:])
}

func (t *tx) SignOut(person lockhouse.PersonID) error {
	if err := t.conn.run(`DELETE FROM links WHERE person = ?`, person); err != nil {
		return err
	}
	return t.conn.run(`DELETE FROM sessions WHERE person = ?`, person)
}

func (t *tx) DeleteLinks(before time.Time, limit int) (int, error) {
	return t.deleted(`DELETE FROM links WHERE hash IN (SELECT hash FROM links WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, before, limit)
}

func (t *tx) DeleteSessions(before time.Time, limit int) (int, error) {
	return t.deleted(`DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`, before, limit)
}

// deleted runs a DELETE and counts the rows that it took.
func (t *tx) deleted(sql string, args ...any) (int, error) {
	err := t.conn.run(sql, args...)
	if err != nil {
		return 0, err
	}
	return int(t.conn.Changes()), nil
}

func (t *tx) InsertShop(id lockhouse.ShopID, name string) error {
	return t.insert("This shop exists already.", `INSERT INTO shops (id, name) VALUES (?, ?)`, id, name)
}

func (t *tx) ShopName(id lockhouse.ShopID) (string, error) {
	return must(t, "There is no such shop.", (*row).text, `SELECT name FROM shops WHERE id = ?`, id)
}

func (t *tx) InsertCourier(id lockhouse.CourierID, name string) error {
	return t.insert("This courier exists already.", `INSERT INTO couriers (id, name) VALUES (?, ?)`, id, name)
}
