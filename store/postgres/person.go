package postgres

import (
	"errors"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/person"
)

// Book keeps contacts in the same database as everything else, sealed.
type Book struct{ seal *person.Seal }

var _ person.Book = (*Book)(nil)

// NewBook makes a book that seals with a seal.
func NewBook(seal *person.Seal) *Book { return &Book{seal: seal} }

// most persons that one address is looked up for.
const mostByEmail = 200

var errForeignTx = errors.New("postgres: the book works in transactions of this store alone")

// Keep writes a contact down, in place of what the person had. Another address signs the person out.
func (b *Book) Keep(in store.Tx, id lockhouse.PersonID, c person.Contact, at time.Time) (moved bool, err error) {
	t, ok := in.(*tx)
	if !ok {
		return false, errForeignTx
	}
	if err := c.Check(); err != nil {
		return false, err
	}
	z, err := b.seal.Close(id, c)
	if err != nil {
		return false, err
	}
	if t.newcomer(id) {
		return false, errors.Join(t.freshAlike(insertPersonKeys, id, z.Key), t.freshAlike(insertPersons, id, z.Contact, z.Mail, at))
	}
	if moved, err = t.signOutOfAnother(id, z.Mail); err != nil {
		return false, err
	}
	return moved, t.putPerson(id, z, at)
}

// newcomer tells whether somebody is taken to be new, since their parcel is, so that nobody needs to look. Where they are known after all,
// the insert fails, and the transaction runs again by itself and looks.
func (t *tx) newcomer(id lockhouse.PersonID) bool {
	return t.way.shared() && slices.ContainsFunc(t.seen.parcels, func(p *lockhouse.Parcel) bool {
		return p.Person == id && slices.Contains(t.seen.inserted, p.ID)
	})
}

var (
	insertPersonKeys = `INSERT INTO person_keys (id, wrapped) SELECT * FROM ` + given(`id text`, `wrapped bytea`)
	insertPersons    = `INSERT INTO persons (id, contact, mail, at) SELECT * FROM ` + given(`id text`, `contact bytea`, `mail bytea`, `at bigint`)
)

func (t *tx) putPerson(id lockhouse.PersonID, z person.Sealed, at time.Time) error {
	return errors.Join(
		t.writeAlike(string(id), insertPersonKeys+` ON CONFLICT (id) DO UPDATE SET wrapped = excluded.wrapped`, id, z.Key),
		t.writeAlike(string(id), insertPersons+` ON CONFLICT (id) DO UPDATE SET contact = excluded.contact, mail = excluded.mail, at = excluded.at`,
			id, z.Contact, z.Mail, at))
}

// signOutOfAnother signs a person out who was known under another address; moved tells whether they were.
func (t *tx) signOutOfAnother(id lockhouse.PersonID, mail []byte) (moved bool, err error) {
	_, moved, err = oneKept(t, `person`+string(id), (*row).text, `SELECT id FROM persons WHERE id = $1 AND mail <> $2`, id, mail)
	if err != nil || !moved {
		return false, err
	}
	return true, t.SignOut(id)
}

// Contact reads a contact. One that was forgotten is not_found, like one that never was.
func (b *Book) Contact(in store.Tx, id lockhouse.PersonID) (person.Contact, error) {
	t, ok := in.(*tx)
	if !ok {
		return person.Contact{}, errForeignTx
	}
	read := func(r *row) person.Sealed { return person.Sealed{Key: r.blob(), Contact: r.blob()} }
	z, err := must(t, "There is no such person.", read, `SELECT wrapped, contact FROM person_keys JOIN persons USING (id) WHERE id = $1`, id)
	if err != nil {
		return person.Contact{}, err
	}
	return b.seal.Open(id, z)
}

// ByEmail finds persons by their address, newest first, at most 200.
func (b *Book) ByEmail(in store.Tx, email string) ([]lockhouse.PersonID, error) {
	t, ok := in.(*tx)
	if !ok {
		return nil, errForeignTx
	}
	read := func(r *row) lockhouse.PersonID { return lockhouse.PersonID(r.text()) }
	return all(t, read, `SELECT id FROM persons WHERE mail = $1 ORDER BY at DESC, id DESC LIMIT $2`, b.seal.Mail(email), mostByEmail)
}

// Over walks the persons from the longest known on. Those with a parcel under way are passed over, and they are few among
// the old.
func (b *Book) Over(in store.Tx, before time.Time, limit int) ([]lockhouse.PersonID, error) {
	t, ok := in.(*tx)
	if !ok {
		return nil, errForeignTx
	}
	read := func(r *row) lockhouse.PersonID { return lockhouse.PersonID(r.text()) }
	return all(t, read, `SELECT id FROM persons WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM parcels WHERE person = persons.id
		AND (ended_at >= $2 OR ended_at = 0 AND NOT (state = $3 AND dropped_off_at = 0 AND announced_at < $4)))
		AND NOT EXISTS (SELECT 1 FROM past WHERE person = persons.id AND person <> '' AND ended_at >= $1)
		ORDER BY at LIMIT $5`, before, before, lockhouse.ParcelRecalled, before, limit)
}

// Forget destroys a person's key and contact, and signs them out everywhere. Parcels in the past lose even the id.
func (b *Book) Forget(in store.Tx, id lockhouse.PersonID) error {
	t, ok := in.(*tx)
	if !ok {
		return errForeignTx
	}
	return errors.Join(
		t.write(`DELETE FROM person_keys WHERE id = $1`, id),
		t.write(`DELETE FROM persons WHERE id = $1`, id),
		t.write(`UPDATE past SET person = '' WHERE person = $1 AND person <> ''`, id),
		t.SignOut(id))
}
