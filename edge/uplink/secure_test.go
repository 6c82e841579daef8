package uplink

import (
	"context"
	"sync"
	"testing"
	"time"

	"lockhouse/bus"
)

// A machine without a clock of its own, or with a wrong one, still reaches its network: what the agent knows of the time
// counts too. A certificate that is good at neither time, or for another host, is refused all the same.
func TestCertificatesAreJudgedByTheFloorToo(t *testing.T) {
	t.Parallel()
	years := 24 * 365 * time.Hour
	for name, tt := range map[string]struct {
		from  time.Time
		floor time.Time
		host  string
		step  Step
	}{
		"good by the machine's clock":                {time.Now().Add(-time.Hour), time.Time{}, "127.0.0.1", ""},
		"good by the floor, the machine is in 1970":  {time.Now().Add(50 * years), time.Now().Add(50 * years).Add(time.Hour), "127.0.0.1", ""},
		"good by the floor, the machine is too late": {time.Now().Add(-30 * years), time.Now().Add(-30 * years).Add(time.Hour), "127.0.0.1", ""},
		"good by neither":                            {time.Now().Add(50 * years), time.Now(), "127.0.0.1", StepTLS},
		"for another host":                           {time.Now().Add(-time.Hour), time.Now(), "127.0.0.2", StepTLS},
	} {
		cert, key := certificateFrom(t, tt.host, tt.from)
		h := newHouse(t, bus.Options{Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
		u := h.line("tls://" + h.bus.Address())
		u.CAFile, h.locker.floor = cert, tt.floor
		if step, _, err := u.Try(t.Context(), true); step != tt.step || (err == nil) != (tt.step == "") {
			t.Errorf("%s: step %q, %v", name, step, err)
		}
	}
}

// Each step at which the way to the network can end is told from the others.
func TestTheWayToTheNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0"})
	stranger := h.line("nats://" + h.bus.Address())
	stranger.Keys = OneKey{newTestKey(t)}
	for name, tt := range map[string]struct {
		line *Uplink
		step Step
	}{
		"no such name":     {h.line("nats://no-such-host.invalid:1"), StepName},
		"nobody listens":   {h.line("nats://127.0.0.1:1"), StepConnect},
		"speaks no TLS":    {h.line("tls://" + h.bus.Address()), StepTLS},
		"does not know us": {stranger, StepLogin},
		"all is well":      {h.line("nats://" + h.bus.Address()), ""},
	} {
		if step, _, err := tt.line.Try(t.Context(), true); step != tt.step || (err == nil) != (tt.step == "") {
			t.Errorf("%s: step %q, %v", name, step, err)
		}
	}
}

func TestTheLineSaysHowItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, bus.Options{Listen: "127.0.0.1:0"})
	good, bad := h.line("nats://"+h.bus.Address()), h.line("nats://127.0.0.1:1")
	if s := good.State(); s.Up || !s.Since.IsZero() {
		t.Errorf("before the first call: %+v", s)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { good.Run(ctx) })
	running.Go(func() { bad.Run(ctx) })
	defer running.Wait()
	defer stop()
	waits(t, "the line is up", func() bool { return good.State().Up })
	waits(t, "the other says why it is down", func() bool { return bad.State().Why != nil })
	since := bad.State().Since
	time.Sleep(50 * time.Millisecond) // it goes on calling
	if s := bad.State(); s.Up || s.Since != since {
		t.Errorf("down since %v, and then %+v", since, s)
	}
}
