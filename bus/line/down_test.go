package line_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// told reads what comes down to a caller.
func (c *caller) told() *nats.Subscription {
	c.w.t.Helper()
	sub, err := c.nats.SubscribeSync(wire.DownSubject(c.locker.ID, "*"))
	c.w.must(err)
	c.w.must(c.nats.Flush())
	return sub
}

// trusted is by what a locker of this world knows the network's word.
func (w *world) trusted(l *locker) credential.Trusted {
	w.t.Helper()
	public, err := credential.PublicKey(w.issuer)
	w.must(err)
	issuers, err := credential.NewIssuers(public)
	w.must(err)
	return credential.Trusted{Issuers: issuers, Shared: l.AdvertKey}
}

func (w *world) wants(raw []byte, l *locker, version uint64, out ...int) {
	w.wantsIn(w.site.Zone, raw, l, version, out...)
}

func (w *world) wantsIn(zone string, raw []byte, l *locker, version uint64, out ...int) {
	w.t.Helper()
	id, want, err := credential.VerifyDesired(w.trusted(l), raw)
	if err != nil || id != l.ID || want.Version != version || want.Zone != zone || !slices.Equal(want.OutOfService, out) {
		w.t.Errorf("told %s %+v, %v; want version %d of %v in %q", id, want, err, version, out, zone)
	}
}

// comesDown wants a locker to be told the whole, and then without the zone: all that an agent from before there were zones understands.
func (w *world) comesDown(sub *nats.Subscription, l *locker, version uint64, out ...int) {
	w.t.Helper()
	for _, zone := range []string{w.site.Zone, ""} {
		d, _ := heardDown[wire.Desired](w, sub)
		w.wantsIn(zone, d.Desired, l, version, out...)
	}
}

func heardDown[M any](w *world, sub *nats.Subscription) (M, *nats.Msg) {
	w.t.Helper()
	m, err := sub.NextMsg(patience)
	w.must(err)
	message, err := wire.DecodeUplink(m.Data)
	w.must(err)
	got, ok := message.(M)
	if !ok {
		w.t.Fatalf("told %+v", message)
	}
	return got, m
}

// How a locker is to be is said when it is set, in each welcome, and after each word on its health until it keeps to it.
func TestDesiredComesDown(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	w.wants(answered[wire.Welcome](c, c.hello()).Desired, l, 0) // nothing was asked of it but to be where its site is
	sub := c.told()
	_, err := w.fleet.SetOutOfService(t.Context(), l.ID, 2, true)
	w.must(err)
	w.must(w.desk.Tell(t.Context(), l.ID))
	w.comesDown(sub, l, 1, 2)
	w.wants(answered[wire.Welcome](c, c.hello()).Desired, l, 1, 2)
	health := func(version uint64) {
		_, data, err := wire.EncodeUplink(wire.Health{Doors: map[int]lockhouse.Door{}, Desired: version})
		w.must(err)
		w.must(c.nats.Publish(wire.UpSubject(l.ID, "health"), data))
		answered[wire.Time](c, askTime)
	}
	health(0)
	w.comesDown(sub, l, 1, 2)
	health(1)
	if n, _, err := sub.Pending(); err != nil || n != 0 {
		t.Errorf("it keeps to it, and is told %d times more, %v", n, err)
	}
}

// What a locker says of its panel is kept; words that the network does not know are left out, and an older locker says nothing.
func TestPanelIsHeard(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	c := w.up(l)
	for _, said := range []struct {
		health wire.Health
		is     string
	}{{wire.Health{Panel: []string{"keys", "of a later year"}, PanelMM: 1_100}, "keys"}, {wire.Health{Panel: []string{}}, "none"}, {wire.Health{}, ""}} {
		said.health.Doors = map[int]lockhouse.Door{}
		_, data, err := wire.EncodeUplink(said.health)
		w.must(err)
		w.must(c.nats.Publish(wire.UpSubject(l.ID, "health"), data))
		answered[wire.Time](c, askTime)
		w.must(w.store.View(t.Context(), func(tx store.Tx) error {
			p, err := tx.Panel(l.ID)
			if p.String() != said.is || p.HeightMM != said.health.PanelMM {
				t.Errorf("%s: kept as %q, %d mm", data, p, p.HeightMM)
			}
			return err
		}))
	}
}

func TestCommand(t *testing.T) {
	w := open(t)
	l, other := w.newLocker(), w.newLocker()
	if _, err := w.desk.Command(t.Context(), l.ID, lockhouse.CommandReport); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("its line is not up: %v", err)
	}
	c := w.up(l)
	sub, foreign := c.told(), w.up(other).told()
	outcome, failed := make(chan lockhouse.Outcome, 1), make(chan error, 1)
	ask := func(ctx context.Context) {
		o, err := w.desk.Command(ctx, l.ID, lockhouse.CommandReport)
		outcome <- o
		failed <- err
	}
	go ask(t.Context())
	m, raw := heardDown[wire.Command](w, sub)
	command, err := credential.VerifyCommand(w.trusted(l), m.Command)
	if err != nil || command.Locker != l.ID || command.Verb != lockhouse.CommandReport || command.ExpiresAt.Sub(command.IssuedAt) != lockhouse.CommandLife {
		t.Errorf("%+v, %v", command, err)
	}
	_, done, err := wire.EncodeUplink(wire.Done{Outcome: lockhouse.OutcomeExpired})
	w.must(err)
	w.must(raw.Respond(done))
	if o, err := <-outcome, <-failed; o != lockhouse.OutcomeExpired || err != nil {
		t.Errorf("%s, %v", o, err)
	}
	w.must(raw.Respond(done)) // it may answer once
	until(t, "a second answer is denied", func() bool { return c.denied() == 1 })
	if n, _, _ := foreign.Pending(); n != 0 {
		t.Error("another locker heard it too")
	}
	ctx, cancel := context.WithCancel(t.Context())
	go ask(ctx)
	heardDown[wire.Command](w, sub) // and the locker says nothing
	time.AfterFunc(10*time.Millisecond, cancel)
	if <-outcome; lockhouse.CodeOf(<-failed) != lockhouse.CodeUnavailable {
		t.Error("a locker that does not answer has done something")
	}
}

// A locker in doubt about a parcel that lies elsewhere is told so, with each word on its health, and not waited for. Of one that may lie
// there it is told nothing.
func TestReleaseComesDown(t *testing.T) {
	w := open(t)
	l := w.newLocker()
	elsewhere, unknown := storetest.Parcel(w.site.ID, 1), storetest.Parcel(w.site.ID, 2)
	elsewhere.State = lockhouse.ParcelCollected
	storetest.Update(t, w.store, func(tx store.Tx) error { return errors.Join(tx.InsertParcel(elsewhere), tx.InsertParcel(unknown)) })
	c := w.up(l)
	answered[wire.Welcome](c, c.hello())
	sub := c.told()
	doubt := wire.Doubt{Compartment: 1, Generation: 7, Ref: elsewhere.Ref}
	_, data, err := wire.EncodeUplink(wire.Health{Doors: map[int]lockhouse.Door{}, Doubtful: []wire.Doubt{doubt, {Compartment: 2, Generation: 1, Ref: unknown.Ref}}})
	w.must(err)
	for range 2 {
		w.must(c.nats.Publish(wire.UpSubject(l.ID, "health"), data))
		answered[wire.Time](c, askTime)
		m, raw := heardDown[wire.Command](w, sub)
		command, err := credential.VerifyCommand(w.trusted(l), m.Command)
		if err != nil || command.Verb != lockhouse.CommandRelease || command.Doubt != lockhouse.Doubt(doubt) || command.Locker != l.ID {
			t.Errorf("%+v, %v", command, err)
		}
		_, done, err := wire.EncodeUplink(wire.Done{Outcome: lockhouse.OutcomeDone})
		w.must(err)
		w.must(raw.Respond(done))
		if n, _, _ := sub.Pending(); n != 0 {
			t.Error("told of what may lie there")
		}
	}
}
