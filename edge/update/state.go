package update

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"lockhouse/internal/keyfile"
)

// State is what is known of versions on this machine.
type State struct {
	Base    string    `json:"base"`             // the package's version when it was written: a newer package begins anew
	Current Build     `json:"current"`          // what is started
	Staged  *Build    `json:"staged,omitempty"` // fetched, and waiting for a moment when nobody is there
	Trial   *Trial    `json:"trial,omitempty"`
	Other   *Build    `json:"other,omitempty"`  // what is in the slot besides: the version before, or one that was given up
	Failed  []Failure `json:"failed,omitempty"` // oldest first
}

// Trial is a version that has to show that it is well.
type Trial struct {
	Build
	Starts int       `json:"starts"`
	Boot   string    `json:"boot"`            // the machine's, at the first start
	Reads  int       `json:"reads,omitempty"` // the format of the journal that the version before reads; 0: nobody goes back to it
	Before Wellbeing `json:"before"`
}

// Wellbeing is how a locker is, as far as a version of its agent can have to do with it.
type Wellbeing struct {
	LineUp bool     `json:"line"`
	OnAir  bool     `json:"air"`
	Blind  []int    `json:"blind"`  // doors of which nothing is known
	Faults []string `json:"faults"` // in the agent's words
}

const maxStateBytes = 64 << 10

// Read gives the state, an empty one where there is none yet. One that can't be read is none: the package is good.
func (d Dir) Read() (State, error) {
	var s State
	text, err := os.ReadFile(d.path(stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if len(text) > maxStateBytes {
		return s, fmt.Errorf("update: %s has %d bytes", d.path(stateFile), len(text))
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, fmt.Errorf("update: %s: %w", d.path(stateFile), err)
	}
	for _, b := range s.builds() {
		if b.Slot != SlotA && b.Slot != SlotB {
			return State{}, fmt.Errorf("update: %s names a slot %q", d.path(stateFile), b.Slot)
		}
	}
	return s, nil
}

// builds gives the versions that are in slots.
func (s State) builds() (all []Build) {
	if s.Current.Slot != Package {
		all = append(all, s.Current)
	}
	if s.Staged != nil {
		all = append(all, *s.Staged)
	}
	if s.Trial != nil {
		all = append(all, s.Trial.Build)
	}
	if s.Other != nil {
		all = append(all, *s.Other)
	}
	return all
}

// write keeps the state, whole or not at all.
func (d Dir) write(s State) error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return keyfile.Write(d.path(stateFile), text)
}

// failed gives what is remembered of a version's failures.
func (s State) failed(sha256 string) (f Failure, ok bool) {
	for _, f := range s.Failed {
		if f.SHA256 == sha256 {
			return f, true
		}
	}
	return f, false
}

// LastFailure gives the version that was given up last, unless another has been kept or is being tried since.
func (s State) LastFailure() (f Failure, ok bool) {
	if len(s.Failed) == 0 || s.Trial != nil {
		return f, false
	}
	return s.Failed[len(s.Failed)-1], true
}

// giveUp ends the trial with a reason, and remembers it so many times.
func (s *State) giveUp(why string, times int) Failure {
	t := s.Trial
	s.Trial, s.Other = nil, &t.Build
	f, _ := s.failed(t.SHA256)
	f = Failure{SHA256: t.SHA256, Version: t.Version, Why: why, Times: min(f.Times+times, maxTimes)}
	kept := s.Failed[:0]
	for _, one := range s.Failed {
		if one.SHA256 != f.SHA256 {
			kept = append(kept, one)
		}
	}
	s.Failed = append(kept, f)
	if n := len(s.Failed); n > maxFailures {
		s.Failed = s.Failed[n-maxFailures:]
	}
	return f
}
