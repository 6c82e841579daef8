package lockhouse

// Locker is one cabinet at a site, with one controller.
type Locker struct {
	ID         LockerID
	Site       SiteID
	Name       string // painted on it, such as "A"; a site may have several lockers
	StaticKey  []byte // P-256, uncompressed, 65 bytes: what a phone's Noise handshake is made with
	ReceiptKey []byte // P-256, uncompressed, 65 bytes: what its receipts are checked with
	AdvertKey  []byte // 16 bytes that it shares with its network: derives the names under which it advertises, and countersigns what it is told

	// While its former keyset is taken, else nil.
	FormerReceiptKey []byte
	FormerAdvertKey  []byte
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

// The bounds of a locker. Which boards and locks there can be on its line depends on the dialect of its lock boards;
// no dialect has more than these.
const (
	MaxBoards       = 32 // addresses, from 0
	MaxChannels     = 48 // locks of one board, from 0
	MaxCompartments = 256
)

// CheckCompartments refuses a locker whose compartments share a number, a lock or a place, or lie beyond its bounds: one
// parcel's grant would open another's door.
func CheckCompartments(all []Compartment) error {
	if len(all) == 0 || len(all) > MaxCompartments {
		return Refuse(CodeMalformed, "A locker has 1 to %d compartments, not %d.", MaxCompartments, len(all))
	}
	numbers, locks, places := map[int]bool{}, map[[2]int]int{}, map[[2]int]int{}
	for _, c := range all {
		if err := c.check(); err != nil {
			return err
		}
		if numbers[c.Number] {
			return Refuse(CodeMalformed, "Compartment %d is there twice.", c.Number).With("compartment", c.Number)
		}
		lock, place := [2]int{c.Board, c.Channel}, [2]int{c.Column, c.Row}
		if other := locks[lock]; other != 0 {
			return Refuse(CodeMalformed, "Compartments %d and %d share lock %d of board %d.", other, c.Number, c.Channel, c.Board).With("compartment", c.Number)
		}
		if other := places[place]; other != 0 {
			return Refuse(CodeMalformed, "Compartments %d and %d share column %d, row %d.", other, c.Number, c.Column, c.Row).With("compartment", c.Number)
		}
		numbers[c.Number], locks[lock], places[place] = true, c.Number, c.Number
	}
	return nil
}

func (c Compartment) check() error {
	for _, f := range []struct {
		name          string
		is, low, high int
	}{{"number", c.Number, 1, 999}, {"rank", c.Rank, 1, 99}, {"column", c.Column, 1, 99}, {"row", c.Row, 1, 99},
		{"floor_mm", c.FloorMM, 0, 3_000}, {"board", c.Board, 0, MaxBoards - 1}, {"channel", c.Channel, 0, MaxChannels - 1}} {
		if f.is < f.low || f.is > f.high {
			return Refuse(CodeMalformed, "Compartment %d: %s is %d; give %d to %d.", c.Number, f.name, f.is, f.low, f.high).With("compartment", c.Number)
		}
	}
	if c.Size == "" || len(c.Size) > 16 {
		return Refuse(CodeMalformed, "Compartment %d needs the name of a size, at most 16 characters.", c.Number).With("compartment", c.Number)
	}
	return nil
}

// CheckLockerName refuses a name that has none of 1 to 40 characters.
func CheckLockerName(name string) error {
	if n := len([]rune(name)); n < 1 || n > 40 {
		return Refuse(CodeMalformed, "A locker's name has 1 to 40 characters.").With("field", "name")
	}
	return nil
}
