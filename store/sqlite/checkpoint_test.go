package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"lockhouse"
	"lockhouse/store"
)

// watched opens a store whose log has limits of a test's own. What it gives adds an event and tells how long the log is.
func watched(t *testing.T, limits logLimits) (path string, s *Store, write func() (pages int)) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lockhouse.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.writer.log.limits = limits
	return path, s, func() (pages int) {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			pages = s.writer.pages
			return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted})
		})
		if err != nil {
			t.Fatal(err)
		}
		return pages
	}
}

// TestLogMovesBesideTheWriter: it begins anew again and again, although the writer never moves all of it.
func TestLogMovesBesideTheWriter(t *testing.T) {
	_, _, write := watched(t, logLimits{move: 40, left: 10, most: 1 << 30})
	const patience = 200_000
	before, anew := 0, 0
	for n := 0; anew < 3; n++ {
		pages := write()
		if pages < before {
			anew++
		}
		if before = pages; n == patience {
			t.Fatalf("the log began anew %d times in %d commits; it has %d pages", anew, n, pages)
		}
	}
}

// TestLogHasAnEnd: when nobody moves it in time, the writer does. As long as somebody reads what was true long ago, nobody
// can; afterwards it begins anew.
func TestLogHasAnEnd(t *testing.T) {
	path, s, write := watched(t, logLimits{move: 1 << 30, most: 50})
	for range 500 {
		if pages := write(); pages > 60 {
			t.Fatalf("the log has %d pages", pages)
		}
	}
	err := s.View(t.Context(), func(tx store.Tx) error {
		if _, err := tx.Recent(1); err != nil {
			return err
		}
		for write() < 200 {
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write()
	write()
	if pages := write(); pages > 60 {
		t.Errorf("the log has %d pages when nobody reads of it any more", pages)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() > 4<<20 {
		t.Errorf("%v, %v", info, err)
	}
}
