// Package sqlitetest opens real stores for tests: files on disk, as in production, gone after the test.
package sqlitetest

import (
	"path/filepath"
	"testing"

	"lockhouse/store/sqlite"
)

// Open gives an empty store that is closed when the test ends.
func Open(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lockhouse.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
