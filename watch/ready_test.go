package watch

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestReadiness: what is vital decides, what is not is said, and whoever asks often gets the same answer again.
func TestReadiness(t *testing.T) {
	now, looks := time.Unix(1, 0), 0
	var vital, other error
	r := &Readiness{Now: func() time.Time { return now }, Checks: []Check{
		{Name: "vital", Vital: true, Look: func(context.Context) error { looks++; return vital }},
		{Name: "other", Look: func(context.Context) error { return other }},
	}}
	for i, c := range []struct {
		vital, other error
		all          State
		states       [2]State
	}{
		{nil, nil, OK, [2]State{OK, OK}},
		{nil, errors.New("x"), Degraded, [2]State{OK, Degraded}},
		{errors.New("x"), nil, Failing, [2]State{Failing, OK}},
		{errors.New("x"), errors.New("x"), Failing, [2]State{Failing, Degraded}},
		{nil, nil, OK, [2]State{OK, OK}},
	} {
		now = now.Add(lookAgainAfter)
		vital, other = c.vital, c.other
		for range 3 {
			if all, found := r.Look(t.Context()); all != c.all || found[0].State != c.states[0] || found[1].State != c.states[1] {
				t.Errorf("%d: %s %+v", i, all, found)
			}
		}
		if looks != i+1 {
			t.Errorf("looked %d times", looks)
		}
	}
	r.Drain()
	if all, found := r.Look(t.Context()); all != Failing || found[0].State != Failing {
		t.Errorf("draining: %s %+v", all, found)
	}
}

// TestGoneCaller: a probe that hangs up does not make the next one's answer wrong.
func TestGoneCaller(t *testing.T) {
	r := &Readiness{Now: time.Now, Checks: []Check{{Name: "store", Vital: true, Look: func(ctx context.Context) error { return ctx.Err() }}}}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if all, found := r.Look(gone); all != OK {
		t.Errorf("%+v", found)
	}
}
