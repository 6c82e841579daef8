package main

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// paperLocker is a locker as its network knows it: keys, numbered receipts, each signed and chained to the one before. It has
// no doors. One client at a time stands in front of it.
type paperLocker struct {
	locker  lockhouse.Locker
	boxes   []lockhouse.Compartment
	receipt *ecdsa.PrivateKey

	seq         uint64
	prev        [16]byte
	generations map[int]uint32 // by number
	lying       map[lockhouse.ParcelRef]int
	taken       map[int]bool
}

// newPaperLocker draws a locker with its compartments, smallest at the top.
func newPaperLocker(site lockhouse.SiteID, each map[string]int) (*paperLocker, error) {
	static, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	c := &paperLocker{generations: map[int]uint32{}, lying: map[lockhouse.ParcelRef]int{}, taken: map[int]bool{}}
	if c.receipt, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	public, err := credential.PublicKey(c.receipt)
	if err != nil {
		return nil, err
	}
	advert := make([]byte, 16)
	_, _ = rand.Read(advert) // never fails
	c.locker = lockhouse.Locker{ID: lockhouse.NewLockerID(rand.Reader), Site: site, Name: "A",
		StaticKey: static.PublicKey().Bytes(), ReceiptKey: public, AdvertKey: advert}
	for _, size := range lockhouse.DefaultSizes() {
		for range each[size.Name] {
			n := len(c.boxes)
			c.boxes = append(c.boxes, lockhouse.Compartment{Locker: c.locker.ID, Number: n + 1, Size: size.Name, Rank: size.Rank,
				Column: n/10 + 1, Row: n%10 + 1, FloorMM: 200 * (n % 10), Board: n / 16, Channel: n % 16})
		}
	}
	return c, nil
}

// store is a courier's visit for one parcel: the smallest free compartment of at least the rank is opened and shut.
func (c *paperLocker) store(ref lockhouse.ParcelRef, rank int, by visit) ([]string, error) {
	for _, box := range c.boxes { // in ascending rank
		if box.Rank >= rank && !c.taken[box.Number] {
			c.taken[box.Number], c.lying[ref] = true, box.Number
			c.generations[box.Number]++
			return c.sign(ref, box.Number, by, lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, lockhouse.ReceiptStored)
		}
	}
	return nil, fmt.Errorf("%s has no free compartment of rank %d", c.locker.ID, rank)
}

// collect is a recipient's visit.
func (c *paperLocker) collect(ref lockhouse.ParcelRef, by visit) ([]string, error) {
	number, ok := c.lying[ref]
	if !ok {
		return nil, errors.New("the parcel does not lie here")
	}
	delete(c.lying, ref)
	delete(c.taken, number)
	return c.sign(ref, number, by, lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, lockhouse.ReceiptCollected)
}

// visit is who came: the grant that was shown and the phone that showed it.
type visit struct {
	grant lockhouse.GrantID
	phone [8]byte
}

// sign states what happened, as a locker whose clock was set today, and gives the receipts as the API takes them.
func (c *paperLocker) sign(ref lockhouse.ParcelRef, number int, by visit, kinds ...lockhouse.ReceiptKind) ([]string, error) {
	var out []string
	for _, kind := range kinds {
		c.seq++
		raw, err := credential.SignReceipt(c.receipt, lockhouse.Receipt{
			Locker: c.locker.ID, Boot: 1, Seq: c.seq, Kind: kind, At: time.Now(), Quality: lockhouse.TimeGood, Grant: by.grant,
			Ref: ref, Compartment: number, Generation: c.generations[number], Phone: by.phone, Prev: c.prev,
		})
		if err != nil {
			return nil, err
		}
		c.prev = credential.Link(raw)
		out = append(out, base64.RawURLEncoding.EncodeToString(raw))
	}
	return out, nil
}
