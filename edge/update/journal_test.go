package update_test

import (
	"strings"
	"testing"

	"lockhouse/edge/update"
)

// unread wants what becomes of a version that can't read the journal.
func (s *shop) unread(slot update.Slot, another bool) {
	s.t.Helper()
	got, err := s.dir.Unread(slot)
	must(s.t, err)
	if got != another {
		s.t.Errorf("slot %q can't read the journal: another is started: %t, want %t", slot, got, another)
	}
}

// A version that can't read the journal gives way: back from a trial, at once and for good.
func TestATrialThatCannotReadTheJournal(t *testing.T) {
	s := newShop(t)
	s.stage("v2")
	s.starts("boot", update.SlotA, "")
	s.unread(update.SlotA, true)
	s.starts("boot", update.Package, "")
	if state, err := s.dir.Read(); err != nil || len(state.Failed) != 1 || !strings.Contains(state.Failed[0].Why, "read this locker's journal") {
		t.Errorf("%+v, %v", state, err)
	}
	s.unread(update.Package, false) // neither of the two: one has to be fetched
}

// What a version on trial wrote, and the one before it can't read, the first goes on with: it is still in its slot. So does the version that
// was current, where a package that knows less takes over.
func TestForwardToWhoCanReadTheJournal(t *testing.T) {
	s := newShop(t)
	s.stage("v2")
	s.starts("boot", update.SlotA, "")
	must(t, s.dir.GiveUp("the line is down"))
	s.starts("boot", update.Package, "")
	s.unread(update.Package, true)
	s.starts("boot", update.SlotA, "")
	must(t, s.dir.Keep())
	s.starts("boot", update.SlotA, "")

	older := s.launcher("boot")
	older.Version = "package 0"
	if _, slot, _, err := older.Choose(); err != nil || slot != update.Package {
		t.Errorf("slot %q, %v", slot, err)
	}
	s.unread(update.Package, true)
	if _, slot, _, err := older.Choose(); err != nil || slot != update.SlotA {
		t.Errorf("slot %q, %v", slot, err)
	}
	for range 3 { // it ends each time: then it is tried no more, and another has to be fetched
		must(t, older.start())
	}
	if _, err := s.dir.Unread(update.Package); err != nil {
		t.Fatal(err)
	}
	if _, slot, _, err := older.Choose(); err != nil || slot != update.Package {
		t.Errorf("slot %q, %v", slot, err)
	}
	s.unread(update.Package, false)
	s.publish("v3")
	if _, err := s.fetch(); err != nil {
		t.Error(err)
	}
	must(t, s.dir.Begin(update.Wellbeing{}, 0))
	if _, slot, _, err := older.Choose(); err != nil || slot == update.Package {
		t.Errorf("slot %q, %v", slot, err)
	}
}

// After two versions that were kept, the older is in the other slot until the next one takes its place.
func TestTheVersionBeforeStays(t *testing.T) {
	s := newShop(t)
	for _, version := range []string{"v2", "v3"} {
		s.stage(version)
		must(t, s.dir.Keep())
		s.running = s.current().SHA256
	}
	state, err := s.dir.Read()
	must(t, err)
	if state.Current.Version != "v3" || state.Other == nil || state.Other.Version != "v2" {
		t.Errorf("%+v", state)
	}
	s.publish("v4")
	_, err = s.fetch()
	must(t, err)
	if state, err = s.dir.Read(); err != nil || state.Other != nil || state.Staged.Slot != update.SlotA {
		t.Errorf("its slot was written over: %+v, %v", state, err)
	}
	s.unread(update.SlotB, false)
}

// A version that writes what the one before can't read is given up before it has written anything.
func TestAVersionThatWouldLeaveNoWayBack(t *testing.T) {
	for _, c := range []struct {
		slot          update.Slot
		reads, writes int
		fits          bool
	}{{update.SlotA, 1, 1, true}, {update.SlotA, 2, 1, true}, {update.SlotA, 1, 2, false}, {update.SlotA, 0, 2, true}, {update.Package, 1, 2, true}} {
		s := newShop(t)
		s.publish("v2")
		_, err := s.fetch()
		must(t, err)
		must(t, s.dir.Begin(update.Wellbeing{}, c.reads))
		s.starts("boot", update.SlotA, "")
		if fits, err := s.dir.Fits(c.slot, c.writes); err != nil || fits != c.fits {
			t.Errorf("%+v: %t, %v", c, fits, err)
		}
		want := update.SlotA
		if !c.fits {
			want = update.Package
		}
		s.starts("boot", want, "")
	}
}
