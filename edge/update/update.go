// Package update brings a locker new versions of its agent, and back to the old one when the new is not well.
//
// There are three places from which the agent can run: the package, which only the machine's owner changes, and two slots in
// the state directory. A new version is fetched into the slot that is not in use (fetch.go), believed because of TUF metadata
// whose root came with the package (trust.go), and tried when nobody is at the locker. Who starts the agent is the
// launcher, always the package's program (launch.go): it counts the starts of a trial. What is tried becomes the current one
// only after it was well for a while (trial.go); a crash, a watchdog that bites, a machine that goes down in between, or a
// locker that does not get well, and the launcher starts the old one again, which says why.
//
// All that decides stands in one small file, which is whole or as it was before (state.go). A cut anywhere leaves the old version
// or a trial that is counted.
package update

import (
	"path/filepath"
	"time"

	"lockhouse"
)

// Dir is the directory of updates, below the state directory.
type Dir string

// In gives the directory of a state directory.
func In(stateDir string) Dir { return Dir(filepath.Join(stateDir, "updates")) }

func (d Dir) path(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

// Program is where the agent of a slot lies.
func (d Dir) Program(s Slot) string { return d.path(string(s), programFile) }

// Slot is one of the two places for versions that were fetched.
type Slot string

// The slots; Package is none of them.
const (
	Package Slot = ""
	SlotA   Slot = "a"
	SlotB   Slot = "b"
)

func (s Slot) other() Slot {
	if s == SlotA {
		return SlotB
	}
	return SlotA
}

// SlotVariable tells a program from which slot the launcher started it.
const SlotVariable = "LOCKHOUSE_SLOT"

const (
	programFile     = "lockhouse-agent"
	targetsFile     = "targets.json"      // the signed statement that says which program is in a slot
	nextTargetsFile = "targets.next.json" // the same, by the key of a root that is about to be the latest
	stateFile       = "state.json"
)

// Bounds.
const (
	maxProgramBytes = 64 << 20
	maxStarts       = 3 // of a trial
	maxTimes        = 3 // that a version is tried whose trial the machine's end cut short
	maxFailures     = 8 // remembered
)

// CodeUntrusted refuses what no key of ours stands behind.
const CodeUntrusted lockhouse.Code = "update_untrusted"

// Build is one version of the agent.
type Build struct {
	Slot    Slot   `json:"slot"`
	Version string `json:"version"`
	SHA256  string `json:"sha256"` // of the program, in hexadecimal
	Urgent  bool   `json:"urgent,omitempty"`
}

// Failure is a version that was given up.
type Failure struct {
	SHA256  string    `json:"sha256"`
	Version string    `json:"version"`
	Why     string    `json:"why"`
	At      time.Time `json:"at,omitzero"` // at least
	Times   int       `json:"times"`
}
