package agent_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
)

// typed shows a grant over the line with a code, opens nothing, and gives what the locker said of it.
func (w *world) typed(who, code string, grant []byte) lockhouse.Code {
	w.t.Helper()
	r, _, _, err := w.overLine(who, code, grant, -1)
	r.Session.Close()
	if err == nil {
		return ""
	}
	return lockhouse.CodeOf(err)
}

// TestNobodyShutsOthersOut: whoever types nonsense, with however many phones, makes nobody wait but for their own parcel.
func TestNobodyShutsOthersOut(t *testing.T) {
	w := newLineWorld(t)
	mine, theirs := w.dropOff(first, 1), w.dropOff(second, 1)
	grants := [][]byte{w.grant("phone", collect(theirs)), w.grant("second phone", collect(theirs))}
	for range 12 { // an hour and more of it
		for i, who := range []string{"phone", "second phone"} {
			if code := w.typed(who, not(w.agent.AtPanel().Presence), grants[i]); code != lockhouse.CodeWrongPresence && code != lockhouse.CodeWaitPresence {
				t.Fatalf("a wrong code: %s", code)
			}
		}
		w.pass(5 * time.Minute)
	}
	if code := w.typed("second phone", not(w.agent.AtPanel().Presence), grants[1]); code != lockhouse.CodeWaitPresence {
		t.Errorf("another phone for the same parcel: %s", code)
	}
	_, _, n, err := w.overLine("recipient", w.agent.AtPanel().Presence, w.grant("recipient", collect(mine)), 0)
	must(t, err)
	if n.Compartment != mine.Compartment {
		t.Errorf("%+v", n)
	}
}

// TestANewParcelIsNoHeir: who collected from a compartment before leaves no wait to whose parcel lies there next.
func TestANewParcelIsNoHeir(t *testing.T) {
	w := newLineWorld(t)
	for n := range 5 {
		w.board.only = lockhouse.ParcelRef{byte(40 + n)}
		r := w.dropOff(w.board.only, 3)
		grant := w.grant("phone", collect(r))
		for range 3 {
			if code := w.typed("phone", not(w.agent.AtPanel().Presence), grant); code != lockhouse.CodeWrongPresence {
				t.Fatalf("parcel %d: %s", n, code)
			}
		}
		must(t, w.agent.EnterPIN(w.pin(r)))
		w.pass(time.Second)
		w.board.take(r.Compartment)
		w.board.shut(r.Compartment)
		w.pass(6 * time.Minute)
	}
}

// TestNoOracle: a grant for what is not here any more serves nobody to try codes with: a right one and a wrong one are told the same.
func TestNoOracle(t *testing.T) {
	w := newLineWorld(t)
	gone := w.dropOff(second, 3)
	must(t, w.agent.EnterPIN(w.pin(gone)))
	w.pass(time.Second)
	w.board.take(gone.Compartment)
	w.board.shut(gone.Compartment)
	w.pass(6 * time.Minute)
	grant := w.grant("phone", collect(gone))
	if code := w.typed("phone", printed, grant); code != "" {
		t.Errorf("who asks what became of their door is told %s", code)
	}
	if r := w.dropOff(first, 3); r.Compartment != gone.Compartment {
		t.Fatalf("the next parcel lies in %d", r.Compartment)
	}
	for _, code := range []string{w.agent.AtPanel().Presence, not(w.agent.AtPanel().Presence), printed} {
		if got := w.typed("phone", code, grant); got != lockhouse.CodeSuperseded {
			t.Errorf("with %s: %s", code, got)
		}
	}
}

// TestAllTogetherWait: enough wrong codes for enough parcels close the way for everybody, for a while.
func TestAllTogetherWait(t *testing.T) {
	w := newLineWorld(t)
	var grants [][]byte
	for n := range 6 {
		grants = append(grants, w.grant("phone", collect(w.dropOff(lockhouse.ParcelRef{byte(n + 1)}, 1))))
	}
	wrong := 0
	for range 40 {
		for _, g := range grants[:5] {
			if w.typed("phone", not(w.agent.AtPanel().Presence), g) == lockhouse.CodeWrongPresence {
				wrong++
			}
		}
		w.pass(16 * time.Second)
	}
	if wrong > 44+640/225+1 {
		t.Errorf("%d wrong codes in %d s", wrong, 640)
	}
	w.start()
	if code := w.typed("phone", w.agent.AtPanel().Presence, grants[5]); wrong >= 44 && code != lockhouse.CodeWaitPresence {
		t.Errorf("after %d wrong ones, and a pulled plug, another is told %s", wrong, code)
	}
	w.pass(4 * time.Minute)
	if code := w.typed("phone", w.agent.AtPanel().Presence, grants[5]); code != "" {
		t.Errorf("and later %s", code)
	}
}

// TestGuessingPresence holds what docs/latch.md computes the odds from: with however many phones and grants, in a stretch of time
// no more wrong codes are tried for one parcel than ten and one for each quarter of an hour; and a parcel for which none was
// wrong waits for nobody, as long as fewer than four others are guessed for.
func TestGuessingPresence(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newLineWorld(quiet{t, rt})
		targets := []lockhouse.Target{collect(w.dropOff(first, 1)), collect(w.dropOff(second, 2)), collect(w.dropOff(lockhouse.ParcelRef{3}, 3))}
		quietOne := w.grant("recipient", collect(w.dropOff(lockhouse.ParcelRef{4}, 3)))
		tried := make([][]time.Time, len(targets))
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 7).Draw(rt, "what") {
			case 0:
				w.start()
			case 1:
				w.pass(time.Duration(rapid.IntRange(1, 1_500).Draw(rt, "seconds")) * time.Second)
			case 2:
				if code := w.typed("recipient", printed, quietOne); code != "" {
					rt.Fatalf("who typed nothing wrong is told %s", code)
				}
			default:
				of := rapid.SliceOfNDistinct(rapid.IntRange(0, len(targets)-1), 1, 3, rapid.ID).Draw(rt, "of")
				who := fmt.Sprint("phone ", rapid.IntRange(0, 2).Draw(rt, "phone"))
				if w.typed(who, not(w.agent.AtPanel().Presence), w.grant(who, these(targets, of)...)) == lockhouse.CodeWrongPresence {
					for _, i := range of {
						tried[i] = append(tried[i], w.now)
					}
				}
			}
		}
		for i := range tried {
			notTooMany(rt, tried[i])
		}
	})
}

func these(targets []lockhouse.Target, of []int) (out []lockhouse.Target) {
	slices.Sort(of)
	for _, i := range of {
		out = append(out, targets[i])
	}
	return out
}

// notTooMany holds tries to ten, and one for each quarter of an hour, in whatever stretch of time.
func notTooMany(rt *rapid.T, tried []time.Time) {
	for i := range tried {
		for j := i; j < len(tried); j++ {
			if within := tried[j].Sub(tried[i]); j-i+1 > 11+int(within/(15*time.Minute)) {
				rt.Fatalf("%d tries in %s", j-i+1, within)
			}
		}
	}
}
