package probe

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lockhouse"
	"lockhouse/app/locker"
)

// recall reads what an earlier walk kept.
func (w *walk) recall() error {
	file, err := os.Open(w.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	all, err := locker.ReadCompartments(file, "")
	if err != nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "%s is there and can't be gone on from: %s Name another file.", w.file, lockhouse.SentenceOf(err))
	}
	w.baseMM = all[0].FloorMM
	for _, c := range all {
		w.doors = append(w.doors, door{Compartment: c})
		w.baseMM = min(w.baseMM, c.FloorMM)
	}
	return nil
}

// takeIn adds a door, keeps what is in order, and shows the front. A door that can't be kept is not added.
func (w *walk) takeIn(d door) error {
	w.doors = append(w.doors, d)
	if err := w.keep(); err != nil {
		w.doors = w.doors[:len(w.doors)-1]
		return err
	}
	w.heals(lock{d.Board, d.Channel})
	w.talk.say("%s", drawn(w.doors))
	return nil
}

// sound gives the doors that may be used: their contact says what most say.
func (w *walk) sound() []door {
	_, odd := reversed(w.doors)
	return slices.DeleteFunc(slices.Clone(w.doors), func(d door) bool { return slices.Contains(odd, d) })
}

// keep writes the table of compartments, whole or not at all.
func (w *walk) keep() error {
	all := compartments(w.sound())
	if len(all) == 0 {
		return nil
	}
	heights := map[string]int{}
	for name, s := range w.sizes {
		heights[name] = s.heightMM
	}
	floors(all, w.baseMM, heights)
	slices.SortFunc(all, func(a, b lockhouse.Compartment) int { return a.Number - b.Number })
	if err := lockhouse.CheckCompartments(all); err != nil {
		return err
	}
	var text bytes.Buffer
	if err := locker.WriteCompartments(&text, all); err != nil {
		return err
	}
	fresh := w.file + ".new"
	if err := write(fresh, text.Bytes()); err != nil {
		return err
	}
	return os.Rename(fresh, w.file)
}

// write has a file on the disk when it comes back: a technician who is done switches the power off. Everybody may read it, whatever
// the umask of whoever walks, as the agent's user has to.
func write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
}

// conclude says what was learnt, what is to be put right, and what belongs into the settings.
func (w *walk) conclude() {
	most, odd := reversed(w.doors)
	for _, d := range odd {
		w.finds(lock{d.Board, d.Channel}, "The contact of compartment %d says the opposite of the others: exchange its wires (normally open, normally closed). It is left out.", d.Number)
	}
	w.talk.say("\n%d of %d locks are known.", len(w.doors), len(w.all()))
	for _, d := range w.doors {
		if d.byHand {
			w.talk.say("Compartment %d was moved by hand: pulse its lock before it is used.", d.Number)
		}
	}
	if len(w.findings) > 0 {
		w.talk.say("To put right, and then to walk again:")
	}
	for _, f := range w.findings {
		w.talk.say("- %s", f.says)
	}
	if kept := w.sound(); len(kept) > 0 {
		w.talk.say("%s\n%d compartments are in %s. For the settings:\n\n%s", drawn(w.doors), len(kept), w.file, w.settings(most))
	}
}

// settings gives the lines for the agent's settings.
func (w *walk) settings(reversed bool) string {
	path, err := filepath.Abs(w.file)
	if err != nil {
		path = w.file
	}
	lines := []string{fmt.Sprintf("serial_port = %q", w.line.Port), fmt.Sprintf("board_dialect = %q", w.line.Dialect)}
	if !w.line.ownSpeed() {
		lines = append(lines, fmt.Sprintf("serial_baud = %d", w.line.Baud))
	}
	if reversed {
		lines = append(lines, "hook_reversed = true")
	}
	return strings.Join(append(lines, fmt.Sprintf("compartments = %q", path)), "\n")
}
