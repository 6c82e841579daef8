package agent

import (
	"cmp"
	"maps"
	"slices"
)

// Wrong PINs cost time. There is one wait for the whole locker, for who types a PIN alone, since that tries it on every
// door; and one for each compartment, for who types the door's number in front of the PIN. So whoever plays with the
// keys keeps nobody from a parcel who can read the number of its door. Wrong presence codes have waits of the same kind
// (presence.go), under numbers above those of compartments.
const (
	maxWrong      = 10     // counted: with these the wait is the longest
	anyDoor       = 0      // in place of a compartment's number
	atLine        = 0x8000 // beside a compartment's number: wrong presence codes for it; alone: for the locker, whoever typed them
	ofCouriers    = 0xffff // wrong presence codes of couriers, who collect from no compartment
	maxWrongLine  = 4 * (maxWrong + 1)
	longestDoorNo = 3 // digits
)

// pace is how wrong ones turn into time. In a time T at most most + 1 + T / forgetS are tried.
type pace struct {
	free     uint8  // wrong ones before the first wait
	most     uint8  // counted
	firstS   uint64 // doubled with each further one
	longestS uint64
	forgetS  uint64 // in which one is forgotten
}

// person is the pace of one who tries; whole is that of all over the line together, which one alone never fills.
var (
	person = pace{free: 3, most: maxWrong, firstS: 10, longestS: 900, forgetS: 900}
	whole  = pace{free: maxWrongLine, most: maxWrongLine, firstS: 225, longestS: 225, forgetS: 225}
)

func paceAt(number uint16) pace {
	if number == atLine {
		return whole
	}
	return person
}

// wait is what wrong ones have added up to at one moment, by the locker's floor of time. Being switched off passes no
// time: the floor stands still, so a pulled plug begins the wait anew.
type wait struct {
	wrong uint8
	atS   uint64
}

// wrongNow is how many are still counted.
func (p pace) wrongNow(w wait, nowS uint64) uint8 {
	if nowS < w.atS {
		return w.wrong
	}
	return uint8(max(0, int64(w.wrong)-int64((nowS-w.atS)/p.forgetS)))
}

// more counts one more.
func (p pace) more(w wait, nowS uint64) wait {
	return wait{wrong: min(p.wrongNow(w, nowS)+1, p.most), atS: nowS}
}

// leftS is how many seconds nothing is tried any more.
func (p pace) leftS(w wait, nowS uint64) uint64 {
	if w.wrong < p.free {
		return 0
	}
	lasts := min(p.firstS<<(w.wrong-p.free), p.longestS)
	return lasts - min(lasts, nowS-min(nowS, w.atS))
}

// waitLeftS is for how many seconds nothing is tried under a number.
func (a *Agent) waitLeftS(number uint16) int {
	return int(paceAt(number).leftS(a.state.waits[number], a.floorS()))
}

// wrong counts one wrong PIN or presence code under a number. For a compartment the number is the door's own.
func (s *state) wrong(number uint16, atS uint64) {
	if s.waits == nil {
		s.waits = map[uint16]wait{}
	}
	s.waits[number] = paceAt(number).more(s.waits[number], atS)
}

// waitFor takes a wait over from a journal that was written anew. The record has the count where others name a board.
func (s *state) waitFor(r record) {
	if s.waits == nil {
		s.waits = map[uint16]wait{}
	}
	s.waits[r.Number] = wait{wrong: min(r.Board, paceAt(r.Number).most), atS: r.AtS}
}

// newcomer lets a parcel that is put in begin without the wrong presence codes of who collected there before.
func (s *state) newcomer(number uint16) { delete(s.waits, atLine|number) }

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
		if w := s.waits[number]; paceAt(number).wrongNow(w, s.FloorS) > 0 {
			lines = append(lines, record{Kind: recordWaits, AtS: w.atS, Number: number, Board: w.wrong})
		}
	}
	return lines
}
