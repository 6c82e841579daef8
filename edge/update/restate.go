package update

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Where metadata lies: what was seen to be good, and what a look works with.
const (
	seen    = "seen"
	scratch = "metadata"
)

// seenRoles are what is remembered against who would bring back an older state, in the order in which they are kept: the word that
// the others are the newest comes last.
var seenRoles = []string{metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP}

// layOut makes the directories, and begins the one for a look with what was seen.
func (d Dir) layOut() error {
	if err := os.RemoveAll(d.path(scratch)); err != nil {
		return err
	}
	for _, dir := range []string{scratch, seen, "roots"} {
		if err := os.MkdirAll(d.path(dir), 0o700); err != nil {
			return err
		}
	}
	for _, role := range seenRoles {
		text, err := readBounded(d.path(seen, role+".json"), maxTargetsBytes)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !isMetadata(role, text) {
			continue // a worn disk has lost it: the library would never get over that
		}
		if err == nil {
			err = os.WriteFile(d.path(scratch, role+".json"), text, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isMetadata tells whether a text is a role's, whoever signed it.
func isMetadata(role string, text []byte) bool {
	var err error
	switch role {
	case metadata.TARGETS:
		_, err = metadata.Targets().FromBytes(text)
	case metadata.SNAPSHOT:
		_, err = metadata.Snapshot().FromBytes(text)
	default:
		_, err = metadata.Timestamp().FromBytes(text)
	}
	return err == nil
}

// believe takes over what a look found to be good as a whole. The programs that are here are signed anew, by a key that may have changed,
// before the root that names it counts; so there is no moment, and no cut, in which a good program has no good statement. A mirror that
// gives the root, and withholds the rest, changes nothing.
func (d Dir) believe(roots map[string][]byte, statement []byte, targets map[string]*metadata.TargetFiles) error {
	restated, err := d.restate(statement, targets)
	if err != nil {
		return err
	}
	for _, name := range slices.SortedFunc(maps.Keys(roots), func(a, b string) int { return rootVersion(a) - rootVersion(b) }) {
		if err := keep(d.path("roots", name), roots[name]); err != nil {
			return err
		}
	}
	for _, slot := range restated {
		if err := os.Rename(d.path(string(slot), nextTargetsFile), d.path(string(slot), targetsFile)); err != nil {
			return err
		}
		if err := syncDir(d.path(string(slot))); err != nil {
			return err
		}
	}
	return d.remember()
}

// rootVersion reads the number in a root's name, such as 12.root.json.
func rootVersion(name string) int {
	number, _, _ := strings.Cut(name, ".")
	version, _ := strconv.Atoi(number)
	return version
}

// restate lays the newest statement beside each program that it lists.
func (d Dir) restate(statement []byte, targets map[string]*metadata.TargetFiles) (slots []Slot, err error) {
	s, err := d.Read()
	if err != nil {
		return nil, err
	}
	for _, b := range s.builds() {
		was, err := os.ReadFile(d.path(string(b.Slot), targetsFile))
		if err == nil && bytes.Equal(was, statement) || listed(targets, b.SHA256) == nil {
			continue
		}
		if _, err := os.Stat(d.Program(b.Slot)); err != nil {
			continue
		}
		if err := keep(d.path(string(b.Slot), nextTargetsFile), statement); err != nil {
			return nil, err
		}
		slots = append(slots, b.Slot)
	}
	return slots, nil
}

// remember keeps what was seen, each file whole or as it was before.
func (d Dir) remember() error {
	for _, role := range seenRoles {
		text, err := os.ReadFile(d.path(scratch, role+".json"))
		if err != nil {
			return err
		}
		if was, err := os.ReadFile(d.path(seen, role+".json")); err == nil && bytes.Equal(was, text) {
			continue
		}
		if err := keep(d.path(seen, role+".json"), text); err != nil {
			return err
		}
	}
	return nil
}
