package bell_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"lockhouse/internal/bell"
)

// TestAnswer: the work is done without a ring, again at a ring and after a failure, which is told.
func TestAnswer(t *testing.T) {
	b, broken := bell.New(), errors.New("broken")
	ctx, stop := context.WithCancel(t.Context())
	done, failures := 0, 0
	b.Answer(ctx, time.Hour, func(context.Context) error {
		if done++; done == 3 {
			stop()
			return broken // with the end: nobody needs to know
		}
		b.Ring()
		b.Ring() // never waits
		return broken
	}, func(err error) {
		if failures++; !errors.Is(err, broken) {
			t.Error(err)
		}
	})
	if done != 3 || failures != 2 {
		t.Errorf("worked %d times, %d failures were told", done, failures)
	}
}

// TestNobodyRings: the work is done all the same.
func TestNobodyRings(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	done := 0
	bell.New().Answer(ctx, time.Millisecond, func(context.Context) error {
		if done++; done == 3 {
			stop()
		}
		return nil
	}, func(err error) { t.Error(err) })
	if done != 3 {
		t.Errorf("worked %d times", done)
	}
}
