package locker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"lockhouse/edge/update"
)

// TestMakeWay: a version that can't read the journal ends with what is wrong where nobody would start another, and otherwise looks for one
// until there is one or some hours have gone, feeding the watchdog all the time.
func TestMakeWay(t *testing.T) {
	cause := errors.New("newer")
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	c := Config{StateDir: t.TempDir(), Updates: Updates{URL: "https://parcels.example/updates", EveryS: 60}}
	if err := c.MakeWay(t.Context(), Parts{Log: log}, cause); !errors.Is(err, cause) || Ends(err) {
		t.Errorf("started by hand: %v", err)
	}
	looks, fed := 0, 0
	parts := Parts{Log: log, Now: time.Now, Alive: func() { fed++ }, Launched: &Launched{Fetch: func(context.Context, time.Time, string) (update.Build, error) {
		looks++
		return update.Build{}, update.ErrNothingNew
	}}}
	byHand := c
	byHand.Updates.URL = ""
	if err := byHand.MakeWay(t.Context(), parts, cause); !errors.Is(err, cause) || Ends(err) {
		t.Errorf("without a repository: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if err := c.MakeWay(t.Context(), parts, cause); !Ends(err) || time.Since(began) < awaitS*time.Second || looks != awaitS/60 || fed < awaitS/trialLookS {
			t.Errorf("%v after %v, %d looks, fed %d times", err, time.Since(began), looks, fed)
		}
	})
	if err := os.MkdirAll(string(update.In(c.StateDir)), 0o700); err != nil {
		t.Fatal(err)
	}
	state := `{"base":"1","current":{"slot":"","version":"","sha256":""},"staged":{"slot":"a","version":"v2","sha256":"00"}}`
	parts.Launched.Fetch = func(context.Context, time.Time, string) (update.Build, error) {
		return update.Build{}, os.WriteFile(string(update.In(c.StateDir))+"/state.json", []byte(state), 0o600)
	}
	if err := c.MakeWay(t.Context(), parts, cause); !Ends(err) {
		t.Error(err)
	}
	if s, err := update.In(c.StateDir).Read(); err != nil || s.Trial == nil || s.Trial.Reads != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
