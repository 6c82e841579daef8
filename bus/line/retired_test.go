package line_test

import (
	"testing"

	"lockhouse"
	"lockhouse/wire"
)

// TestRetired: a locker that says that it forgets its keys is not let in any more; one that says that something lies inside
// stays; and one that was stolen is refused at once.
func TestRetired(t *testing.T) {
	w := open(t)
	occupied, empty, stolen := w.newLocker(), w.newLocker(), w.newLocker()
	for l, says := range map[*locker]lockhouse.Outcome{occupied: lockhouse.OutcomeConflict, empty: lockhouse.OutcomeDone} {
		c := w.up(l)
		answered[wire.Welcome](c, c.hello())
		told := c.told()
		_, err := w.fleet.Retire(t.Context(), l.ID, false, false)
		w.must(err)
		w.up(l) // which it still may: it has to be told
		c = w.up(l)
		told = c.told()
		outcome := make(chan lockhouse.Outcome, 1)
		go func() {
			o, err := w.desk.Forget(t.Context(), l.ID)
			if err != nil {
				t.Error(err)
			}
			outcome <- o
		}()
		m, err := told.NextMsg(patience)
		w.must(err)
		_, answer, err := wire.EncodeUplink(wire.Done{Outcome: says})
		w.must(err)
		w.must(m.Respond(answer))
		if o := <-outcome; o != says {
			t.Errorf("%s, not %s", o, says)
		}
	}
	w.up(occupied)
	if _, err := w.dial(empty, nil); err == nil {
		t.Error("a locker that has forgotten its keys was let in")
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
