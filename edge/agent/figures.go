package agent

import (
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// figures is what the agent measures of itself, for everybody to see: how long doors took, and how long it was there for them. It
// decides nothing. Seconds are counted along the floor, each once: as run, as not run, or as neither where nobody can know.
//
// They begin when the network first says the time. What is durable lags behind by figuresStep, so that is how exactly a power cut's
// beginning is known: what was not written down counts as down. When the cut ended, the network's time tells: by so much
// as that leaps ahead of what the journal knew, the locker did not run.
type figures struct {
	days    []lockhouse.Figures // that the network may not have, oldest first; the last is being counted
	through uint64              // Unix time in seconds up to which is counted; 0: not begun
	sure    bool                // the network said the time since the start
	lined   bool                // there is a line to the network
	kept    mark                // of what is durable
}

// mark is how far figures were counted.
type mark struct {
	through uint64
	days    int
}

// recallFigures goes on with what was kept. What can't be read is as none: nothing depends on it.
func (a *Agent) recallFigures() {
	f := &a.figures
	if a.Measured == nil {
		return
	}
	data, err := a.Measured.Read()
	if err != nil || len(data) == 0 {
		return
	}
	if f.days, err = wire.DecodeFigures(data); err != nil {
		f.days = nil
		return
	}
	last := f.days[len(f.days)-1]
	f.through = uint64(last.Day)*lockhouse.DayS + uint64(last.ThroughS)
	f.pass(a.floorS(), down)
	f.today().Starts++
}

func down(d *lockhouse.Figures, s int) { d.DownS += s }

// count counts the time that has passed since it was called last: it ran, unless its loop hung.
func (a *Agent) count() {
	f, now := &a.figures, a.floorS()
	if f.through == 0 || now <= f.through {
		return
	}
	if now-f.through > uint64(hungAfter.Seconds()) {
		f.pass(now, down)
		return
	}
	f.pass(now, a.ran)
}

// ran counts seconds of a running agent.
func (a *Agent) ran(d *lockhouse.Figures, s int) {
	d.RunningS += s
	boards, disk := len(a.state.Silent) == 0, a.failed == nil && !a.disk.waits()
	if boards && disk {
		d.AbleS += s
	}
	if !boards {
		d.BoardlessS += s
	}
	if !disk {
		d.DisklessS += s
	}
	if !a.figures.lined {
		d.LinelessS += s
	}
}

// leapt hears that the network said the time; what had passed before was counted. Whatever it is ahead of a floor from before the
// start, the locker was not there.
func (a *Agent) leapt(fresh bool) {
	f, now := &a.figures, a.floorS()
	switch {
	case fresh && (f.through == 0 || now < f.through): // it begins, or was counted by a date that was wrong
		f.days, f.through = nil, now
		f.today().Starts++
	case f.through != 0 && !f.sure:
		f.pass(now, down)
	}
	f.sure = f.sure || fresh
}

// pass counts the seconds up to a moment, each to its day.
func (f *figures) pass(to uint64, into func(*lockhouse.Figures, int)) {
	if keep := uint64(wire.MaxFigureDaysKept * lockhouse.DayS); to > f.through+keep {
		f.days, f.through = nil, to-keep
	}
	for f.through < to {
		d := f.today()
		s := min(to-f.through, lockhouse.DayS-f.through%lockhouse.DayS)
		d.ThroughS += int(s)
		f.through += s
		into(d, int(s))
	}
}

// today gives the day that the next second belongs to.
func (f *figures) today() *lockhouse.Figures {
	day := lockhouse.Day(f.through / lockhouse.DayS)
	if n := len(f.days); n > 0 && f.days[n-1].Day == day {
		return &f.days[n-1]
	}
	fresh := lockhouse.NewFigures(day)
	fresh.ThroughS = int(f.through % lockhouse.DayS)
	f.days = append(f.days, fresh)
	f.days = f.days[max(0, len(f.days)-wire.MaxFigureDaysKept):]
	return &f.days[len(f.days)-1]
}

// opening counts one that is over.
func (f *figures) opening(t timing) {
	if f.through == 0 {
		return
	}
	d := f.today()
	for _, phase := range []struct {
		spread lockhouse.Spread
		at     time.Time
	}{{d.Authorised, t.authorised}, {d.Pulsed, t.pulsed}, {d.Open, t.opened}} {
		if !phase.at.IsZero() {
			phase.spread.Add(t.after(phase.at))
		}
	}
	if !t.pulsed.IsZero() && t.opened.IsZero() {
		d.Unopened++
	}
}

// keepFigures makes them durable from time to time, and when a day ends. Where the disk does not take them, that costs as much
// as a power cut then would.
func (a *Agent) keepFigures() {
	f := &a.figures
	if f.through >= f.kept.through+uint64(figuresStep.Seconds()) || len(f.days) != f.kept.days {
		a.writeFigures()
	}
}

func (a *Agent) writeFigures() {
	f := &a.figures
	if a.Measured == nil || f.through == 0 {
		return
	}
	f.kept = mark{f.through, len(f.days)}
	if data, err := wire.EncodeFigures(f.days); err == nil {
		_ = a.Measured.Write(data)
	}
}

// lastFigures keeps what was counted when the agent is told to stop.
func (a *Agent) lastFigures() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count()
	a.writeFigures()
}

// Lined hears whether there is a line to the network.
func (a *Agent) Lined(up bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count()
	a.figures.lined = up
}

// Figures gives what the network is to be told: the oldest days that it may not have, and at most wire.MaxFigureDays.
func (a *Agent) Figures() []lockhouse.Figures {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count()
	var days []lockhouse.Figures
	for _, f := range a.figures.days[:min(len(a.figures.days), wire.MaxFigureDays)] {
		days = append(days, f.Clone())
	}
	return days
}

// FiguresCounted hears that the network has a day's figures up to a second of it, and all before. Days that can't change any
// more are forgotten then. It tells whether there are more days than go into a message.
func (a *Agent) FiguresCounted(day lockhouse.Day, throughS int) (more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := &a.figures
	had := len(f.days)
	for len(f.days) > 1 && (f.days[0].Day < day || f.days[0].Day == day && f.days[0].ThroughS <= throughS) {
		f.days = f.days[1:]
	}
	return len(f.days) < had && had > wire.MaxFigureDays
}
