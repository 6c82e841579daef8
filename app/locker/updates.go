package locker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"lockhouse"
	"lockhouse/edge/update"
	"lockhouse/internal/settings"
)

// Updates is how a locker comes by new versions of its agent.
type Updates struct {
	URL     string `toml:"url" doc:"The repository: https://parcels.example/updates. Empty: new versions come with the package alone."`
	Root    string `toml:"root" doc:"The file that says whom to trust, as 'lockhouse updates init' made it: root.json."`
	Channel string `toml:"channel" doc:"Which versions: a name of the repository's, such as stable. The network may name another one for this locker."`
	Hours   string `toml:"hours" doc:"When a new version may begin its trial, where nobody is at the locker: from and to by the locker's clock on the wall, also over midnight. Empty: at any hour. A version that was published as urgent does not wait; nor does any where the locker does not know how late it is, or its zone."`
	Zone    string `toml:"zone" doc:"The locker's time zone by its IANA name, such as Europe/Paris, for hours, while the network has not said it: its word, which is the zone of the locker's site, goes before this one. Empty: the machine's own, unless that is UTC."`
	EveryS  int    `toml:"every_s" doc:"Seconds between two looks for a new version."`
	TrialS  int    `toml:"trial_s" doc:"Seconds for which a new version has to be as well as the old one was, before it is kept. After three times as long it is given up."`
}

func defaultUpdates() Updates {
	return Updates{Root: "/etc/lockhouse/updates-root.json", Channel: "stable", Hours: "02:00-05:00", EveryS: 6 * 3_600, TrialS: 600}
}

// Bounds of updates.
const (
	fetchLimitS    = 900
	retryS         = 3_600  // after a look that failed, if the next is not due before
	lookS          = 5      // between two looks whether nobody is at the locker
	patienceH      = 24     // for what is not well, after which it does not count any more
	hoursPatienceH = 7 * 24 // for the hours: a machine that is switched off at night never has them
	maxEveryS      = 7 * 86_400
	maxTrialS      = 86_400
)

func (u Updates) check() error {
	if u.URL == "" {
		return nil
	}
	address, err := url.Parse(u.URL)
	if err != nil || address.Host == "" || address.Scheme != "https" && !(address.Scheme == "http" && settings.ThisMachine(address.Hostname())) {
		return settings.RefuseKey("updates.url", "must begin with https://")
	}
	if u.Channel == "" || lockhouse.CheckChannel(u.Channel) != nil {
		return settings.RefuseKey("updates.channel", "must be a name of lower-case letters, digits and hyphens, such as stable")
	}
	if u.EveryS < 1 || u.EveryS > maxEveryS {
		return settings.RefuseKey("updates.every_s", "must be 1 to %d", maxEveryS)
	}
	if u.TrialS < 1 || u.TrialS > maxTrialS {
		return settings.RefuseKey("updates.trial_s", "must be 1 to %d", maxTrialS)
	}
	return u.checkHours()
}

// Launched is what a locker needs for updates: who started it, and who fetches for it.
type Launched struct {
	Slot  update.Slot
	Fetch func(ctx context.Context, late time.Time, channel string) (update.Build, error) // in a process of its own, so that its memory is given back
}

// follow stands the trial, if there is one, and then looks for new versions. It comes back with true when the agent has to end, so that
// the launcher starts another version.
func (l *Locker) follow(ctx context.Context) (end bool) {
	dir := update.In(l.config.StateDir)
	s, err := dir.Read()
	if err != nil {
		l.parts.Log.Error("updates: what is known of versions can't be read", slog.Any("error", err))
	}
	if s.Trial != nil && s.Trial.Slot == l.parts.Launched.Slot && l.standTrial(ctx, dir, *s.Trial) {
		return true
	}
	l.noteFailure(dir)
	due, since, zone := l.parts.Now().Add(l.firstLook()), time.Time{}, ""
	for ctx.Err() == nil {
		zone = l.noteZone(zone)
		if l.staged(dir) {
			if since.IsZero() {
				since = l.parts.Now()
			}
			if l.begin(dir, l.parts.Now().Sub(since)) {
				return true
			}
		}
		if !l.parts.Now().Before(due) {
			due = l.parts.Now().Add(l.fetch(ctx))
		}
		pause(ctx, lookS*time.Second)
	}
	return false
}

func (l *Locker) staged(dir update.Dir) bool {
	s, err := dir.Read()
	return err == nil && s.Staged != nil
}

// firstLook spreads lockers that were started together.
func (l *Locker) firstLook() time.Duration {
	part, _ := l.chance() // without it they come together
	return time.Duration(part * float64(l.config.Updates.EveryS) * float64(time.Second) / 10)
}

// fetch looks for a new version, and says after how long to look again.
func (l *Locker) fetch(ctx context.Context) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, fetchLimitS*time.Second)
	defer cancel()
	every := time.Duration(l.config.Updates.EveryS) * time.Second
	build, err := l.parts.Launched.Fetch(ctx, l.agent.Floor(), cmp.Or(l.agent.Channel(), l.config.Updates.Channel))
	switch {
	case err == nil:
		l.parts.Log.Info("updates: a new version is here, and is tried when nobody is at the locker", slog.String("version", build.Version))
	case errors.Is(err, update.ErrNothingNew):
	case ctx.Err() == nil:
		l.parts.Log.Warn("updates: no new version", slog.String("reason", lockhouse.SentenceOf(err)))
		return min(every, retryS*time.Second)
	}
	return every
}

// noteFailure keeps what the network is told of a version that was given up.
func (l *Locker) noteFailure(dir update.Dir) {
	s, err := dir.Read()
	if f, ok := s.LastFailure(); err == nil && ok {
		text := "update " + f.Version + " given up"
		l.gaveUp.Store(&text)
		l.parts.Log.Warn("updates: a version was given up", slog.String("version", f.Version), slog.String("reason", f.Why))
	}
}

// noteZone says once of each zone that the network names whether the hours are in it, and gives the one that it names.
func (l *Locker) noteZone(before string) (zone string) {
	zone = l.agent.Zone()
	if zone == before || zone == "" {
		return zone
	}
	if _, err := lockhouse.Zone(zone); err != nil {
		l.parts.Log.Warn("updates: the network names a time zone that this version does not know; the hours are in the zone of the settings, or the machine's", slog.String("zone", zone))
	} else {
		l.parts.Log.Info("updates: the hours are in the zone that the network names", slog.String("zone", zone))
	}
	return zone
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
