// Package longtest tells tests how much they may take: `make test` is for every change, `make test-long` for the night.
package longtest

import (
	"os"
	"testing"
)

// Asked tells whether `make test-long` runs, or anybody who sets LOCKHOUSE_LONG=1.
func Asked() bool { return os.Getenv("LOCKHOUSE_LONG") == "1" }

// Or gives the first of two amounts, or the second when long tests were asked for.
func Or[T any](short, long T) T {
	if Asked() {
		return long
	}
	return short
}

// Only skips a test that has nothing to say in a short time.
func Only(t testing.TB) {
	t.Helper()
	if !Asked() {
		t.Skip("takes long: make test-long runs it, or LOCKHOUSE_LONG=1")
	}
}
