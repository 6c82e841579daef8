package agent_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
)

// Whoever looks at the journal of an agent finds what the agent would, and leaves it as it was.
func TestGlance(t *testing.T) {
	w := newWorld(t)
	w.pass(2 * time.Hour)
	records := len(w.journal.lines)
	m, err := agent.Glance(w.journal.Replay)
	must(t, err)
	if m.Boot != 1 || m.Receipts != 1 || m.UnderWay != 0 || w.now.Sub(m.Floor) > time.Hour || m.Floor.After(w.now) {
		t.Errorf("%+v at %v", m, w.now)
	}
	if len(w.journal.lines) != records {
		t.Error("a glance wrote into the journal")
	}
}

func TestConditionSaysWhatIsUnderWay(t *testing.T) {
	w := newWorld(t)
	if c := w.agent.Condition(); c.Busy || len(c.LeftOpen)+len(c.Silent) > 0 || !c.DropOffs || c.TimeQuality != lockhouse.TimeGood {
		t.Errorf("at rest: %+v", c)
	}
	v, _, err := w.visit("courier", w.grant("courier", store(first, 1)), 0)
	must(t, err)
	w.pass(time.Second)
	if c := w.agent.Condition(); !c.Busy || c.Sessions != 1 {
		t.Errorf("with a phone at an open door: %+v", c)
	}
	_ = v
	w.link.Session.(*agent.Session).Close()
	if c := w.agent.Condition(); !c.Busy || c.Sessions != 0 {
		t.Errorf("with an open door: %+v", c)
	}
	w.pass(2 * time.Minute)
	if c := w.agent.Condition(); c.Busy || len(c.LeftOpen) != 1 {
		t.Errorf("with a door left open: %+v", c)
	}
	w.agent.SetPanel(lockhouse.Panel{}, []string{"keypad is away", "scanner is away"})
	if c := w.agent.Condition(); c.Fault != "panel: keypad is away, scanner is away" || len(c.Faults) != 2 {
		t.Errorf("with a panel that lacks something: %+v", c)
	}
	w.board.broken = true
	w.pass(time.Minute)
	want := []string{"board 0 silent", "panel: keypad is away", "panel: scanner is away"}
	if c := w.agent.Condition(); len(c.Silent) != 1 || c.Fault != want[0] || !slices.Equal(c.Faults, want) {
		t.Errorf("with a silent board: %+v", c)
	}
}

// A day on which nobody comes costs the flash a record an hour, which keeps the time.
func TestAnIdleDayIsWrittenOnceAnHour(t *testing.T) {
	w := newWorld(t)
	records := len(w.journal.lines)
	w.pass(24 * time.Hour)
	if n := len(w.journal.lines) - records; n < 23 || n > 24 {
		t.Errorf("%d records in a day", n)
	}
}

// A door whose hook does not hold, in the wind for half a day, is an alarm at once, and some records more than a day on which nobody comes: the flash
// outlives it, and the network does not hear of it thousands of times.
func TestADoorInTheWind(t *testing.T) {
	w := newWorld(t)
	records := len(w.journal.lines)
	for range 12 * 60 * 6 {
		w.board.spring(3)
		w.pass(5 * time.Second)
		w.board.shut(3)
		w.pass(5 * time.Second)
	}
	if n := len(w.journal.lines) - records; n > 120 {
		t.Errorf("%d records in half a day", n)
	}
	w.board.shut(3)
	w.pass(3 * time.Hour)
	if kinds := w.kinds(3); kinds[0] != "forced" || kinds[len(kinds)-1] != "shut" {
		t.Errorf("in the end: %v", kinds)
	}
	before := len(w.kinds(3))
	w.board.spring(3)
	w.pass(5 * time.Second)
	w.board.shut(3)
	w.pass(5 * time.Second)
	w.wantKindsFrom(3, before, "forced", "shut")
}

// A plug that is loose costs no more: the board's doors are not used until it has been well for minutes.
func TestALoosePlug(t *testing.T) {
	w := newWorld(t)
	records := len(w.journal.lines)
	for range 12 * 60 {
		w.board.broken = true
		w.pass(10 * time.Second)
		w.board.broken = false
		w.pass(50 * time.Second)
	}
	if n := len(w.journal.lines) - records; n > 50 {
		t.Errorf("%d records in half a day", n)
	}
	w.pass(5 * time.Minute)
	if f := w.agent.Health().Fault; f != "" {
		t.Errorf("at last: fault %q", f)
	}
}

// brokenJournal takes so many records, and then the disk is gone; or it never answers.
type brokenJournal struct {
	*fakeJournal
	left  int
	hang  chan struct{} // nil: an error
	hangs chan struct{} // is told of it
}

func (j *brokenJournal) Append(record []byte) error {
	if j.left--; j.left >= 0 {
		return j.fakeJournal.Append(record)
	}
	if j.hang != nil {
		j.hangs <- struct{}{}
		<-j.hang
	}
	return errors.New("the disk is gone")
}

// The watchdog's food stops when the journal fails, when its disk hangs, and when a board's driver never comes back.
func TestWhatIsStuckIsNotAlive(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for name, j := range map[string]*brokenJournal{"fails": {left: 1}, "hangs": {left: 1, hang: hang, hangs: make(chan struct{}, 9)}, "stands": {left: 1_000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			starves(t, j, name == "stands", name == "fails")
		})
	}
}

func starves(t *testing.T, j *brokenJournal, stands, ends bool) {
	w := newWorld(t)
	j.fakeJournal = &fakeJournal{world: w}
	alive, board := make(chan struct{}, 1_000), &calmBoard{}
	a, err := agent.New(w.config, agent.Parts{Static: exchange(t, "static"), Receipt: signer(t, "receipts"), Board: board, Journal: j,
		Now: time.Now, Random: rand.Reader, Alive: func() { alive <- struct{}{} }})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	<-alive // the doors were looked at once, and all was well
	board.set(0, true)
	if stands {
		for range 3 {
			<-alive
		}
		return
	}
	if ends { // and with it who would say that it is alive
		if err := <-ran; err == nil {
			t.Error("a failed journal ended in peace")
		}
		return
	}
	<-j.hangs // a forced door is believed after two readings, a second apart
	for len(alive) > 0 {
		<-alive
	}
	time.Sleep(1500 * time.Millisecond)
	if len(alive) > 0 {
		t.Error("it was still said to be alive")
	}
}
