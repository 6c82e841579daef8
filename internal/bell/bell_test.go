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
	b.Answer(ctx, bell.Pace{Every: time.Hour}, func(context.Context) error {
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
	bell.New().Answer(ctx, bell.Pace{Every: time.Millisecond}, func(context.Context) error {
		if done++; done == 3 {
			stop()
		}
		return nil
	}, func(err error) { t.Error(err) })
	if done != 3 {
		t.Errorf("worked %d times", done)
	}
}

// TestRest: between two pieces of work lies a rest, however much is rung, and its end is not waited for when ctx ends.
func TestRest(t *testing.T) {
	const rest = 20 * time.Millisecond
	b := bell.New()
	ctx, stop := context.WithCancel(t.Context())
	var ended time.Time
	done := 0
	b.Answer(ctx, bell.Pace{Every: time.Hour, Rest: rest}, func(context.Context) error {
		if since := time.Since(ended); done > 0 && since < rest {
			t.Errorf("rested %s", since)
		}
		if done++; done == 3 {
			stop()
		}
		b.Ring()
		ended = time.Now()
		return nil
	}, func(err error) { t.Error(err) })
	ctx, stop = context.WithCancel(t.Context())
	bell.New().Answer(ctx, bell.Pace{Every: time.Hour, Rest: time.Hour}, func(context.Context) error { stop(); return nil }, func(err error) { t.Error(err) })
}
