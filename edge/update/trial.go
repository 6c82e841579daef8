package update

import (
	"errors"
	"slices"
)

// errNoTrial is for who was mistaken.
var errNoTrial = errors.New("update: there is nothing to be tried")

// Begin makes what is staged a trial, with how the locker was before. The agent ends after it, and the launcher starts what is tried.
func (d Dir) Begin(lineUp bool, silent []int) error {
	s, err := d.Read()
	if err != nil {
		return err
	}
	if s.Staged == nil || s.Trial != nil {
		return errNoTrial
	}
	s.Trial, s.Staged = &Trial{Build: *s.Staged, LineUp: lineUp, Silent: silent}, nil
	return d.write(s)
}

// Well tells whether a locker is as well as it was before the trial.
func (t Trial) Well(fault string, lineUp bool, silent []int) bool {
	for _, board := range silent {
		if !slices.Contains(t.Silent, board) {
			return false
		}
	}
	return (fault == "" || len(silent) > 0) && (lineUp || !t.LineUp)
}

// Keep makes what is tried the current version. What failed before it is forgotten.
func (d Dir) Keep() error {
	s, err := d.Read()
	if err != nil {
		return err
	}
	if s.Trial == nil {
		return errNoTrial
	}
	s.Current, s.Trial, s.Failed = s.Trial.Build, nil, nil
	return d.write(s)
}

// GiveUp ends the trial because the locker did not get well. The fault may lie elsewhere, so that it may be tried again.
func (d Dir) GiveUp(why string) error {
	s, err := d.Read()
	if err != nil {
		return err
	}
	if s.Trial == nil {
		return errNoTrial
	}
	s.giveUp(why, 1)
	return d.write(s)
}
