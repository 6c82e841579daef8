package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite"
	"lockhouse/store/storetest"
)

const crashFile = "LOCKHOUSE_CRASH_FILE"

// TestMain runs the child of TestKilled, or the tests.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		if err := placeUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// placeUntilKilled keeps holds as fast as it can and prints each reference once it was acknowledged. Each is said in the
// outbox, where somebody hears it and counts.
func placeUntilKilled(path string) error {
	s, err := sqlite.Open(context.Background(), path)
	if err != nil {
		return err
	}
	const clients = 16
	failed, acknowledged := make(chan error), make(chan string)
	for client := range clients {
		go func() {
			for n := 0; ; n++ {
				h := storetest.Hold(storetest.Site(1).ID, fmt.Sprintf("%d-%d", client, n))
				if err := s.Update(context.Background(), func(tx store.Tx) error { return placeAndSay(tx, h) }); err != nil {
					failed <- err
				}
				acknowledged <- h.Reference
			}
		}()
	}
	go func() {
		for {
			if err := s.Update(context.Background(), countHeard); err != nil {
				failed <- err
			}
		}
	}()
	for {
		select {
		case err := <-failed:
			return err
		case reference := <-acknowledged:
			fmt.Println(reference)
		}
	}
}

func placeAndSay(tx store.Tx, h lockhouse.Hold) error {
	if err := tx.PutHold(h); err != nil {
		return err
	}
	return tx.Say(lockhouse.Event{Kind: lockhouse.EventHoldPlaced, At: h.PlacedAt, Shop: h.Shop, Hold: h.ID, Site: h.Site})
}

// countHeard hears some events. What it does for each is done twice if it is heard twice: it adds one.
func countHeard(tx store.Tx) error {
	events, err := tx.Unheard(50)
	if err != nil || len(events) == 0 {
		return err
	}
	for _, e := range events {
		if err := storetest.KeepRoom(tx, e.Site, countedOn, countedOn, 1, 1); err != nil {
			return err
		}
	}
	return tx.MarkHeard(events[len(events)-1].Seq)
}

// countedOn is the day on which countHeard counts.
const countedOn = lockhouse.Day(20_000)

// heardOnce checks that what was heard, and only that, was counted, each once; it gives how many that are.
func heardOnce(tx store.Tx) (counted int, err error) {
	const most = 1_000_000
	said, err := tx.Recent(most)
	if err != nil {
		return 0, err
	}
	left, err := tx.Unheard(most)
	if err != nil {
		return 0, err
	}
	room, err := tx.Room(storetest.Site(1).ID)
	if err != nil {
		return 0, err
	}
	if counted = room.KeptOn(countedOn).Of(1); counted != len(said)-len(left) {
		err = fmt.Errorf("of %d events %d are unheard, and %d were counted", len(said), len(left), counted)
	}
	return counted, err
}

// TestKilled kills a process with kill -9 while it writes, several times in the same file: each hold that it had
// acknowledged is there, each event was heard once or will be, and the file is whole.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Build(t, s, 1, 1, 0, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	counted := 0
	for round := range 4 {
		acknowledged := killAfter(t, path, 100+300*round)
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		storetest.View(t, s, func(tx store.Tx) error {
			for _, reference := range acknowledged {
				if _, err := tx.Hold("shop_1", reference); err != nil {
					t.Errorf("round %d: hold %s was acknowledged and is gone: %v", round, reference, err)
				}
			}
			counted, err = heardOnce(tx)
			return err
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if counted == 0 {
		t.Error("nothing was heard: what was tried?")
	}
}

// killAfter starts a child and kills it after so many acknowledgements; it gives all that were read.
func killAfter(t *testing.T, path string, acknowledgements int) (read []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for len(read) < acknowledgements {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the child ended by itself: %v", err)
		}
		read = append(read, strings.TrimSpace(line))
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for { // what it had printed before it died counts too, a torn last line does not
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		read = append(read, strings.TrimSpace(line))
	}
	_ = child.Wait() // it says that it was killed
	return read
}
