package update

import (
	"errors"
	"fmt"
	"slices"
)

// errNoTrial is for who was mistaken.
var errNoTrial = errors.New("update: there is nothing to be tried")

// Begin makes what is staged a trial, with how the locker was before, and the format of the journal that the version before reads (0 where
// that one can't go on anyway). The agent ends after it, and the launcher starts what is tried.
func (d Dir) Begin(before Wellbeing, reads int) error {
	s, err := d.Read()
	if err != nil {
		return err
	}
	if s.Staged == nil || s.Trial != nil {
		return errNoTrial
	}
	s.Trial, s.Staged = &Trial{Build: *s.Staged, Before: before, Reads: reads}, nil
	return d.write(s)
}

// Well tells whether a locker is as well as it was before the trial, and if not, what it lacks: each thing by itself, so that one that
// was wrong before hides no other.
func (t Trial) Well(now Wellbeing) (lacks string, ok bool) {
	before := t.Before
	for _, fault := range now.Faults {
		if !slices.Contains(before.Faults, fault) {
			return fault, false
		}
	}
	for _, door := range now.Blind {
		if !slices.Contains(before.Blind, door) {
			return fmt.Sprintf("door %d unknown", door), false
		}
	}
	switch {
	case before.LineUp && !now.LineUp:
		return "line down", false
	case before.OnAir && !now.OnAir:
		return "off the air", false
	}
	return "", true
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
	s.Other = s.inSlot()
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
