package lockhouse

import "time"

// Verb is what a grant lets its bearer do with one parcel at one locker.
type Verb uint8

// The verbs of a grant's targets. There is none that opens everything.
const (
	VerbCollect Verb = 1 // open the compartment in which the parcel lies, for its recipient, once
	VerbStore   Verb = 2 // open a free compartment of at least the rank, for the courier to put the parcel in
	VerbTakeOut Verb = 3 // open the compartment in which the parcel lies, for the courier to take it back
	VerbService Verb = 4 // open one compartment, once, whatever lies inside: two people said so; the ref is the service's
)

// Target is one thing a grant allows. Compartment and Generation are given for collect and take out, Compartment
// for service; Rank for store.
type Target struct {
	Ref         ParcelRef
	Verb        Verb
	Rank        int
	Compartment int
	Generation  uint32 // of the compartment at drop-off; a later drop-off makes the grant void
}

// GrantID is a grant's own name, 8 random bytes, repeated in the receipts of what was done with it.
type GrantID [8]byte

// Grant is a signed credential: the phone with this key may do these things at this locker, until then. How it is
// encoded and signed is trust/credential's.
type Grant struct {
	ID        GrantID
	Locker    LockerID
	PhoneKey  []byte // P-256, uncompressed, 65 bytes; the phone proves that it holds the private half
	IssuedAt  time.Time
	ExpiresAt time.Time
	Targets   []Target // 1 to MaxTargets
}

// MaxTargets bounds what one grant opens: a courier's manifest for one locker.
const MaxTargets = 64
