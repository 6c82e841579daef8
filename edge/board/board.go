// Package board talks to the lock boards behind a locker's doors. A lock board is a small controller on an RS-485 line:
// it pulses the coil of one lock when told to, and says of each lock whether its hook holds the door. Several boards
// share one line, told apart by an address.
//
// The line is half duplex and nobody on it has a name or a number for a request, so the rules are strict. One request is
// in flight at a time. An answer is waited for 300 ms. A status is asked for up to three times, because asking changes
// nothing; an unlock is sent once and never again, because the first may well have been obeyed and only its answer lost,
// and a second pulse would open a door that a person has just shut. What the driver can't know it calls unknown.
//
// "The board answered" is never "the door is open": whoever pulses a lock reads the hook afterwards.
//
// Each make of board has a file of its own with its frames, its parser and, fact by fact, how sure we are of them:
// vendors' sheets are hard to get, so the facts come from public driver code. cu16.go has the frames of KERONG CU12 and
// CU16, kerong.go the driver. sim/cabinet is the other end: a simulated board with doors behind it.
package board

import (
	"lockhouse"
)

// What can go wrong between the agent and a lock. The sentences are for an operator or a technician.
const (
	CodeLineDown        lockhouse.Code = "line_down"        // the serial port is not there, or was lost
	CodeBoardSilent     lockhouse.Code = "board_silent"     // no byte came back
	CodeBoardGarbled    lockhouse.Code = "board_garbled"    // bytes came back, but no whole frame with a right checksum
	CodeBoardForeign    lockhouse.Code = "board_foreign"    // whole frames came back, but from another address
	CodeLockUnconfirmed lockhouse.Code = "lock_unconfirmed" // an unlock went out, and nothing tells what became of it
)

func silent(board int) *lockhouse.Error {
	return lockhouse.Refuse(CodeBoardSilent,
		"Lock board %d does not answer; check its power, its address switches and the A and B wires.", board).With("board", board)
}

func garbled(board, bytes int) *lockhouse.Error {
	return lockhouse.Refuse(CodeBoardGarbled,
		"Lock board %d answers nonsense (%d bytes); check the line's speed (19200 baud), earth and termination.", board, bytes).
		With("board", board).With("bytes", bytes)
}

func foreign(board, other int) *lockhouse.Error {
	return lockhouse.Refuse(CodeBoardForeign,
		"Lock board %d answers in place of lock board %d; check the address switches of both.", other, board).
		With("board", board).With("answered", other)
}

func unconfirmed(board, channel int, cause error) *lockhouse.Error {
	return lockhouse.Refuse(CodeLockUnconfirmed,
		"Lock board %d did not confirm the unlock of lock %d, and the door is not seen open; it may still have been pulsed.",
		board, channel).With("board", board).With("channel", channel).Because(cause)
}

func lineDown(cause error) *lockhouse.Error {
	return lockhouse.Refuse(CodeLineDown,
		"The serial line to the lock boards is down; check the adapter and its cable.").Because(cause)
}

// checkLock refuses what has no address on the line.
func checkLock(board, channel int) error {
	if err := checkBoard(board); err != nil {
		return err
	}
	if channel < 0 || channel >= Channels {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "There is no lock %d on a board; give 0 to %d.", channel, Channels-1).
			With("field", "channel")
	}
	return nil
}

func checkBoard(board int) error {
	if board < 0 || board >= Boards {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "There is no lock board %d on a line; give 0 to %d.", board, Boards-1).
			With("field", "board")
	}
	return nil
}
