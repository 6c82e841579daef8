package agent_test

import (
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/wire"
)

// today gives the figures of the day that is going on.
func (w *world) today() lockhouse.Figures {
	w.t.Helper()
	days := w.agent.Figures()
	if len(days) == 0 {
		w.t.Fatal("nothing was measured")
	}
	return days[len(days)-1]
}

// near holds that so many seconds are what they are to be, but for a few in which something was noticed or began.
func near(t testing.TB, what string, gotS int, want time.Duration) {
	t.Helper()
	if diff := time.Duration(gotS)*time.Second - want; diff < -15*time.Second || diff > 15*time.Second {
		t.Errorf("%s: %d s, want %v", what, gotS, want)
	}
}

// Each opening is counted with its phases, as its timing says; a door that sticks is one that did not open.
func TestFiguresOfOpenings(t *testing.T) {
	w := newWorld(t)
	stored := w.dropOff(first, 1)
	w.pass(time.Second)
	told := w.agent.Openings()[0]
	f := w.today()
	if f.Open.Count() != 1 || f.Authorised.Count() != 1 || f.Pulsed.Count() != 1 || f.Unopened != 0 {
		t.Fatalf("%+v", f)
	}
	for _, phase := range []struct {
		said lockhouse.Spread
		ms   int64
	}{{f.Authorised, told.AuthorisedMS}, {f.Pulsed, told.PulsedMS}, {f.Open, told.OpenMS}} {
		if got, want := float64(phase.said.Quantile(0.5).Milliseconds()), float64(phase.ms); got < 0.96*want-1 || got > 1.04*want+1 {
			t.Errorf("said to have taken %g ms, was %g", got, want)
		}
	}
	w.board.sticks[stored.Compartment-1] = true
	v, _, err := w.visit("recipient", w.grant("recipient", collect(stored)), 0)
	must(t, err)
	w.expect(v, wire.DoorTimeout, lockhouse.ReceiptNotOpened)
	if f = w.today(); f.Open.Count() != 1 || f.Pulsed.Count() != 2 || f.Unopened != 1 {
		t.Errorf("stuck: %+v", f)
	}
}

// The agent ran all the time; what it lacked meanwhile is told apart, and so is whether it could have opened a door.
func TestFiguresOfTime(t *testing.T) {
	w := newWorld(t)
	w.pass(10 * time.Minute)
	w.agent.Lined(true)
	w.pass(10 * time.Minute)
	w.board.broken = true
	w.pass(2 * time.Minute)
	w.board.broken = false
	w.pass(time.Minute)
	w.journal.fails = notKept(syscall.ENOSPC)
	w.pass(2 * time.Hour) // the floor is to be written down, and is not
	w.journal.fails = nil
	w.pass(5 * time.Minute)
	f := w.today()
	near(t, "ran", f.RunningS, 2*time.Hour+28*time.Minute)
	near(t, "down", f.DownS, 0)
	near(t, "without a board", f.BoardlessS, 2*time.Minute)
	near(t, "without a line", f.LinelessS, 10*time.Minute)
	if f.DisklessS < 3600 || f.DisklessS > 7200 || f.AbleS+f.BoardlessS+f.DisklessS != f.RunningS || f.Starts != 1 {
		t.Errorf("%+v", f)
	}
}

// A power cut is down time from what was last written down until the agent is back, though it does not know for how long it was
// gone before the network says the time.
func TestFiguresOfAPowerCut(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Hour)
	w.now = w.now.Add(2 * time.Hour)
	w.start()
	w.pass(10 * time.Minute)
	before := w.today()
	near(t, "ran, before the time is known", before.RunningS+before.DownS, time.Hour+10*time.Minute)
	w.setTime()
	f := w.today()
	if f.Starts != 2 || f.RunningS < 3300 || f.RunningS > 4215 || f.DownS < 7200-15 || f.DownS > 7200+915 {
		t.Errorf("%+v", f)
	}
	near(t, "all of it", f.RunningS+f.DownS, 3*time.Hour+10*time.Minute)
	w.setTime()
	if again := w.today(); again.DownS != f.DownS {
		t.Error("told the time again, it was down again")
	}
}

// A loop that hangs could have opened nothing, though the process was there.
func TestFiguresOfALoopThatHung(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Minute)
	w.now = w.now.Add(10 * time.Minute)
	w.pass(time.Minute)
	f := w.today()
	near(t, "ran", f.RunningS, 2*time.Minute)
	near(t, "hung", f.DownS, 10*time.Minute)
}

// Before the network said the time there are none: nobody knows of which day they would be.
func TestNoFiguresWithoutADate(t *testing.T) {
	w := newWorld(t)
	w.journal.lines, w.figures.text = nil, nil
	w.start()
	w.pass(time.Hour)
	if days := w.agent.Figures(); len(days) != 0 {
		t.Errorf("%+v", days)
	}
	w.figures.text = []byte(`[{"day":"2026-11-`) // torn, or whatever else a disk may hold
	w.start()
	w.setTime()
	if f := w.today(); f.Starts != 1 || f.DownS != 0 {
		t.Errorf("%+v", f)
	}
}

// Days that ended stay until the network has all of them; the one that is going on always does. A locker that was alone for
// long keeps the latest.
func TestFiguresWaitForTheNetwork(t *testing.T) {
	w := newWorld(t)
	w.now = w.now.Add(40 * 24 * time.Hour)
	w.pass(time.Second)
	days := w.agent.Figures()
	if len(days) != wire.MaxFigureDays {
		t.Fatalf("%d days in a message", len(days))
	}
	last := days[len(days)-1]
	if more := w.agent.FiguresCounted(last.Day, last.ThroughS-1); !more {
		t.Error("there is more, and it does not say so")
	}
	if next := w.agent.Figures()[0]; next.Day != last.Day || next.ThroughS != lockhouse.DayS {
		t.Errorf("of the last day the network lacked a second; now the first is %+v", next)
	}
	for range 10 {
		days = w.agent.Figures()
		last = days[len(days)-1]
		w.agent.FiguresCounted(last.Day, last.ThroughS)
	}
	if days = w.agent.Figures(); len(days) != 1 || days[0].ThroughS == lockhouse.DayS {
		t.Errorf("%+v", days)
	}
	w.agent.FiguresCounted(last.Day+100, 0)
	if days = w.agent.Figures(); len(days) != 1 {
		t.Error("a network that says nonsense has taken the day that is going on")
	}
}

// What the disk is asked to take is bounded: a small file each quarter of an hour, whatever happens at the doors.
func TestFiguresAreWrittenRarely(t *testing.T) {
	w := newWorld(t)
	before := w.figures.writes
	for i := range 6 {
		w.dropOff(lockhouse.ParcelRef{byte(i + 1)}, i/2+1)
		w.pass(10 * time.Minute)
	}
	if n := w.figures.writes - before; n > 5 || n < 3 || len(w.figures.text) > 1_500 {
		t.Errorf("%d writes in an hour, of %d bytes", n, len(w.figures.text))
	}
	w.figures.err = syscall.EIO
	w.pass(time.Hour) // nothing depends on it
	if f := w.today(); f.AbleS < 2*3600-60 {
		t.Errorf("%+v", f)
	}
}

// Whatever happens: each second is counted once, days follow each other, and between beginning and now there is no time that is
// neither run nor down once the network has said the time.
func TestFiguresAddUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		began := w.now
		w.pass(time.Second)
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			span := time.Duration(rapid.IntRange(1, 30*3600).Draw(r, "seconds")) * time.Second
			switch rapid.SampledFrom([]string{"run", "off", "hang", "time", "counted", "board"}).Draw(r, "what") {
			case "run":
				w.pass(min(span, 10*time.Minute))
			case "off":
				w.now = w.now.Add(span)
				w.start()
			case "hang":
				w.now = w.now.Add(span)
				w.pass(time.Second)
			case "time":
				w.setTime()
			case "counted":
				f := w.today()
				w.agent.FiguresCounted(f.Day-5, f.ThroughS)
			case "board":
				w.board.broken = !w.board.broken
			}
		}
		w.setTime()
		addUp(r, w, began)
	})
}

func addUp(r *rapid.T, w *world, began time.Time) {
	counted, from := 0, 0
	for i := 0; ; i++ {
		days := w.agent.Figures()
		for _, f := range days {
			if !f.InRange() || f.RunningS != f.AbleS+f.BoardlessS {
				r.Fatalf("%+v", f)
			}
			if i == 0 && f.Day == days[0].Day {
				from = int(f.Day)*lockhouse.DayS + f.ThroughS - f.RunningS - f.DownS
			}
		}
		last := days[len(days)-1]
		for _, f := range days {
			if f.Day < last.Day || len(days) < wire.MaxFigureDays {
				counted += f.RunningS + f.DownS
			}
		}
		if len(days) < wire.MaxFigureDays {
			if through := int(last.Day)*lockhouse.DayS + last.ThroughS; through != int(w.now.Unix()) || counted != through-from || from < int(began.Unix()) {
				r.Fatalf("from %d (began %d) to %d (now %d) %d s were counted", from, began.Unix(), through, w.now.Unix(), counted)
			}
			return
		}
		w.agent.FiguresCounted(last.Day-1, lockhouse.DayS)
	}
}
