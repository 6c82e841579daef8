package locker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse/edge/agent"
	"lockhouse/edge/update"
)

// errEnds says that the agent has to end, so that the launcher starts another version. It is no failure.
var errEnds = errors.New("another version is started")

// Fits ends a version on trial that would write into the journal what the one before can't read.
func (c Config) Fits(p Parts) error {
	if p.Launched == nil {
		return nil
	}
	ok, err := update.In(c.StateDir).Fits(p.Launched.Slot, agent.JournalWrites)
	if err == nil && !ok {
		p.Log.Error("updates: this version is given up: the one before it could not read its journal")
		err = errEnds
	}
	return err
}

// Ends tells whether an error only says that the agent ends for another version.
func Ends(err error) bool { return errors.Is(err, errEnds) }

// MakeWay is what there is to do for a version that can't read the locker's journal, as cause says: no door opens, and nothing was changed. It
// has the launcher start the version before or after it, and where there is none that might read it, fetches one, for as long as
// that takes. It ends with Ends, or with cause where nobody would start another.
func (c Config) MakeWay(ctx context.Context, p Parts, cause error) error {
	p.Log.Error("the journal can't be read by this version of the agent", slog.Any("error", cause))
	if p.Launched == nil {
		return cause
	}
	dir := update.In(c.StateDir)
	if another, err := dir.Unread(p.Launched.Slot); err != nil || another {
		return errors.Join(err, errEnds)
	}
	if c.Updates.URL == "" {
		return cause
	}
	return c.awaitVersion(ctx, p, dir)
}

// awaitS is for how long one agent waits for a version. Then the launcher looks anew: a disk that took nothing may have healed.
const awaitS = 6 * 3_600

// awaitVersion looks for a version until one is here. Nobody is at the locker's doors: they don't open.
func (c Config) awaitVersion(ctx context.Context, p Parts, dir update.Dir) error {
	every := time.Duration(min(c.Updates.EveryS, retryS)) * time.Second
	began := p.Now()
	for due := began; ctx.Err() == nil && p.Now().Sub(began) < awaitS*time.Second; pause(ctx, trialLookS*time.Second) {
		if p.Alive != nil {
			p.Alive()
		}
		if p.Now().Before(due) {
			continue
		}
		due = p.Now().Add(every)
		build, err := p.Launched.Fetch(ctx, p.Identity.MadeAt, c.Updates.Channel)
		if err == nil {
			p.Log.Info("updates: a version is here that may read the journal", slog.String("version", build.Version))
			return errors.Join(dir.Begin(update.Wellbeing{}, 0), errEnds)
		}
		p.Log.Error("updates: no version that could read the journal", slog.Any("error", err))
	}
	return errEnds
}
