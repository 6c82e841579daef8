package update

import "fmt"

// inSlot gives the version that lies in a slot besides what will be there: the current one where there is one, or the other.
func (s State) inSlot() *Build {
	if s.Current.Slot != Package {
		current := s.Current
		return &current
	}
	return s.Other
}

// Fits tells whether a version in a slot may write into the journal. One on trial that writes a format which the version before does not read
// is given up before it has written anything: there would be no way back.
func (d Dir) Fits(slot Slot, writes int) (ok bool, err error) {
	s, err := d.Read()
	if err != nil || s.Trial == nil || s.Trial.Slot != slot || s.Trial.Reads == 0 || writes <= s.Trial.Reads {
		return true, err
	}
	s.giveUp(fmt.Sprintf("it writes its journal in format %d, and the version before reads %d: one between them has to come first", writes, s.Trial.Reads), maxTimes)
	return false, d.write(s)
}

// Unread notes that what runs, from a slot or the package, can't read the journal, and tells whether another is to be started: back from a
// trial, or on to the version in the other slot, which may have written what this one can't read. That is a trial too, and counted; where
// there is no such version, or it was tried in vain, one has to be fetched.
func (d Dir) Unread(slot Slot) (another bool, err error) {
	s, err := d.Read()
	switch {
	case err != nil:
		return false, err
	case s.Trial != nil:
		if s.Trial.Slot != slot {
			return false, nil
		}
		s.giveUp("it can't read this locker's journal, which a newer version has written into", maxTimes)
	case s.Other != nil:
		if f, _ := s.failed(s.Other.SHA256); f.Times >= maxTimes {
			return false, nil
		}
		s.Trial, s.Other = &Trial{Build: *s.Other}, nil
	default:
		return false, nil
	}
	return true, d.write(s)
}
