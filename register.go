package lockhouse

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Entry is a line of the register: the public, append-only log of what a network did that its people should be able to see.
// Each entry holds the hash of the one before, so that none can be changed or left out unseen by who has read it.
type Entry struct {
	N           int64 // from 1, without a gap
	At          time.Time
	Kind        EntryKind
	Site        SiteID
	Locker      LockerID
	Compartment int
	Reason      string // one word
	Ref         string // what belongs together has one: 16 hex digits
	Prev        [32]byte
}

// EntryKind says what was done.
type EntryKind string

// What is entered.
const (
	EntryServiceAsked    EntryKind = "service.asked"    // somebody wants a compartment opened
	EntryServiceApproved EntryKind = "service.approved" // a second person said yes
	EntryServiceDeclined EntryKind = "service.declined" // a second person said no, or who asked took it back
	EntryServiceOpened   EntryKind = "service.opened"   // the locker says that the door is open
	EntryServiceShut     EntryKind = "service.shut"
	EntryLockerRetired   EntryKind = "locker.retired"
)

// Hash gives what the next entry says of this one: SHA-256 over all of it, in this order, each text with its length before it.
func (e Entry) Hash() [32]byte {
	h := sha256.New()
	h.Write([]byte("lockhouse register 1"))
	h.Write(e.Prev[:])
	for _, n := range []int64{e.N, e.At.UnixMicro(), int64(e.Compartment)} {
		_ = binary.Write(h, binary.BigEndian, n) // a hash takes everything
	}
	for _, text := range []string{string(e.Kind), string(e.Site), string(e.Locker), e.Reason, e.Ref} {
		_ = binary.Write(h, binary.BigEndian, uint32(len(text)))
		h.Write([]byte(text))
	}
	return [32]byte(h.Sum(nil))
}
