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
	err := w.along(ctx)
	if errors.Is(err, errDone) || errors.Is(err, errEnded) || errors.Is(err, context.Canceled) {
		err = nil // whoever leaves has what was kept
	}
	w.conclude()
	return err
}

// along stands before every lock: first those whose hook holds now that every door is shut, and then, if they are wanted,
// the others. Those are mostly not wired at all; but a contact may be the wrong way round, or all of them.
func (w *walk) along(ctx context.Context) error {
	shut, err := w.begin(ctx)
	if err != nil {
		return err
	}
	var idle []lock
	for _, l := range w.all() {
		if _, ok := w.at(l); ok {
			continue
		}
		if !shut[l] {
			idle = append(idle, l)
		} else if err := w.stop(ctx, l); err != nil {
			return err
		}
	}
	if len(idle) == 0 {
		return nil
	}
	w.talk.say("%d locks read open although every door is shut: they are not wired, or their contacts are the wrong way round.\n%s", len(idle), named(idle))
	if answer, err := w.talk.choose(ctx, "Go along these too?", "yes", "no"); err != nil || answer == "no" {
		return err
	}
	for _, l := range idle {
		if err := w.stop(ctx, l); err != nil {
			return err
		}
	}
	return nil
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

// begin asks what is needed for all, and gives the hooks with every door shut.
func (w *walk) begin(ctx context.Context) (map[lock]bool, error) {
	w.talk.say("%d locks at %d boards. At each: yes pulses it, hand watches a door that you move yourself, skip leaves it out, done ends.", len(w.all()), len(w.line.Boards))
	if len(w.doors) > 0 {
		w.talk.say("%s names %d compartments already; their locks are left as they are.\n%s", w.file, len(w.doors), drawn(w.doors))
	}
	var err error
	if w.baseMM, err = w.millimetres(ctx, "How high is the lowest compartment's floor above the ground, in mm?", w.baseMM); err != nil {
		return nil, err
	}
	for _, d := range w.doors {
		if _, ok := w.sizes[d.Size]; ok {
			continue
		}
		height, err := w.millimetres(ctx, "How high is a compartment of the size "+d.Size+" inside, in mm?", 0)
		if err != nil {
			return nil, err
		}
		w.sizes[d.Size] = size{d.Rank, height}
	}
	if _, err := w.talk.ask(ctx, "Shut every door, then press Enter"); err != nil {
		return nil, err
	}
	return w.look(ctx)
}

// millimetres asks for a height; Enter alone means the one that is given.
func (w *walk) millimetres(ctx context.Context, question string, given int) (int, error) {
	for {
		answer, err := w.talk.ask(ctx, "%s [%d]", question, given)
		if err != nil || answer == "" {
			return given, err
		}
		if mm, err := strconv.Atoi(answer); err == nil && mm >= 0 && mm <= maxHeightMM {
			return mm, nil
		}
		w.talk.say("Please give whole millimetres, 0 to %d.", maxHeightMM)
	}
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
		answer, err := w.talk.ask(ctx, "%s: which compartment is it? Number, size, column from the left, row from the ground (7 M 2 3); two, if more than one door opened; Enter leaves it out. Then shut the door", l)
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
