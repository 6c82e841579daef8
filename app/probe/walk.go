package probe

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"lockhouse"
)

// walk is one technician's way along the locks of one line.
type walk struct {
	talk     *Talk
	locks    Locks
	line     Line
	file     string
	doors    []door
	findings []finding
	sizes    map[string]size
	baseMM   int
}

// door is a compartment whose lock is known.
type door struct {
	lockhouse.Compartment
	seen     bool // its contact was seen to move; else it stood in the file
	reversed bool // the contact reads "holds" while the door is open
	byHand   bool // nobody has pulsed its lock
}

// Walk goes from lock to lock of one line with the technician, and keeps what it learns in a file of compartments, from
// which a later walk goes on. The driver must read contacts as they are, not reversed. It ends when the technician says so,
// leaves, or has been at every lock.
func Walk(ctx context.Context, t *Talk, line Line, locks Locks, file string) error {
	w := &walk{talk: t, locks: locks, line: line, file: file, sizes: known(), baseMM: baseMM}
	if err := w.recall(); err != nil {
		return err
	}
	err := w.begin(ctx)
	for _, l := range w.all() {
		if err != nil {
			break
		}
		err = w.stop(ctx, l)
	}
	if errors.Is(err, errDone) || errors.Is(err, errEnded) {
		err = nil
	}
	w.conclude()
	return err
}

// errDone says that the technician wants no more.
var errDone = errors.New("done")

// all gives every lock of the line, in order.
func (w *walk) all() (all []lock) {
	for _, b := range w.line.Boards {
		for channel := range b.Holds {
			all = append(all, lock{b.Board, channel})
		}
	}
	return all
}

func (w *walk) at(l lock) (door, bool) {
	for _, d := range w.doors {
		if d.Board == l.board && d.Channel == l.channel {
			return d, true
		}
	}
	return door{}, false
}

func (w *walk) begin(ctx context.Context) error {
	w.talk.say("%d locks at %d boards. At each: yes pulses it, hand watches a door that you move yourself, skip leaves it out, done ends.", len(w.all()), len(w.line.Boards))
	if len(w.doors) > 0 {
		w.talk.say("%s names %d compartments already; their locks are left as they are.\n%s", w.file, len(w.doors), drawn(w.doors))
	}
	for {
		answer, err := w.talk.ask(ctx, "How high is the lowest compartment's floor above the ground, in mm? [%d]", baseMM)
		if err != nil {
			return err
		}
		if answer == "" {
			break
		}
		if mm, err := strconv.Atoi(answer); err == nil && mm >= 0 && mm <= 3_000 {
			w.baseMM = mm
			break
		}
		w.talk.say("Please give whole millimetres, 0 to 3000.")
	}
	_, err := w.talk.ask(ctx, "Shut every door, then press Enter")
	return err
}

// stop stands before one lock until it is known or left out.
func (w *walk) stop(ctx context.Context, l lock) error {
	for {
		if _, ok := w.at(l); ok {
			return nil
		}
		answer, err := w.talk.choose(ctx, "Pulse "+l.String()+"?", "skip", "yes", "hand", "done")
		if err != nil {
			return err
		}
		switch answer {
		case "yes":
			err = w.pulse(ctx, l)
		case "hand":
			err = w.hand(ctx)
		case "skip":
			return nil
		case "done":
			return errDone
		}
		if err := w.survives(err); err != nil {
			return err
		}
	}
}

// survives says what is wrong with the line and goes on: a cable may be plugged in again.
func (w *walk) survives(err error) error {
	if refusal, ok := errors.AsType[*lockhouse.Error](err); ok {
		w.talk.say("! %s", lockhouse.SentenceOf(refusal))
		return nil
	}
	return err
}

// pulse lets one lock go, once, and sees what moves.
func (w *walk) pulse(ctx context.Context, l lock) error {
	before, err := w.look(ctx)
	if err != nil {
		return err
	}
	if answer, err := w.locks.Pulse(ctx, l.board, l.channel); answer == lockhouse.AnswerNotDone {
		return err
	}
	moved, err := w.moved(ctx, before, pulseWatchMS*time.Millisecond)
	if err != nil {
		return err
	}
	if len(moved) == 0 {
		return w.unseen(ctx, l)
	}
	if !w.judge(l, moved) {
		return nil
	}
	return w.name(ctx, door{Compartment: place(l), seen: true, reversed: moved[0].holds})
}

func place(l lock) lockhouse.Compartment {
	return lockhouse.Compartment{Board: l.board, Channel: l.channel}
}

// unseen is for a pulse after which no hook moved.
func (w *walk) unseen(ctx context.Context, l lock) error {
	answer, err := w.talk.ask(ctx, "No hook moved. If a door opened, its number; else Enter")
	if err != nil || answer == "" {
		return err
	}
	w.finds(l, "%s opens compartment %s, and no contact says so: connect its contact to the same lock.", l, answer)
	return nil
}

// hand watches a door that is moved without its lock: one that does not open, or has a key.
func (w *walk) hand(ctx context.Context) error {
	before, err := w.look(ctx)
	if err != nil {
		return err
	}
	w.talk.say("Open or shut one door now.")
	moved, err := w.moved(ctx, before, handWatchMS*time.Millisecond)
	switch {
	case err != nil:
		return err
	case len(moved) == 0:
		w.talk.say("No hook moved.")
		return nil
	case len(moved) > 1:
		w.finds(moved[0].lock, "One door moves %d hooks: contacts are bridged (%s). Part their wires.", len(moved), changed(moved))
		return nil
	}
	if d, ok := w.at(moved[0].lock); ok {
		w.talk.say("That is compartment %d, at %s.", d.Number, moved[0].lock)
		return nil
	}
	open, err := w.talk.choose(ctx, "It is at "+moved[0].lock.String()+". Is the door open now?", "yes", "no")
	if err != nil {
		return err
	}
	return w.name(ctx, door{Compartment: place(moved[0].lock), seen: true, reversed: moved[0].holds == (open == "yes"), byHand: true})
}

// name asks which compartment a lock is, and takes it in.
func (w *walk) name(ctx context.Context, d door) error {
	l := lock{d.Board, d.Channel}
	for {
		answer, err := w.talk.ask(ctx, "%s: which compartment is it? Number, size, column from the left, row from the ground (7 M 2 3); two, if more than one door opened; Enter leaves it out", l)
		switch {
		case err != nil || answer == "":
			return err
		case strings.EqualFold(answer, "two"):
			w.finds(l, "%s opens two doors: two locks are on one channel. Part their wires.", l)
			return nil
		}
		if err := w.describe(ctx, &d.Compartment, answer); err != nil {
			if err := w.survives(err); err != nil {
				return err
			}
			continue
		}
		return w.takeIn(d)
	}
}
