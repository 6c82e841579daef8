package cabinet

import (
	"slices"

	"lockhouse"
)

// DoorFault is what is wrong with one door.
type DoorFault string

// The faults of a door.
const (
	DoorSound     DoorFault = "sound"
	DoorSticks    DoorFault = "sticks"     // the coil is driven and the door stays shut
	DoorDead      DoorFault = "dead"       // the board says "done" and drives nothing: the door stays shut
	DoorCools     DoorFault = "cools"      // the board refuses to drive it, and says so where it has a word for that
	HookStuckShut DoorFault = "stuck_shut" // the contact says shut, whatever the door does
	HookStuckOpen DoorFault = "stuck_open" // the contact says open, whatever the door does
	HookBackwards DoorFault = "backwards"  // the contact says the opposite of what the others say
)

// BoardFault is what is wrong with one board, or with its piece of the line.
type BoardFault string

// The faults of a board. All but deaf obey an unlock: done, and we are not told, or told wrong.
const (
	BoardSound    BoardFault = "sound"
	BoardDeaf     BoardFault = "deaf"      // hears nothing, does nothing
	BoardMute     BoardFault = "mute"      // obeys, and answers nothing
	BoardNonsense BoardFault = "nonsense"  // answers with bytes that make no frame
	BoardWrongSum BoardFault = "wrong_sum" // answers with a checksum that does not fit, or garbled where there is none
	BoardForeign  BoardFault = "foreign"   // answers in the name of the next board
	BoardLate     BoardFault = "late"      // answers after the 300 ms that a driver waits
	BoardSplit    BoardFault = "split"     // answers rightly, byte by byte
	BoardNoisy    BoardFault = "noisy"     // answers rightly, with the noise of a line that turns round before and after
	BoardChatty   BoardFault = "chatty"    // answers rightly, between frames that nobody asked for
	BoardTells    BoardFault = "tells"     // answers rightly, after saying that another of its doors changed
)

// DoorFaults lists every fault of a door; sound is one.
func DoorFaults() []DoorFault {
	return []DoorFault{DoorSound, DoorSticks, DoorDead, DoorCools, HookStuckShut, HookStuckOpen, HookBackwards}
}

// BoardFaults lists every fault of a board; sound is one.
func BoardFaults() []BoardFault {
	return []BoardFault{BoardSound, BoardDeaf, BoardMute, BoardNonsense, BoardWrongSum, BoardForeign, BoardLate, BoardSplit,
		BoardNoisy, BoardChatty, BoardTells}
}

// FaultDoor gives a door a fault, or heals it.
func (c *Cabinet) FaultDoor(number int, f DoorFault) error {
	if !slices.Contains(DoorFaults(), f) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A door has no fault %q; give one of %v.", f, DoorFaults())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d, err := c.at(number)
	if err != nil {
		return err
	}
	d.fault = f
	c.tell()
	return nil
}

// FaultBoard gives a board a fault, or heals it.
func (c *Cabinet) FaultBoard(board int, f BoardFault) error {
	if !slices.Contains(BoardFaults(), f) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A board has no fault %q; give one of %v.", f, BoardFaults())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.boards[board]; !ok {
		return lockhouse.Refuse(lockhouse.CodeNotFound, "This cabinet has no lock board %d.", board)
	}
	c.boards[board] = f
	c.tell()
	return nil
}
