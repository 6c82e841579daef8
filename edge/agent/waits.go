package agent

import (
	"cmp"
	"maps"
	"slices"
)

// Wrong PINs cost time. There is one wait for the whole locker, for who types a PIN alone, since that tries it on every
// door; and one for each compartment, for who types the door's number in front of the PIN. So whoever plays with the
// keys keeps nobody from a parcel who can read the number of its door.
const (
	freeWrong     = 3   // wrong PINs before the first wait
	firstWaitS    = 10  // doubled with each further one
	longestWaitS  = 900 // at most
	forgetWrongS  = 900 // in which one wrong PIN is forgotten
	maxWrong      = 10  // counted: with these the wait is the longest
	anyDoor       = 0   // in place of a compartment's number
	longestDoorNo = 3   // digits
)

// wait is what wrong PINs have added up to at one moment, by the locker's floor of time. Being switched off passes no
// time: the floor stands still, so a pulled plug begins the wait anew.
type wait struct {
	wrong uint8
	atS   uint64
}

// wrongNow is how many are still counted.
func (w wait) wrongNow(nowS uint64) uint8 {
	if nowS < w.atS {
		return w.wrong
	}
	return uint8(max(0, int64(w.wrong)-int64((nowS-w.atS)/forgetWrongS)))
}

// more counts one more.
func (w wait) more(nowS uint64) wait {
	return wait{wrong: min(w.wrongNow(nowS)+1, maxWrong), atS: nowS}
}

// leftS is how many seconds nothing is tried any more.
func (w wait) leftS(nowS uint64) uint64 {
	if w.wrong < freeWrong {
		return 0
	}
	lasts := min(uint64(firstWaitS)<<(w.wrong-freeWrong), longestWaitS)
	return lasts - min(lasts, nowS-min(nowS, w.atS))
}

// wrong counts a wrong PIN, at a compartment or at any.
func (s *state) wrong(number uint16, atS uint64) {
	if s.waits == nil {
		s.waits = map[uint16]wait{}
	}
	s.waits[number] = s.waits[number].more(atS)
}

// waitFor takes a wait over from a journal that was written anew. The record has the count where others name a board.
func (s *state) waitFor(r record) {
	if s.waits == nil {
		s.waits = map[uint16]wait{}
	}
	s.waits[r.Number] = wait{wrong: min(r.Board, maxWrong), atS: r.AtS}
}

// lower keeps what was noted at a time that has turned out to be in the future from lasting until then.
func (s *state) lower(toS uint64) {
	s.FloorS = toS
	for number, w := range s.waits {
		s.waits[number] = wait{w.wrong, min(w.atS, toS)}
	}
	for _, c := range s.Compartments {
		c.ReservedS, c.Last.AtS = min(c.ReservedS, toS), min(c.Last.AtS, toS)
		for i, at := range c.TriesS {
			c.TriesS[i] = min(at, toS)
		}
	}
}

// waitsAsRecords gives the waits that are not over as lines of a journal that is written anew, in order of the numbers.
func (s *state) waitsAsRecords() (lines []record) {
	for _, number := range slices.SortedFunc(maps.Keys(s.waits), cmp.Compare[uint16]) {
		if w := s.waits[number]; w.wrongNow(s.FloorS) > 0 {
			lines = append(lines, record{Kind: recordWaits, AtS: w.atS, Number: number, Board: w.wrong})
		}
	}
	return lines
}
