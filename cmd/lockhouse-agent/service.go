package main

import (
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"lockhouse/internal/calmlog"
)

// feeds is how many times the watchdog is fed in the time after which it would bite.
const feeds = 4

// service is who started us: systemd, which waits until we are ready and whose watchdog wants to be fed. Without systemd
// nothing is said.
type service struct {
	log   *slog.Logger
	every time.Duration // 0 without a watchdog
	ready atomic.Bool
	fedAt atomic.Int64 // nanoseconds since begin
	begin time.Time
}

func newService(log *slog.Logger) (*service, error) {
	bites, err := daemon.SdWatchdogEnabled(false)
	return &service{log: log, every: bites / feeds, begin: time.Now()}, err
}

// alive is called while the agent's loop turns and its journal stands: by that alone the watchdog is fed. The first time says
// that the doors have been looked at, so that the locker is ready.
func (s *service) alive() {
	if s.ready.CompareAndSwap(false, true) {
		s.say(daemon.SdNotifyReady)
		s.log.Info("the locker is ready", slog.Duration("after", time.Since(s.begin).Round(time.Millisecond)))
	}
	now := time.Since(s.begin)
	if s.every > 0 && now-time.Duration(s.fedAt.Load()) >= s.every {
		s.fedAt.Store(int64(now))
		s.say(daemon.SdNotifyWatchdog)
	}
}

func (s *service) stopping() { s.say(daemon.SdNotifyStopping) }

func (s *service) say(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Warn("systemd does not listen", slog.Any("error", err))
	}
}

// newLog writes to the journal of systemd, or wherever standard error goes, and does not repeat itself.
func newLog() *slog.Logger {
	return slog.New(calmlog.New(slog.NewJSONHandler(os.Stderr, nil)))
}
