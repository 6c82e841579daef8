// Package paper is lockers without steel: keys and truly signed receipts, for whoever drives a network with more lockers
// than a machine has room for.
package paper

import (
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// Locker is a locker as its network knows it: keys, numbered receipts, each signed and chained to the one before. It has
// no doors. One client at a time stands in front of it.
type Locker struct {
	Noun    lockhouse.Locker
	Boxes   []lockhouse.Compartment // smallest first
	receipt quickKey

	seq         uint64
	prev        [16]byte
	generations map[int]uint32 // by number
	lying       map[lockhouse.ParcelRef]int
	taken       map[int]bool
}

// NewLocker draws a locker with its compartments, smallest at the top: so many of each size.
func NewLocker(site lockhouse.SiteID, each map[string]int) (*Locker, error) {
	static, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	l := &Locker{generations: map[int]uint32{}, lying: map[lockhouse.ParcelRef]int{}, taken: map[int]bool{}}
	if l.receipt, err = newQuickKey(); err != nil {
		return nil, err
	}
	public, err := credential.PublicKey(l.receipt)
	if err != nil {
		return nil, err
	}
	advert := make([]byte, 16)
	_, _ = rand.Read(advert) // never fails
	l.Noun = lockhouse.Locker{ID: lockhouse.NewLockerID(rand.Reader), Site: site, Name: "A",
		StaticKey: static.PublicKey().Bytes(), ReceiptKey: public, AdvertKey: advert}
	for _, size := range lockhouse.DefaultSizes() {
		for range each[size.Name] {
			n := len(l.Boxes)
			l.Boxes = append(l.Boxes, lockhouse.Compartment{Locker: l.Noun.ID, Number: n + 1, Size: size.Name, Rank: size.Rank,
				Column: n/10 + 1, Row: n%10 + 1, FloorMM: 200 * (n % 10), Board: n / 16, Channel: n % 16})
		}
	}
	return l, nil
}

// ReceiptKey signs what the locker states, and proves on its line that it is that locker.
func (l *Locker) ReceiptKey() crypto.Signer { return l.receipt }

// Store is a courier's visit for one parcel: the smallest free compartment of at least the rank is opened and shut.
func (l *Locker) Store(ref lockhouse.ParcelRef, rank int, by Visit) ([]string, error) {
	for _, box := range l.Boxes { // in ascending rank
		if box.Rank >= rank && !l.taken[box.Number] {
			l.taken[box.Number], l.lying[ref] = true, box.Number
			l.generations[box.Number]++
			return l.sign(ref, box.Number, by, lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, lockhouse.ReceiptStored)
		}
	}
	return nil, fmt.Errorf("%s has no free compartment of rank %d", l.Noun.ID, rank)
}

// Collect is a recipient's visit.
func (l *Locker) Collect(ref lockhouse.ParcelRef, by Visit) ([]string, error) {
	number, ok := l.lying[ref]
	if !ok {
		return nil, errors.New("the parcel does not lie here")
	}
	delete(l.lying, ref)
	delete(l.taken, number)
	return l.sign(ref, number, by, lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, lockhouse.ReceiptCollected)
}

// Visit is who came: the grant that was shown and the phone that showed it.
type Visit struct {
	Grant lockhouse.GrantID
	Phone [8]byte // see credential.Thumbprint
}

// sign states what happened, as a locker whose clock was set today, and gives the receipts as the API takes them.
func (l *Locker) sign(ref lockhouse.ParcelRef, number int, by Visit, kinds ...lockhouse.ReceiptKind) ([]string, error) {
	var out []string
	for _, kind := range kinds {
		l.seq++
		raw, err := credential.SignReceipt(l.receipt, lockhouse.Receipt{
			Locker: l.Noun.ID, Boot: 1, Seq: l.seq, Kind: kind, At: time.Now(), Quality: lockhouse.TimeGood, Grant: by.Grant,
			Ref: ref, Compartment: number, Generation: l.generations[number], Phone: by.Phone, Prev: l.prev,
		})
		if err != nil {
			return nil, err
		}
		l.prev = credential.Link(raw)
		out = append(out, base64.RawURLEncoding.EncodeToString(raw))
	}
	return out, nil
}
