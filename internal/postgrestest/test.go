package postgrestest

import (
	"errors"
	"os"
	"testing"
)

// ForTest starts a server that lives as long as the test. Where the machine has none the test is skipped and says how to
// install it, unless CI is set: there nothing is skipped in silence.
func ForTest(t testing.TB) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{})
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}
