package storetest

import (
	"bytes"
	"errors"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/backup"
)

// Carrier is an engine whose stores can be carried elsewhere.
type Carrier struct {
	Open   func(t *testing.T) (s store.Store, source func() (backup.Source, error)) // an empty store, and its content at any later moment
	Empty  func(t *testing.T, schema int64) backup.Sink
	Filled func(t *testing.T) store.Store // opens what Empty gave last and was finished
}

// Carry fills a store of one engine, carries it into one of another (or the same), and finds there what was here.
func Carry(t *testing.T, from, to Carrier) {
	s, open := from.Open(t)
	site, locker := Build(t, s, 1, 9, 9, 0)
	c := newChain(t, locker.ID)
	var p [3]lockhouse.Parcel
	Update(t, s, func(tx store.Tx) error {
		for n := range p {
			p[n] = journeyed(t, tx, c, site.ID, n, Noon)
		}
		p[2] = Parcel(site.ID, 9)
		check(t, tx.InsertParcel(p[2]))
		return tx.InsertKey(lockhouse.Key{ID: "key_1", Label: "Ω\x00\xff", Hash: [32]byte{1}, CreatedAt: Noon})
	})
	heardAll(t, s)
	rekeying := lockhouse.Rekeying{Number: 3, Present: Keyset(30), AskedAt: Noon, Next: Keyset(40), ChangedAt: Noon, Former: Keyset(20), Through: 7}
	Update(t, s, func(tx store.Tx) error { return tx.SetRekeying(locker.ID, rekeying) })
	Update(t, s, func(tx store.Tx) error { _, err := tx.MoveParcels(Noon.Add(1e9), Noon, Noon, 1); return err })
	var was [3]whole
	read := func(s store.Store, into *[3]whole) {
		View(t, s, func(tx store.Tx) error {
			for i := range p {
				into[i] = whole{}
				var errs [3]error
				into[i].byID, errs[0] = tx.Parcel(p[i].ID)
				into[i].line, errs[1] = tx.Timeline(p[i].ID)
				into[i].receipts, errs[2] = tx.ReceiptsOf(p[i].ID)
				check(t, errs[:]...)
			}
			return nil
		})
	}
	read(s, &was)

	source, err := open()
	check(t, err)
	Update(t, s, func(tx store.Tx) error { return say(tx, "after the snapshot") })
	stream := written(t, source)
	check(t, source.Close())
	damagedIsRefused(t, stream)

	sum, err := backup.Verify(bytes.NewReader(stream), func(int64) {})
	check(t, err)
	sink := to.Empty(t, sum.Schema)
	_, err = backup.Read(t.Context(), bytes.NewReader(stream), sink, sum.All(), func(int64, int64) {})
	check(t, err, sink.Finish(t.Context()), sink.Close())

	there := to.Filled(t)
	var is [3]whole
	read(there, &is)
	equal(t, is, was)
	View(t, there, func(tx store.Tx) error {
		got, err := tx.Rekeying(locker.ID)
		check(t, err)
		equal(t, got, rekeying)
		return nil
	})
	Update(t, there, func(tx store.Tx) error { // and it goes on
		waiting, err := tx.Unheard(9)
		check(t, err)
		equal(t, len(waiting), 0)
		recent, err := tx.Recent(1)
		check(t, err)
		check(t, say(tx, "goes on"), tx.InsertParcel(Parcel(site.ID, 20)))
		newer, err := tx.Recent(1)
		check(t, err)
		if newer[0].Seq <= recent[0].Seq || recent[0].Note != "newest" {
			t.Errorf("event %d after %d (%s)", newer[0].Seq, recent[0].Seq, recent[0].Note)
		}
		next := c.says(lockhouse.ReceiptStarted, lockhouse.ParcelRef{}, Noon)
		keep(t, tx, next)
		before, err := tx.ReceiptAt(locker.ID, next.Seq-1)
		check(t, err)
		equal(t, before.Seq, next.Seq-1)
		return nil
	})
}

// written is a store's content as a stream.
func written(t *testing.T, source backup.Source) []byte {
	t.Helper()
	var out bytes.Buffer
	keys := []backup.Key{{Name: "issuer.key", Content: []byte("secret")}}
	sum, err := backup.Write(t.Context(), &out, source, "test", Noon, keys, func(int64, int64) {})
	check(t, err)
	again, err := backup.Verify(bytes.NewReader(out.Bytes()), func(int64) {})
	check(t, err)
	again.At = again.At.UTC()
	equal(t, again, sum)
	if sum.Rows["parcels"] != 3 || sum.Rows["past"] != 1 || sum.Rows["sites"] != 1 {
		t.Fatalf("it has %v", sum.Rows)
	}
	return out.Bytes()
}

// damagedIsRefused cuts a stream, and changes one of its bits. There are a few bits in the packing that mean nothing: what is
// read without an error is what was written.
func damagedIsRefused(t *testing.T, stream []byte) {
	t.Helper()
	whole, err := backup.Verify(bytes.NewReader(stream), func(int64) {})
	check(t, err)
	for at := 0; at < len(stream); at += 1 + len(stream)/50 {
		changed := bytes.Clone(stream)
		changed[at] ^= 1
		for how, bad := range map[string][]byte{"cut": stream[:at], "changed": changed} {
			got, err := backup.Verify(bytes.NewReader(bad), func(int64) {})
			if how == "changed" && err == nil && got.Hash == whole.Hash {
				continue
			}
			if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrNewer) {
				t.Fatalf("%s at byte %d of %d: %v", how, at, len(stream), err)
			}
		}
	}
	if _, err := backup.Verify(bytes.NewReader(append(bytes.Clone(stream), 0)), func(int64) {}); err == nil {
		t.Error("a byte behind the end passed")
	}
}
