package board

import (
	"fmt"
	"strings"

	"lockhouse"
)

// Dialect is how one make of lock board speaks: a builder of frames, and a judge of what comes back. It keeps nothing
// between two calls; what the line needs to be kept for is the driver's. Boards are given by the address on the line,
// channels from 0, whatever the make calls its first lock.
type Dialect interface {
	Traits() Traits
	// Unlock builds the frame that pulses one lock.
	Unlock(board, channel int) []byte
	// Ask builds the frame that asks for hooks: of all locks of the board, or of that one where Traits say LockByLock.
	Ask(board, channel int) []byte
	// Judge looks at bytes from the line, at their beginning alone:
	//
	//	n > 0   they begin with a whole frame of n bytes
	//	n == 0  they may be the beginning of one: more bytes have to be seen
	//	n < 0   no frame begins here
	//
	// last says that nothing more will come; "more" is a no then. It never needs more than maxFrameBytes.
	Judge(held []byte, last bool) (f Frame, n int)
}

// Traits are what a make of board is like and can do. Whatever they promise, the hook is read after every unlock.
type Traits struct {
	Name string // in the settings and in what is measured
	Make string // as it is printed on the board
	Baud int    // the speed that it leaves the factory with; 8 data bits, no parity, 1 stop bit

	FirstBoard, LastBoard int // addresses on one line
	Channels              int // the most locks that one board has

	LockByLock  bool         // a status is asked of each lock for itself
	Items       bool         // a status also says behind which doors an infrared sensor sees something
	Confirms    Confirmation // how an unlock is answered
	TellsItself bool         // says of itself when a door has changed; the driver passes over it
	Unchecked   bool         // frames have no checksum, so that an answer alone is believed of nothing

	Unsure string // what to compare with the vendor's sheet first; empty where public drivers agree
}

// Confirmation is how a board answers an unlock, if it does: of every make there are boards that obey without a word.
type Confirmation int

// The ways to answer an unlock.
const (
	ByReport Confirmation = iota // with a status of the board
	ByWord                       // with a word about that lock
)

// Kind is what a frame from the line is.
type Kind int

// The kinds of frames.
const (
	Echo     Kind = iota // a request, heard again through an adapter that hears itself, or a frame that says nothing new
	Report               // hooks of Count locks from First on, as they were asked for
	Unlocked             // the board's word that it pulsed lock First
	Declined             // the board's word that it did not
	Change               // the door at lock First changed; nobody asked
)

// Frame is one whole frame that a board sent.
type Frame struct {
	Kind         Kind
	Board        int
	First, Count int    // locks that it is about
	Hooks        uint64 // bit n is lock First+n: 1 holds its door
	Items        uint64 // bit n is lock First+n: 1 sees something; 0 where Traits know no items
}

// Dialects gives all that there are, the default first.
func Dialects() []Dialect { return []Dialect{cu16{}, cu24, cu48, eightA{}, winnsen{}, wkly{}} }

// Named finds a dialect by the name that Traits give it.
func Named(name string) (Dialect, error) {
	for _, d := range Dialects() {
		if d.Traits().Name == name {
			return d, nil
		}
	}
	return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "There is no dialect of lock boards %q; give one of %s.", name, strings.Join(Names(), ", "))
}

// Names gives the names of all dialects, the default first.
func Names() []string {
	var names []string
	for _, d := range Dialects() {
		names = append(names, d.Traits().Name)
	}
	return names
}

// Check refuses a lock that has no address in this dialect.
func (t Traits) Check(board, channel int) error {
	if err := t.checkBoard(board); err != nil {
		return err
	}
	if channel < 0 || channel >= t.Channels {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "There is no lock %d on a board of the dialect %s; give 0 to %d.", channel, t.Name, t.Channels-1).
			With("field", "channel")
	}
	return nil
}

func (t Traits) checkBoard(board int) error {
	if board < t.FirstBoard || board > t.LastBoard {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "There is no lock board %d on a line of the dialect %s; give %d to %d.", board, t.Name, t.FirstBoard, t.LastBoard).
			With("field", "board")
	}
	return nil
}

// String names the make, for people.
func (t Traits) String() string { return fmt.Sprintf("%s (%s)", t.Make, t.Name) }

// shut tells whether lock channel holds its door, by a report that is about it.
func (f Frame) shut(channel int, reversed bool) bool {
	return (f.Hooks>>(channel-f.First)&1 == 1) != reversed
}

// about tells whether a frame is about a lock.
func (f Frame) about(channel int) bool { return channel >= f.First && channel < f.First+f.Count }
