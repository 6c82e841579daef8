package locker

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"lockhouse/edge/agent"
	"lockhouse/store"
)

var errGone = errors.New("bluetoothd is gone")

// A locker that phones can't find is a fault once that has lasted, or has come again and again; what is back within seconds is none.
func TestAirFault(t *testing.T) {
	var a air
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	is := func(want string) {
		t.Helper()
		if got := a.fault(at); got != want {
			t.Errorf("at %s the fault is %q, not %q", at.Format(time.TimeOnly), got, want)
		}
	}
	pass := func(d time.Duration) { at = at.Add(d) }
	pass(time.Hour)
	is("") // before the first try has ended, nobody knows
	a.heard(at, errGone)
	pass(airAwayFor - time.Second)
	a.heard(at, errGone) // it is tried again and again, and was gone all the time
	is("")
	pass(time.Second)
	is(airAway)
	a.heard(at, nil)
	is("")

	for range maxAirLosses {
		is("")
		pass(time.Minute)
		a.heard(at, errGone)
		pass(5 * time.Second)
		a.heard(at, errGone)
		a.heard(at, nil)
	}
	is(airUnsteady)
	pass(airLossesTime - maxAirLosses*(time.Minute+5*time.Second))
	is(airUnsteady)
	pass(2 * time.Minute) // the first of them is too long ago
	is("")
	pass(time.Hour)
	a.heard(at, errGone)
	is("")
}

func TestWorstFault(t *testing.T) {
	for _, c := range []struct{ agents, airs, want string }{
		{"", "", ""},
		{"", airAway, airAway},
		{"disk full", "", "disk full"},
		{"board 2 silent", airAway, "board 2 silent"},
		{agent.PanelLacks + "keys", "", agent.PanelLacks + "keys"},
		{agent.PanelLacks + "keys", airUnsteady, airUnsteady},
	} {
		if got := worst(c.agents, c.airs); got != c.want {
			t.Errorf("of %q and %q the worst is %q, not %q", c.agents, c.airs, got, c.want)
		}
	}
}

// The operator sees it: it goes over the line as the locker's fault, and ends with its cause.
func TestNetworkHearsOfTheAir(t *testing.T) {
	c := simulated(t)
	id, err := c.makeIdentity(rand.Reader)
	must(t, err)
	desk := lineTo(t, &c, id)
	fault := func() (said string) {
		must(t, desk.Store.View(t.Context(), func(tx store.Tx) (err error) { said, err = tx.Fault(id.ID); return err }))
		return said
	}
	for _, one := range []struct {
		at   time.Time
		why  error
		want string
	}{{time.Now().Add(-airAwayFor), errGone, airAway}, {time.Now(), nil, ""}} {
		l, stop := onTheLine(t, c, id, func(l *Locker) { l.air.heard(one.at, one.why) })
		until(t, "the network knows", func() bool { return l.line.State().Up && fault() == one.want })
		stop()
	}
}
