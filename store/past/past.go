// Package past is the form in which what has ended is kept: one row for a parcel with all that belonged to it, one row
// for a strand of a locker's receipts. Every engine keeps the same bytes, so a row of one is a row of the other.
//
// The hot tables then hold what is alive, and a few days more, whatever a network has carried in its life.
package past

import (
	"crypto/sha256"
	"encoding/binary"

	"lockhouse"
)

// Ended is a parcel that has ended, with all that belonged to it.
type Ended struct {
	Parcel   lockhouse.Parcel // its Person stands beside the body, where forgetting reaches it
	Hold     lockhouse.Hold
	Events   []lockhouse.Event // oldest first
	Notices  []lockhouse.Notice
	Receipts []ReceiptName
}

// ReceiptName says which receipt is meant. The receipt itself stays in its locker's chain.
type ReceiptName struct {
	Locker lockhouse.LockerID
	Seq    uint64
}

// EndedAt is when a parcel counts as ended: one that was recalled and never came has no end, and counts from its
// announcement.
func EndedAt(p lockhouse.Parcel) int64 {
	if p.EndedAt.IsZero() {
		return p.AnnouncedAt.UnixMicro()
	}
	return p.EndedAt.UnixMicro()
}

// Names gives the numbers by which a parcel is found again, besides its id: NameOfOrder's and NameOfTracking's. An index
// of numbers is a third as large as one of texts. Two parcels may have the same: whoever looks compares what is found.
func Names(p lockhouse.Parcel) [2]int64 {
	return [2]int64{NameOfOrder(p.Shop, p.Reference), NameOfTracking(p.Tracking)}
}

// NameOfOrder is the number of a shop's reference.
func NameOfOrder(shop lockhouse.ShopID, reference string) int64 {
	return name("order\x00" + string(shop) + "\x00" + reference)
}

// NameOfTracking is the number of a carrier's number.
func NameOfTracking(tracking string) int64 { return name("tracking\x00" + tracking) }

func name(text string) int64 {
	sum := sha256.Sum256([]byte(text))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
