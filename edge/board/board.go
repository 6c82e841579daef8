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
// The rules are kept by one piece of code for every make of board: driver.go (what is asked, and what an answer means)
// and exchange.go (one request and its answer on the line). A make is a Dialect: what its frames look like, how they are
// found in a stream of bytes, and what the board can do. Each has a file of its own (cu16.go, cu24.go, 8a.go, winnsen.go,
// wkly.go) that says fact by fact how sure we are of it: vendors' sheets are hard to get, so the facts come from public
// driver code. sim/cabinet is the other end: simulated boards with doors behind them.
package board

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"

	"lockhouse"
)

// What can go wrong between the agent and a lock. The sentences are for an operator or a technician.
const (
	CodeLineDown        lockhouse.Code = "line_down"        // the serial port is not there, or was lost
	CodeBoardSilent     lockhouse.Code = "board_silent"     // no byte came back
	CodeBoardGarbled    lockhouse.Code = "board_garbled"    // bytes came back, but no whole frame that answers
	CodeBoardForeign    lockhouse.Code = "board_foreign"    // whole frames came back, but from another address
	CodeLockUnconfirmed lockhouse.Code = "lock_unconfirmed" // an unlock went out, and nothing tells what became of it
	CodeLockDeclined    lockhouse.Code = "lock_declined"    // the board says that it did not unlock
)

func silent(board int) *lockhouse.Error {
	return lockhouse.Refuse(CodeBoardSilent,
		"Lock board %d does not answer; check its power, its address switches and the A and B wires.", board).With("board", board)
}

func garbled(board, bytes, baud int) *lockhouse.Error {
	return lockhouse.Refuse(CodeBoardGarbled,
		"Lock board %d answers nonsense (%d bytes); check the dialect, the line's speed (%d baud), earth and termination.", board, bytes, baud).
		With("board", board).With("bytes", bytes)
}

func foreign(board, other int) *lockhouse.Error {
	return lockhouse.Refuse(CodeBoardForeign,
		"Lock board %d answers in place of lock board %d; check the address switches of both.", other, board).
		With("board", board).With("answered", other)
}

func declined(board, channel int) *lockhouse.Error {
	return lockhouse.Refuse(CodeLockDeclined,
		"Lock board %d says that it did not unlock lock %d; its coil may have to cool down. Try again in a minute.", board, channel).
		With("board", board).With("channel", channel)
}

func unconfirmed(board, channel int, cause error) *lockhouse.Error {
	return lockhouse.Refuse(CodeLockUnconfirmed,
		"Lock board %d did not confirm the unlock of lock %d, and the door is not seen open; it may still have been pulsed.",
		board, channel).With("board", board).With("channel", channel).Because(cause)
}

func lineDown(cause error) *lockhouse.Error {
	says := "The serial line to the lock boards is down; check the adapter and its cable."
	switch {
	case errors.Is(cause, unix.EBUSY):
		says = "The serial line to the lock boards is in use by another program; two on one line confuse the boards. If it is the agent: systemctl stop lockhouse-agent."
	case errors.Is(cause, fs.ErrPermission):
		says = "The serial line to the lock boards may not be opened by this user; put the user in the port's group (usermod -aG dialout), and name the port in the unit's DeviceAllow if it is no common one."
	}
	return lockhouse.Refuse(CodeLineDown, "%s", says).Because(cause)
}
