package lockhouse

// Locker is one cabinet at a site, with one controller.
type Locker struct {
	ID         LockerID
	Site       SiteID
	Name       string // painted on it, such as "A"; a site may have several lockers
	StaticKey  []byte // P-256, uncompressed, 65 bytes: what a phone's Noise handshake is made with
	ReceiptKey []byte // P-256, uncompressed, 65 bytes: what its receipts are checked with
	AdvertKey  []byte // 16 bytes: derives the name of the day under which it advertises
}

// Compartment is one box with a door. The position is as seen by a person in front of the locker: columns from the
// left, rows from the ground, both from 1.
type Compartment struct {
	Locker  LockerID
	Number  int // painted on the door; unique in the locker, from 1
	Size    string
	Rank    int // the size's rank
	Column  int
	Row     int
	FloorMM int // height of the compartment's floor above the ground

	Board   int // address of its lock board on the serial line
	Channel int // its lock on that board, from 0

	OutOfService bool
}

// Door is what the locker last said of a compartment's door.
type Door string

// What a door can be. DoorUnknown is said when the lock board does not answer: never a guess.
const (
	DoorShut    Door = "shut"
	DoorOpen    Door = "open"
	DoorUnknown Door = "unknown"
)

// Answer is what a door command comes back with. There are three, never two: an answer that did not arrive says nothing
// about the lock.
type Answer uint8

// The answers. AnswerDone is the board's word that it pulsed the lock; whether the door opened is for the door's own
// contact to say.
const (
	AnswerUnknown Answer = iota
	AnswerDone
	AnswerNotDone
)
