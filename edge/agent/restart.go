package agent

import (
	"slices"

	"lockhouse"
)

// replay reads the journal into memory.
func (a *Agent) replay() error {
	return a.Journal.Replay(func(data []byte) error {
		r, err := decodeRecord(data)
		if err != nil {
			return newer(err)
		}
		a.appended++
		return a.apply(r)
	})
}

// settle deals with what the last run left under way, as far as that can be done without looking at the doors, and
// writes down the start.
//
// ARMED was never pulsed, and is given up; for a while the compartment is kept for the phone that stood there. PULSED
// and OPENED wait for the first reading: the deadline is over and the door was never seen, so "shut" says not opened,
// unsure, or shut meanwhile; "open" goes on as ever.
//
// Where the disk takes nothing it is done again, and until then nothing else is written.
func (a *Agent) settle() error {
	if err := a.start(); err != nil {
		return err
	}
	if err := a.forgetBoards(); err != nil {
		return err
	}
	for _, c := range a.state.Compartments {
		if c.Opening == nil {
			continue
		}
		d := a.doors[int(c.Number)]
		if c.Opening.Stage == armed || d == nil { // a compartment that was taken out of the table is nobody's any more
			if err := a.write(record{Kind: recordGivenUp, Number: c.Number, Unsure: true}); err != nil {
				return err
			}
			continue
		}
		if c.Opening.Stage == opened {
			d.since = a.started
		}
		if d.atPanel = c.Opening.Phone == nobodysPhone; d.atPanel {
			a.panel = AtPanel{Door: int(c.Number), Event: c.Opening.told(), At: a.started}
		}
	}
	a.disk.settled = true
	return nil
}

// forgetBoards ends the faults of boards on which no door is any more: nobody will ever hear that they are well.
func (a *Agent) forgetBoards() error {
	for _, id := range slices.Clone(a.state.Silent) {
		if a.boards[int(id)] != nil {
			continue
		}
		receipt, err := a.says(lockhouse.ReceiptBoardHealed, 0, nil)
		if err != nil {
			return err
		}
		if err := a.write(record{Kind: recordBoardHeals, Board: id, Receipt: receipt}); err != nil {
			return err
		}
	}
	return nil
}

func (a *Agent) start() error {
	if a.disk.started {
		return nil
	}
	receipt, err := a.says(lockhouse.ReceiptStarted, 0, nil)
	if err != nil {
		return err
	}
	if err := a.write(record{Kind: recordStarted, Receipt: receipt}); err != nil {
		return err
	}
	a.disk.started = true
	return nil
}
