package update

import (
	"fmt"
	"os"

	"lockhouse"
)

// Launcher decides which program is started. It is the package's.
type Launcher struct {
	Dir     Dir
	Version string // the package's
	Boot    string // of the machine: another one after each start of it; empty where nobody says
	Root    []byte // the TUF root that came with the package; empty where updates are not used
}

// Choose gives the program to be started and its slot: Package means the launcher's own program. What went wrong with a trial is
// given too, once. An error is about the state, and leaves the package.
func (l Launcher) Choose() (program string, slot Slot, gaveUp *Failure, err error) {
	if len(l.Root) == 0 {
		return "", Package, nil, nil
	}
	s, err := l.Dir.Read()
	if err != nil {
		_ = os.Rename(l.Dir.path(stateFile), l.Dir.path(stateFile+".bad")) // kept to be looked at; the package is good
		return "", Package, nil, err
	}
	if s.Base != l.Version { // the first start, or the package was changed: it is what its owner wants
		return "", Package, nil, l.Dir.write(State{Base: l.Version, Failed: s.Failed, Other: s.inSlot()})
	}
	if s.Trial != nil {
		if gaveUp = l.judge(&s); gaveUp == nil {
			s.Trial.Starts++
			s.Trial.Boot = l.Boot
		}
		if err := l.Dir.write(s); err != nil { // a trial that can't be counted is none
			return l.current(s, gaveUp, err)
		}
		if gaveUp == nil {
			return l.Dir.Program(s.Trial.Slot), s.Trial.Slot, nil, nil
		}
	}
	return l.current(s, gaveUp, nil)
}

// judge ends a trial that has had its starts, that the machine's end cut short, or whose program is not what was signed.
func (l Launcher) judge(s *State) *Failure {
	t, why, times := s.Trial, "", maxTimes
	switch {
	case t.Starts > 0 && t.Boot != l.Boot:
		why, times = "the machine went down during its trial", 1
	case t.Starts >= maxStarts:
		why = fmt.Sprintf("it ended %d times during its trial", t.Starts)
	default:
		if err := l.Dir.verify(t.Build, l.Root); err != nil {
			why = lockhouse.SentenceOf(err)
		}
	}
	if why == "" {
		return nil
	}
	f := s.giveUp(why, times)
	return &f
}

// current gives the version that is in use, or the package where that is not what was signed.
func (l Launcher) current(s State, gaveUp *Failure, cause error) (string, Slot, *Failure, error) {
	if s.Current.Slot == Package {
		return "", Package, gaveUp, cause
	}
	if err := l.Dir.verify(s.Current, l.Root); err != nil {
		return "", Package, gaveUp, fmt.Errorf("the package is started in place of slot %s: %w", s.Current.Slot, err)
	}
	return l.Dir.Program(s.Current.Slot), s.Current.Slot, gaveUp, cause
}

// Unstartable ends a trial because its program can't even be started.
func (l Launcher) Unstartable(cause error) error {
	s, err := l.Dir.Read()
	if err != nil || s.Trial == nil {
		return err
	}
	s.giveUp(fmt.Sprintf("its program can't be started: %v", cause), maxTimes)
	return l.Dir.write(s)
}

// Bitten ends a trial because the watchdog bit: what hangs once will hang again.
func (l Launcher) Bitten() (*Failure, error) {
	s, err := l.Dir.Read()
	if err != nil || s.Trial == nil || s.Trial.Starts == 0 {
		return nil, err
	}
	f := s.giveUp("the watchdog bit during its trial", maxTimes)
	return &f, l.Dir.write(s)
}
