package sqlite

import (
	"errors"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// inOneGroup runs transactions in one commit and gives what each was told: while the first runs, the others get in line.
func inOneGroup(t *testing.T, s *Store, jobs ...func(store.Tx) error) []error {
	t.Helper()
	told := make([]chan error, len(jobs))
	begun, goOn := make(chan struct{}), make(chan struct{})
	first := true
	for i, do := range jobs {
		told[i] = make(chan error, 1)
		go func() {
			told[i] <- s.Update(t.Context(), func(tx store.Tx) error {
				if i == 0 && first {
					first = false
					close(begun)
					<-goOn
				}
				return do(tx)
			})
		}()
		if i == 0 {
			<-begun
		}
		for len(s.writer.queue) < i {
			time.Sleep(time.Millisecond)
		}
	}
	close(goOn)
	errs := make([]error, len(jobs))
	for i := range told {
		errs[i] = <-told[i]
	}
	return errs
}

// TestGroupRunsAgain: one that fails when it has written is taken back, and its neighbours are not; for that, all run again.
func TestGroupRunsAgain(t *testing.T) {
	s, _ := opened(t)
	no := lockhouse.Refuse(lockhouse.CodeConflict, "No.")
	ran := map[string]int{}
	say := func(name string, then error) func(store.Tx) error {
		return func(tx store.Tx) error {
			ran[name]++
			return errors.Join(tx.Say(lockhouse.Event{Kind: lockhouse.EventKind(name), At: time.Now()}), then)
		}
	}
	told := inOneGroup(t, s, say("one", nil), say("fails", no), say("three", nil), func(store.Tx) error { ran["reads and fails"]++; return no },
		func(store.Tx) error { panic("at the disco") }, say("six", nil))
	for i, bad := range []bool{false, true, false, true, true, false} {
		if (told[i] != nil) != bad {
			t.Errorf("transaction %d: %v", i+1, told[i])
		}
	}
	if ran["one"] != 2 || ran["three"] != 1 || ran["reads and fails"] != 1 || ran["six"] != 1 {
		t.Errorf("ran %v times", ran)
	}
	err := s.View(t.Context(), func(tx store.Tx) error {
		said, err := tx.Recent(10)
		var kinds []lockhouse.EventKind
		for _, e := range said {
			kinds = append(kinds, e.Kind)
		}
		if len(kinds) != 3 || kinds[0] != "six" || kinds[1] != "three" || kinds[2] != "one" {
			t.Errorf("said %v", kinds)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAloneRunsOnce: what has no neighbours is taken back and not run again.
func TestAloneRunsOnce(t *testing.T) {
	s, _ := opened(t)
	ran := 0
	err := s.Update(t.Context(), func(tx store.Tx) error {
		ran++
		return errors.Join(tx.SetSiteClosed("site_1", true), errors.New("no"))
	})
	if err == nil || ran != 1 {
		t.Fatalf("ran %d times: %v", ran, err)
	}
	seesNow(t, s, "one", "one", 2)
	update(t, s, func(tx store.Tx) error {
		site, err := tx.Site("site_1")
		if site.Closed {
			t.Error("closed, though that was taken back")
		}
		return err
	})
}
