package line_test

import (
	"context"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// asked lets the locker answer what a retired one is asked, and gives what the network made of it.
func (w *world) asked(c *caller, says lockhouse.Outcome) lockhouse.Outcome {
	w.t.Helper()
	told := c.told()
	outcome := make(chan lockhouse.Outcome, 1)
	ctx, enough := context.WithCancel(w.t.Context())
	defer enough()
	go func() {
		o, err := w.desk.Forget(ctx, c.locker.ID)
		if err != nil && says != "" {
			w.t.Error(err)
		}
		outcome <- o
	}()
	m, err := told.NextMsg(patience)
	w.must(err)
	if says == "" { // the word is lost with the line
		c.nats.Close()
		enough()
		return <-outcome
	}
	_, answer, err := wire.EncodeUplink(wire.Done{Outcome: says})
	w.must(err)
	w.must(m.Respond(answer))
	return <-outcome
}

// TestRetired: a locker that says that it takes nothing more is let in only to hear that this is noted, as often as it calls; one whose word
// was lost is asked again; one that says that something lies inside stays; and one that was stolen is refused at once.
func TestRetired(t *testing.T) {
	w := open(t)
	occupied, empty, stolen := w.newLocker(), w.newLocker(), w.newLocker()
	for _, l := range []*locker{occupied, empty} {
		c := w.up(l)
		if welcome := answered[wire.Welcome](c, c.hello()); len(welcome.Command) != 0 {
			t.Error("a locker at work is told to do something in its welcome")
		}
		_, err := w.fleet.Retire(t.Context(), l.ID, false, false)
		w.must(err)
	}
	if o := w.asked(w.up(occupied), lockhouse.OutcomeConflict); o != lockhouse.OutcomeConflict {
		t.Errorf("%s", o)
	}
	if c := w.up(occupied); len(answered[wire.Welcome](c, c.hello()).Command) != 0 {
		t.Error("a locker with something inside is told to forget its keys")
	}
	w.asked(w.up(empty), "")
	if o := w.asked(w.up(empty), lockhouse.OutcomeDone); o != lockhouse.OutcomeDone {
		t.Errorf("asked again: %s", o)
	}
	for range 2 { // the first welcome was lost
		c := w.up(empty)
		welcome := answered[wire.Welcome](c, c.hello())
		command, err := credential.VerifyCommand(w.trusted(empty), welcome.Command)
		if err != nil || command.Verb != lockhouse.CommandLeave || command.Locker != empty.ID {
			t.Errorf("the welcome of one whose end is noted says %+v, %v", command, err)
		}
		kind, data, err := wire.EncodeUplink(wire.Delivery{Receipts: []wire.Bytes{empty.sign(t)}})
		w.must(err)
		w.must(c.nats.Publish(wire.UpSubject(empty.ID, kind), data))
		until(t, "what else it says is refused", func() bool { return c.denied() > 0 })
	}
	c := w.up(stolen)
	if _, err := w.fleet.Retire(t.Context(), stolen.ID, false, true); err != nil {
		t.Fatal(err)
	}
	answered[wire.Welcome](c, c.hello()) // the line that it has: whoever hears of it ends it
	w.desk.HangUp(stolen.ID)
	until(t, "the stolen locker's line ends", func() bool { return c.nats.IsClosed() })
	if _, err := w.dial(stolen, nil); err == nil {
		t.Error("a stolen locker was let in")
	}
}
