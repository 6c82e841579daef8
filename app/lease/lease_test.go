package lease

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// writeEvery is how often a node of these tests writes while it has the lease.
const writeEvery = 500 * time.Millisecond

// node is one of several over one store. What it writes names it and its term.
type node struct {
	name   string
	keeper *Keeper
	shaky  *shaky
	stop   context.CancelFunc
	ended  sync.WaitGroup
}

// start lets a node run whose monotonic clock began at some value and goes at a speed of its own.
func start(s store.Store, name string, began time.Duration, speed float64) *node {
	n := &node{name: name, shaky: &shaky{Store: s}}
	origin := time.Now()
	n.keeper = &Keeper{Store: n.shaky, Name: "work", Holder: name, Log: slog.New(slog.DiscardHandler),
		Elapsed: func() time.Duration { return began + time.Duration(float64(time.Since(origin))*speed) }}
	var ctx context.Context
	ctx, n.stop = context.WithCancel(context.Background())
	n.ended.Go(func() { n.keeper.Run(ctx, n.work) })
	return n
}

// work writes until its ctx ends.
func (n *node) work(ctx context.Context, st store.Store) {
	term := st.(fenced).tenure.lease.Term
	for ctx.Err() == nil {
		_ = st.Update(ctx, func(tx store.Tx) error { // a failure is what these tests are about
			return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: time.Now(), Note: n.name, Compartment: int(term)})
		})
		select {
		case <-ctx.Done():
		case <-time.After(writeEvery):
		}
	}
}

// end ends a node in order.
func (n *node) end() {
	n.stop()
	n.ended.Wait()
}

// kill ends a node at once: nothing that it still wants from the store is done.
func (n *node) kill() {
	n.shaky.kill()
	n.end()
}

// shaky is the store as a node sees it that is paused or killed: what it asks for waits, or never comes about.
type shaky struct {
	store.Store
	mu    sync.Mutex
	awake time.Time
	dead  bool
}

func (s *shaky) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
}

// pause begins a pause, or makes one longer.
func (s *shaky) pause(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := time.Now().Add(d); until.After(s.awake) {
		s.awake = until
	}
}

// reach waits as long as the node is paused, before a call or after it. One that is killed meanwhile never gets there.
func (s *shaky) reach() error {
	s.mu.Lock()
	wait := time.Until(s.awake)
	s.mu.Unlock()
	time.Sleep(wait)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return storetest.ErrFault
	}
	return nil
}

func (s *shaky) View(ctx context.Context, do func(store.Tx) error) error {
	if err := s.reach(); err != nil {
		return err
	}
	err := s.Store.View(context.WithoutCancel(ctx), do)
	_ = s.reach()
	return err
}

func (s *shaky) Update(ctx context.Context, do func(store.Tx) error) error {
	if err := s.reach(); err != nil {
		return err
	}
	err := s.Store.Update(context.WithoutCancel(ctx), do)
	_ = s.reach()
	return err
}

// written gives what all nodes wrote, in order.
func written(t *testing.T, s store.Store) (events []lockhouse.Event) {
	t.Helper()
	storetest.View(t, s, func(tx store.Tx) (err error) {
		events, err = tx.Unheard(100_000)
		return err
	})
	return events
}

// fencedOff checks that terms never go back, and that each is one node's.
func fencedOff(events []lockhouse.Event) error {
	of := map[int]string{}
	for i, e := range events {
		if i > 0 && e.Compartment < events[i-1].Compartment {
			return fmt.Errorf("%s wrote in term %d after term %d had begun", e.Note, e.Compartment, events[i-1].Compartment)
		}
		if was, ok := of[e.Compartment]; ok && was != e.Note {
			return fmt.Errorf("%s and %s wrote in the same term %d", was, e.Note, e.Compartment)
		}
		of[e.Compartment] = e.Note
	}
	return nil
}

// longestSilence is the longest time between two writes, and from the last to now.
func longestSilence(events []lockhouse.Event) (longest time.Duration) {
	at := append([]lockhouse.Event{}, events...)
	at = append(at, lockhouse.Event{At: time.Now()})
	for i := 1; i < len(at); i++ {
		longest = max(longest, at[i].At.Sub(at[i-1].At))
	}
	return longest
}

// TestOneWorks: of three nodes one works; killed, it is replaced within the bound; stopped in order, at once.
func TestOneWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqlitetest.Open(t)
		first := start(s, "first", 0, 1)
		time.Sleep(writeEvery)
		second := start(s, "second", time.Hour, 1)
		third := start(s, "third", 9*time.Hour, 1)
		time.Sleep(time.Minute)
		holders := map[string]bool{}
		for _, e := range written(t, s) {
			holders[e.Note] = true
		}
		if len(holders) != 1 || !holders["first"] {
			t.Fatalf("%v worked", holders)
		}
		first.kill()
		time.Sleep(time.Minute)
		if silence := longestSilence(written(t, s)); silence > Within+writeEvery {
			t.Fatalf("nobody worked for %v", silence)
		}
		before := len(written(t, s))
		next, other := second, third
		if written(t, s)[before-1].Note == "third" {
			next, other = third, second
		}
		next.end()
		time.Sleep(LookEvery + writeEvery)
		if after := written(t, s); len(after) == before || after[len(after)-1].Note != other.name {
			t.Fatal("a lease that was given back was not taken at once")
		}
		other.end()
		if err := fencedOff(written(t, s)); err != nil {
			t.Fatal(err)
		}
	})
}

// TestPausedHolder: a node that sleeps through its lease writes nothing when it wakes, and takes its turn again.
func TestPausedHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sqlitetest.Open(t)
		first := start(s, "first", 0, 1)
		time.Sleep(writeEvery)
		second := start(s, "second", 0, 1)
		first.shaky.pause(20 * time.Second)
		time.Sleep(time.Minute)
		events := written(t, s)
		if err := fencedOff(events); err != nil {
			t.Fatal(err)
		}
		if events[len(events)-1].Note != "second" || longestSilence(events) > Within+writeEvery {
			t.Fatalf("last wrote %s, longest silence %v", events[len(events)-1].Note, longestSilence(events))
		}
		second.end()
		time.Sleep(LookEvery + writeEvery)
		if events = written(t, s); events[len(events)-1].Note != "first" {
			t.Fatal("the node that was paused never came back")
		}
		first.end()
	})
}

// TestNotTold: a renewal whose commit was not told is no loss, and a take that was not told is taken again.
func TestNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		faulty := &storetest.Faulty{Store: sqlitetest.Open(t), Next: storetest.NotTold}
		n := start(faulty, "only", 0, 1)
		time.Sleep(LookEvery + writeEvery)
		events := written(t, faulty)
		if len(events) == 0 || events[0].Compartment != 2 {
			t.Fatalf("it took the lease, was not told, and did not take it again: %+v", events)
		}
		n.end()
	})
}
