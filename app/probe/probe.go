// Package probe finds out how a locker is wired, for the technician who stands before it. First it searches (search.go):
// at which port, at what speed and in which dialect lock boards answer, and how many locks they have. It asks for their
// status and nothing else: while it searches, no lock moves, whatever stands at the other end.
//
// Then it walks with the technician from lock to lock (walk.go): pulses one after a yes, or watches a door that is moved by
// hand, sees which hook changed, and asks which compartment that is. It draws the front as it learns it (front.go), tells
// of wires that are swapped, contacts that are the wrong way round and two locks on one channel (finding.go), and after
// each door writes the compartments that are in order, so that nothing is lost when the laptop's battery ends.
package probe

import (
	"lockhouse/edge/board"
)

// Result is what the search found.
type Result struct {
	Lines    []Line    `json:"lines"`
	Troubles []Trouble `json:"troubles"`
}

// Line is a serial line on which lock boards answer.
type Line struct {
	Port    string  `json:"port"`
	Dialect string  `json:"dialect"`
	Make    string  `json:"make"`
	Baud    int     `json:"baud"`
	Unsure  string  `json:"unsure,omitempty"` // what to compare with the vendor's sheet
	Boards  []Board `json:"boards"`
}

// Board is one board on a line.
type Board struct {
	Board int    `json:"board"`
	Holds []bool `json:"holds"`          // for each channel, as the board says it: the hook holds a door
	Sees  []bool `json:"sees,omitempty"` // and the infrared sensor sees something, where the dialect knows of sensors
}

// Trouble is a port without boards that are understood, and why.
type Trouble struct {
	Port string `json:"port"`
	Code string `json:"code"`
	Says string `json:"says"`
}

// ownSpeed tells whether the line runs at the speed of the dialect, so that no setting is needed.
func (l Line) ownSpeed() bool {
	d, err := board.Named(l.Dialect)
	return err == nil && d.Traits().Baud == l.Baud
}
