package world_test

import (
	"fmt"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/internal/browser"
	"lockhouse/sim/cabinet"
)

// board is the lock board that drives a compartment's door.
func (s *stage) board(compartment int) int {
	for _, one := range s.stand().Compartments {
		if one.Number == compartment {
			return one.Board
		}
	}
	s.t.Fatalf("there is no compartment %d", compartment)
	return 0
}

func (d *doorstep) nonsense(t *testing.T) {
	c, o, compartment := d.arrives(t)
	defer c.explains()
	pulses := c.pulses()
	c.opensConsole(d.others)
	c.seesSite()
	c.console.WaitText(locker, "Well")
	must(t, c.stand().Cabinet.FaultBoard(c.board(compartment), cabinet.BoardNonsense))
	c.console.WaitText(locker, "does not answer")
	door := fmt.Sprintf("[data-test=door][data-number='%d']", compartment)
	c.console.Wait(door + "[data-state=unknown]")
	c.look(c.console, "console-board")
	c.receiptComes(lockhouse.ReceiptBoardFault)

	c.taps()
	c.trouble("failed", "board_silent", "can’t reach its locks")
	if c.pulses() != pulses || c.state(o) != "dropped_off" {
		t.Errorf("no door can be seen, and the parcel is %s", c.state(o))
	}

	must(t, c.stand().Cabinet.FaultBoard(c.board(compartment), cabinet.BoardSound))
	c.console.WaitText(locker, "Well")
	c.console.Wait(door + "[data-state=shut]")
	c.receiptComes(lockhouse.ReceiptBoardHealed)
	c.seesEvent("locker.fault")
	c.seesEvent("locker.healed")
	c.tapsAgain()
	c.collects(o)
}

// tapsAgain tries again and does what the page asks for: on a busy machine the browser's Bluetooth may have to be started
// anew by loading the page.
func (c *cast) tapsAgain() {
	c.t.Helper()
	c.shop.Click("[data-test=try-again]")
	c.shop.Wait("[data-test=door][data-phase=open], [data-test=reload]")
	if browser.Eval[bool](c.shop, `document.querySelector("[data-test=reload]") !== null`) {
		c.shop.Click("[data-test=reload]")
		c.shop.Wait("[data-test=open]")
		c.taps()
	}
}

// receiptComes waits until the network has a receipt of the locker of this kind.
func (s *stage) receiptComes(kind lockhouse.ReceiptKind) {
	s.t.Helper()
	s.until("there is a receipt that says "+kind.String(), func() bool { return s.receipts()[kind] > 0 })
}

// signal is a journal at whose n-th record from the next on something happens beside it.
type signal struct {
	agent.Journal

	mu   sync.Mutex
	left int
	do   func()
}

func (j *signal) at(n int, do func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.left, j.do = n, do
}

// Append keeps a record.
func (j *signal) Append(record []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.left--; j.left == 0 {
		j.do()
	}
	return j.Journal.Append(record)
}

// The board obeys and says nothing: the door is open, and the locker can't know. It calls nothing collected that it did
// not see, and lets the recipient in again.
func (d *doorstep) mute(t *testing.T) {
	var below *signal
	must(t, d.stand().Off())
	must(t, d.stand().On(func(j agent.Journal) agent.Journal { below = &signal{Journal: j}; return below }))
	d.in(t).onAir()
	c, o, compartment := d.arrives(t)
	defer c.explains()
	steel, board := c.stand().Cabinet, c.board(compartment)
	below.at(2, func() { _ = steel.FaultBoard(board, cabinet.BoardMute) }) // with "pulsed", before the board is asked

	c.taps()
	c.street.Wait("[data-test=open-door]")
	c.trouble("failed", "door_unknown", "can’t see its door any more")
	c.hand("take")
	c.hand("shut")
	if got := c.state(o); got != "dropped_off" {
		t.Errorf("nobody saw its door, and the parcel is called %s", got)
	}
	must(t, steel.FaultBoard(board, cabinet.BoardSound))
	c.until("the locker sees its doors again", c.stand().Ready)
	if got := c.state(o); got != "dropped_off" {
		t.Errorf("nobody saw its door, and the parcel is called %s", got)
	}
	c.tapsAgain()
	c.doorStandsOpen()
	c.hand("shut")
	c.shop.Wait("[data-test=receipt]")
	c.becomes(o, "collected")
}
