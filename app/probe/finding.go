package probe

import (
	"fmt"
	"slices"
)

// finding is something to put right at the wiring, with the locks and doors that it is about.
type finding struct {
	lock lock
	says string
}

func (w *walk) finds(l lock, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.findings = slices.DeleteFunc(w.findings, func(f finding) bool { return f.lock == l }) // tried again: the last word counts
	w.findings = append(w.findings, finding{l, text})
	w.talk.say("! %s", text)
}

// heals takes back what was found at a lock that is in order now.
func (w *walk) heals(l lock) {
	w.findings = slices.DeleteFunc(w.findings, func(f finding) bool { return f.lock == l })
}

// judge says what the hooks tell of a pulse at one lock, and gives whether it and its contact belong together.
func (w *walk) judge(l lock, moved []change) bool {
	switch {
	case len(moved) > 1:
		w.finds(l, "%s moves %d doors: two locks are on one channel, or two contacts are bridged (%s). Part their wires.", l, len(moved), changed(moved))
	case moved[0].lock != l:
		w.finds(l, "The coil at %s and the contact at %s belong to one door: their wires are swapped with another's. Move the contact to %s.", l, moved[0].lock, l)
	default:
		return true
	}
	return false
}

// reversed tells whether most contacts say the opposite, and names the doors whose contact differs from most.
func reversed(doors []door) (most bool, odd []door) {
	var ways [2][]door
	for _, d := range doors {
		switch {
		case !d.seen:
		case d.reversed:
			ways[1] = append(ways[1], d)
		default:
			ways[0] = append(ways[0], d)
		}
	}
	if len(ways[1]) > len(ways[0]) {
		return true, ways[0]
	}
	return false, ways[1]
}
