package storetest

import (
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/person"
)

func keys(t *testing.T, s store.Store) {
	k := lockhouse.Key{ID: "key_1", Scope: lockhouse.ScopeShop, Shop: "shop_1", Courier: "cour_1", Label: "till", Hash: [32]byte{1}, CreatedAt: Noon}
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.InsertKey(k))
		got, err := tx.KeyByHash(k.Hash)
		check(t, err)
		equal(t, got, k)
		_, err = tx.KeyByHash([32]byte{2})
		refused(t, err, lockhouse.CodeNotFound)
		check(t, tx.RevokeKey(k.ID, Noon), tx.RevokeKey(k.ID, Noon.Add(time.Hour))) // the first time counts
		k.RevokedAt = Noon
		all, err := tx.ListKeys()
		check(t, err)
		equal(t, all, []lockhouse.Key{k})
		check(t, tx.InsertShop("shop_1", "Tinker"), tx.InsertCourier("cour_1", "Swift"))
		name, err := tx.ShopName("shop_1")
		check(t, err)
		equal(t, name, "Tinker")
		_, err = tx.ShopName("shop_2")
		refused(t, err, lockhouse.CodeNotFound)
		return nil
	})
	writeRefused(t, s, lockhouse.CodeNotFound, func(tx store.Tx) error { return tx.RevokeKey("key_none", Noon) })
	for _, again := range []func(store.Tx) error{
		func(tx store.Tx) error { return tx.InsertKey(k) },
		func(tx store.Tx) error { return tx.InsertShop("shop_1", "Again") },
		func(tx store.Tx) error { return tx.InsertCourier("cour_1", "Again") },
	} {
		writeRefused(t, s, lockhouse.CodeConflict, again)
	}
}

func links(t *testing.T, s store.Store) {
	l := store.Link{Hash: [32]byte{1}, Person: "per_1", ExpiresAt: Noon.Add(time.Hour)}
	session := store.Session{Hash: [32]byte{2}, Person: "per_1", PhoneKey: []byte{4, 5}, ExpiresAt: Noon.Add(time.Hour)}
	Update(t, s, func(tx store.Tx) error {
		check(t, tx.InsertLink(l), tx.UseLink(l.Hash, Noon))
		l.UsedAt = Noon
		got, err := tx.LinkByHash(l.Hash)
		check(t, err)
		equal(t, got, l)
		refused(t, tx.UseLink(l.Hash, Noon), lockhouse.CodeUsed)
		refused(t, tx.UseLink([32]byte{9}, Noon), lockhouse.CodeNotFound)

		check(t, tx.InsertSession(session))
		back, err := tx.SessionByHash(session.Hash)
		check(t, err)
		equal(t, back, session)
		hers, err := tx.SessionsOf(session.Person)
		check(t, err)
		equal(t, hers, []store.Session{session})
		check(t, tx.EndSession(session.Hash), tx.EndSession(session.Hash))
		_, err = tx.SessionByHash(session.Hash)
		refused(t, err, lockhouse.CodeNotFound)

		theirs := store.Session{Hash: [32]byte{3}, Person: "per_2", PhoneKey: []byte{6}, ExpiresAt: Noon.Add(time.Hour)}
		check(t, tx.InsertSession(session), tx.InsertSession(theirs), tx.SignOut("per_1"), tx.SignOut("per_none"))
		refused(t, signedIn(tx, session, l), lockhouse.CodeNotFound)
		_, err = tx.SessionByHash(theirs.Hash)
		check(t, err)
		return nil
	})
}

// signedIn gives no error while the session or the link is there.
func signedIn(tx store.Tx, s store.Session, l store.Link) error {
	if _, err := tx.SessionByHash(s.Hash); err == nil {
		return nil
	}
	_, err := tx.LinkByHash(l.Hash)
	return err
}

// oldLinks: those that are over go, the oldest first and no more than asked for; the others stay.
func oldLinks(t *testing.T, s store.Store) {
	at := func(n int) time.Time { return Noon.Add(time.Duration(n) * time.Hour) }
	Update(t, s, func(tx store.Tx) error {
		for n := range 4 {
			check(t, tx.InsertLink(store.Link{Hash: [32]byte{byte(n)}, Person: "per_1", ExpiresAt: at(n)}),
				tx.InsertSession(store.Session{Hash: [32]byte{byte(n)}, Person: "per_1", PhoneKey: []byte{4}, ExpiresAt: at(n)}))
		}
		for _, delete := range []func(time.Time, int) (int, error){tx.DeleteLinks, tx.DeleteSessions} {
			for _, want := range []int{2, 1, 0} {
				got, err := delete(at(3), 2)
				check(t, err)
				equal(t, got, want)
			}
		}
		_, err := tx.LinkByHash([32]byte{2})
		refused(t, err, lockhouse.CodeNotFound)
		_, err = tx.SessionByHash([32]byte{2})
		refused(t, err, lockhouse.CodeNotFound)
		_, link := tx.LinkByHash([32]byte{3})
		_, session := tx.SessionByHash([32]byte{3})
		check(t, link, session)
		return nil
	})
}

func persons(t *testing.T, s store.Store, book person.Book) {
	c := person.Contact{Name: "Ada Lovelace", Email: "Ada@example.org", Phone: "+12025550100", Language: "en"}
	Update(t, s, func(tx store.Tx) error {
		equal(t, kept(t, book, tx, "per_1", c, Noon), false)
		equal(t, kept(t, book, tx, "per_2", c, Noon.Add(time.Minute)), false)
		got, err := book.Contact(tx, "per_1")
		check(t, err)
		equal(t, got, c)
		all, err := book.ByEmail(tx, "ada@EXAMPLE.org")
		check(t, err)
		equal(t, all, []lockhouse.PersonID{"per_2", "per_1"})
		session := store.Session{Hash: [32]byte{1}, Person: "per_1", PhoneKey: []byte{4}, ExpiresAt: Noon.Add(time.Hour)}
		link := store.Link{Hash: [32]byte{2}, Person: "per_1", ExpiresAt: Noon.Add(time.Hour)}
		check(t, tx.InsertSession(session), tx.InsertLink(link))
		c.Name, c.Email = "Ada King", "ADA@example.org"
		equal(t, kept(t, book, tx, "per_1", c, Noon), false) // the same mailbox
		check(t, signedIn(tx, session, link))
		c.Email = "countess@example.org"
		equal(t, kept(t, book, tx, "per_1", c, Noon), true) // corrected
		refused(t, signedIn(tx, session, link), lockhouse.CodeNotFound)
		all, err = book.ByEmail(tx, "ada@example.org")
		check(t, err)
		equal(t, all, []lockhouse.PersonID{"per_2"})
		check(t, book.Forget(tx, "per_1"), book.Forget(tx, "per_1"))
		_, err = book.Contact(tx, "per_1")
		refused(t, err, lockhouse.CodeNotFound)
		all, err = book.ByEmail(tx, "countess@example.org")
		check(t, err)
		equal(t, len(all), 0)
		_, err = book.Keep(tx, "per_3", person.Contact{Name: "x", Email: "nonsense"}, Noon)
		refused(t, err, lockhouse.CodeMalformed)
		return nil
	})
}

// kept keeps a contact and tells whether the person moved.
func kept(t *testing.T, book person.Book, tx store.Tx, id lockhouse.PersonID, c person.Contact, at time.Time) (moved bool) {
	t.Helper()
	moved, err := book.Keep(tx, id, c, at)
	check(t, err)
	return moved
}

// personsOver: a person is over when each of their parcels is, and not before.
func personsOver(t *testing.T, s store.Store, book person.Book) {
	site, locker := Build(t, s, 1, 1, 0, 0)
	n := 0
	of := func(id lockhouse.PersonID, change func(*lockhouse.Parcel)) lockhouse.Parcel {
		n++
		p := Parcel(site.ID, n)
		p.Person, p.AnnouncedAt = id, Noon
		change(&p)
		return p
	}
	ended := func(p *lockhouse.Parcel) { p.State, p.EndedAt = lockhouse.ParcelCollected, Noon.Add(time.Hour) }
	late := func(p *lockhouse.Parcel) { p.State, p.EndedAt = lockhouse.ParcelReturned, Noon.Add(2*time.Hour) }
	recalled := func(p *lockhouse.Parcel) { p.State = lockhouse.ParcelRecalled }
	inside := func(p *lockhouse.Parcel) {
		p.State, p.Locker, p.Compartment, p.DroppedOffAt = lockhouse.ParcelRecalled, locker.ID, 1, Noon
	}
	parcels := []lockhouse.Parcel{of("per_ended", ended), of("per_ended", ended), of("per_late", late), of("per_recalled", recalled),
		of("per_under_way", ended), of("per_under_way", func(*lockhouse.Parcel) {}), of("per_inside", inside)}
	Update(t, s, func(tx store.Tx) error {
		for i, id := range []lockhouse.PersonID{"per_ended", "per_late", "per_none", "per_recalled", "per_under_way", "per_inside"} {
			kept(t, book, tx, id, person.Contact{Name: "Ada", Email: "ada@example.org"}, Noon.Add(time.Duration(i)*time.Second))
		}
		for _, p := range parcels {
			check(t, tx.InsertParcel(p), tx.UpdateParcel(p))
		}
		for _, c := range []struct {
			before time.Time
			limit  int
			want   []lockhouse.PersonID
		}{
			{Noon, 9, nil},
			{Noon.Add(time.Hour), 9, []lockhouse.PersonID{"per_none", "per_recalled"}},
			{Noon.Add(2 * time.Hour), 9, []lockhouse.PersonID{"per_ended", "per_none", "per_recalled"}},
			{Noon.AddDate(1, 0, 0), 9, []lockhouse.PersonID{"per_ended", "per_late", "per_none", "per_recalled"}},
			{Noon.AddDate(1, 0, 0), 1, []lockhouse.PersonID{"per_ended"}},
		} {
			got, err := book.Over(tx, c.before, c.limit)
			check(t, err)
			equal(t, got, c.want)
		}
		return nil
	})
}
