package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lockhouse"
)

// board is one lock board, as it answers while the agent runs.
type board struct {
	last      int       // the highest channel that a door is on
	nextAt    time.Time // of the next reading
	bad       int       // readings in a row that failed
	why       error     // of the last of them
	goodSince time.Time // zero after a bad one
	faults    flaps
}

// readDue reads the boards whose time has come, and says how long until the next. Where somebody waits for a lock, that comes first.
func (a *Agent) readDue(ctx context.Context) time.Duration {
	for _, id := range a.dueBoards() {
		if a.pulseWaits() {
			return 0
		}
		bits, err := a.Board.Shut(ctx, id)
		if ctx.Err() != nil {
			return slowPoll // the answer is that of a line being closed
		}
		if a.heard(id, bits, err); err != nil {
			break // that took its time: the others are next
		}
	}
	return a.untilDue()
}

// dueBoards gives the boards whose time has come. A board that does not answer takes the driver its time, so of those that did not the last
// time only one is asked in a turn, the one that has waited longest: many that are dead don't keep the others from being looked at.
func (a *Agent) dueBoards() (ids []int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ailing := -1
	for _, id := range a.boardIDs {
		switch b := a.boards[id]; {
		case a.failed != nil || a.Now().Before(b.nextAt):
		case b.bad == 0:
			ids = append(ids, id)
		case ailing < 0 || b.nextAt.Before(a.boards[ailing].nextAt):
			ailing = id
		}
	}
	if ailing >= 0 {
		ids = append(ids, ailing)
	}
	return ids
}

// pulseWaits tells whether a door is armed that can be pulsed.
func (a *Agent) pulseWaits() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.failed == nil && !a.disk.waits() && slices.ContainsFunc(a.state.Compartments, func(c *compartment) bool {
		return c.Opening != nil && c.Opening.Stage == armed
	})
}

func (a *Agent) untilDue() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	wait := slowPoll
	for _, b := range a.boards {
		if a.failed == nil {
			wait = min(wait, max(0, b.nextAt.Sub(a.Now())))
		}
	}
	return wait
}

// heard takes the answer of one board.
func (a *Agent) heard(id int, bits []bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed != nil {
		return
	}
	b, now := a.boards[id], a.Now()
	if err == nil && len(bits) <= b.last {
		err = fmt.Errorf("it answers for %d locks, and the table of compartments has a door at its lock %d", len(bits), b.last)
	}
	if err != nil {
		a.heardNothing(id, b, err)
	} else if a.heardWell(id, b, now) {
		for _, c := range a.config.Compartments {
			if c.Board == id {
				a.see(a.doors[c.Number], bits[c.Channel])
			}
		}
	}
	b.nextAt = now.Add(a.interval(id))
}

// heardNothing counts a silence or an answer without sense. From the third on the doors are unknown: never a guess.
func (a *Agent) heardNothing(id int, b *board, why error) {
	b.bad, b.goodSince, b.why = min(b.bad+1, faultAfter), time.Time{}, why
	if b.bad < faultAfter || a.silent(id) {
		return
	}
	for _, d := range a.doors {
		if d.Board == id {
			d.state, d.alike = lockhouse.DoorUnknown, 0
		}
	}
	if a.saysBoard(id, recordBoardFault, lockhouse.ReceiptBoardFault) {
		b.faults.again(a.Now())
	}
}

// heardWell tells whether a good answer may be believed: a board that was at fault has to be well for a while, so that
// a loose plug does not fill the journal.
func (a *Agent) heardWell(id int, b *board, now time.Time) bool {
	b.bad = 0
	if b.goodSince.IsZero() {
		b.goodSince = now
	}
	if !a.silent(id) {
		return true
	}
	return now.Sub(b.goodSince) >= max(healAfter, b.faults.rest(longestBoardRest)) && a.saysBoard(id, recordBoardHeals, lockhouse.ReceiptBoardHealed)
}

func (a *Agent) saysBoard(id int, kind recordKind, says lockhouse.ReceiptKind) bool {
	_, ok := a.put(record{Kind: kind, Board: uint8(id)}, says, nil)
	return ok
}

// interval is short while something moves at the board's doors.
func (a *Agent) interval(id int) time.Duration {
	for _, c := range a.config.Compartments {
		if op := a.state.at(c.Number).Opening; c.Board == id && op != nil && op.Stage != armed && !op.LeftOpen {
			return fastPoll
		}
	}
	return slowPoll
}

func (a *Agent) silent(id int) bool { return slices.Contains(a.state.Silent, uint8(id)) }

func (s *state) hush(id uint8) {
	if !slices.Contains(s.Silent, id) {
		s.Silent = append(s.Silent, id)
	}
}

func (s *state) unhush(id uint8) {
	s.Silent = slices.DeleteFunc(s.Silent, func(b uint8) bool { return b == id })
}

// fault gives what is wrong in a few words, or "": the worst of it.
func (a *Agent) fault() string {
	all := a.faults()
	switch {
	case len(all) == 0:
		return ""
	case len(all) == len(a.panelFaults):
		return PanelLacks + strings.Join(a.panelFaults, ", ")
	}
	return all[0]
}

// PanelLacks begins a fault that says what a panel lacks.
const PanelLacks = "panel: "

// faults gives all that is wrong, the worst first. While a new version is on trial the words are compared with those of the version before:
// what was wrong before is not held against it.
func (a *Agent) faults() (all []string) {
	if a.failed != nil {
		all = append(all, "journal")
	}
	if a.disk.waits() {
		all = append(all, a.disk.fault())
	}
	if a.forgot {
		all = append(all, "journal lost")
	}
	for _, id := range a.state.Silent {
		all = append(all, fmt.Sprintf("board %d silent", id))
	}
	for _, c := range a.state.Compartments {
		if a.doors[int(c.Number)] == nil && c.Ref != (lockhouse.ParcelRef{}) {
			all = append(all, fmt.Sprintf("compartment %d not in the table", c.Number))
		}
	}
	for _, what := range a.panelFaults {
		all = append(all, PanelLacks+what)
	}
	return all
}
