package locker

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/update"
)

// Bounds of a trial.
const (
	trialLookS     = 1
	trialsPatience = 3 // times the trial, until it is given up
)

// begin begins the trial, if this is the moment for it.
func (l *Locker) begin(dir update.Dir, waited time.Duration) bool {
	c := l.Condition()
	s, err := dir.Read()
	if err != nil || s.Staged == nil || !l.config.Updates.In(c.Agent.Zone).moment(*s.Staged, c, waited, l.parts.Local) {
		return false
	}
	if err := dir.Begin(wellbeing(c), agent.JournalReads); err != nil {
		l.parts.Log.Error("updates: the trial can't be begun", slog.Any("error", err))
		return false
	}
	l.parts.Log.Info("updates: nobody is at the locker; the agent ends, and the new version is tried")
	return true
}

// moment tells whether a version that has waited so long may begin now: nobody is at the locker, all is well, since what is not well before a
// trial is not asked of it, and it is the hour for it or the version is urgent. One that has waited long enough begins also where
// something is not well, and at last at any hour.
func (u Updates) moment(staged update.Build, c Condition, waited time.Duration, machine *time.Location) bool {
	switch {
	case c.Agent.Busy, waited <= patienceH*time.Hour && !calm(c):
		return false
	case staged.Urgent, waited > hoursPatienceH*time.Hour:
		return true
	}
	return u.mayBegin(machine, c.Agent.Floor, c.Agent.TimeQuality)
}

// calm tells whether no door is open, every lock board answers, and phones find the locker where they are to. A line that is down does
// not count: a locker may be without one for weeks.
func calm(c Condition) bool {
	for _, door := range c.Agent.Doors {
		if door == lockhouse.DoorOpen {
			return false
		}
	}
	return len(c.Agent.Silent) == 0 && (c.Air == nil || c.Air.Up)
}

// onTrial tells whether this version is, and the one before it may have to go on.
func (c Config) onTrial(p Parts) bool {
	if p.Launched == nil {
		return false
	}
	s, err := update.In(c.StateDir).Read()
	return err == nil && s.Trial != nil && s.Trial.Slot == p.Launched.Slot
}

// wellbeing is what a trial is held against.
func wellbeing(c Condition) update.Wellbeing {
	w := update.Wellbeing{LineUp: c.Line != nil && c.Line.Up, OnAir: c.Air != nil && c.Air.Up, Blind: []int{}, Faults: c.Agent.Faults}
	for number, door := range c.Agent.Doors {
		if door == lockhouse.DoorUnknown {
			w.Blind = append(w.Blind, number)
		}
	}
	slices.Sort(w.Blind)
	return w
}

// standTrial watches over the first minutes of a new version, which is this one.
func (l *Locker) standTrial(ctx context.Context, dir update.Dir, t update.Trial) (end bool) {
	trial := time.Duration(l.config.Updates.TrialS) * time.Second
	l.parts.Log.Info("updates: this version is on trial", slog.String("version", t.Version), slog.Int("start", t.Starts))
	began, well, why := l.parts.Now(), time.Time{}, ""
	for ctx.Err() == nil {
		now := l.parts.Now()
		lacks, ok := t.Well(wellbeing(l.Condition()))
		if !ok {
			well, why = time.Time{}, "it did not get as well as the old one was ("+lacks+")"
		} else if well.IsZero() {
			well = now
		}
		switch {
		case !well.IsZero() && now.Sub(well) >= trial:
			if err := dir.Keep(); err == nil {
				l.parts.Log.Info("updates: this version is kept", slog.String("version", t.Version))
				return false
			}
		case now.Sub(began) >= trialsPatience*trial:
			l.parts.Log.Error("updates: this version is given up", slog.String("version", t.Version), slog.String("reason", why))
			if err := dir.GiveUp(why); err == nil {
				return true
			}
		}
		pause(ctx, trialLookS*time.Second)
	}
	return false
}
