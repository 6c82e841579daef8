package bus_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/internal/bell"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

const patience = 20 * time.Second // a limit for a test that hangs, never a claim

func open(t *testing.T) *bus.Bus {
	t.Helper()
	return opened(t, bus.Options{Listen: "127.0.0.1:0", Node: t.Name()})
}

func opened(t *testing.T, o bus.Options) *bus.Bus {
	t.Helper()
	o.Dir, o.Random, o.Log = t.TempDir(), rand.Reader, slog.New(slog.NewTextHandler(t.Output(), nil))
	b, err := bus.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// relaying carries events until stop, or the test's end.
func relaying(t *testing.T, b *bus.Bus, st store.Store, rung bell.Bell) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { b.RelayEvents(ctx, st, rung) })
	stop = func() { cancel(); work.Wait() }
	t.Cleanup(stop)
	return stop
}

// say writes n events.
func say(t *testing.T, st store.Store, n int) {
	t.Helper()
	storetest.Update(t, st, func(tx store.Tx) error {
		for range n {
			e := lockhouse.Event{Kind: lockhouse.EventDoorOpened, At: storetest.Noon, Locker: "lkr_1", Compartment: 3, Note: "board"}
			if err := tx.Say(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// carried gives the numbers of the events in the stream, as anybody reads them there.
func carried(t *testing.T, b *bus.Bus) (seqs []int64) {
	t.Helper()
	js, err := jetstream.New(b.Conn())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), bus.EventsStream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	for at := stream.CachedInfo().State.FirstSeq; at > 0 && at <= stream.CachedInfo().State.LastSeq; at++ {
		m, err := stream.GetMsg(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		var run []struct{ Seq int64 }
		if err := json.Unmarshal(m.Data, &run); err != nil {
			t.Fatal(err)
		}
		for _, e := range run {
			seqs = append(seqs, e.Seq)
		}
	}
	return seqs
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func numbers(n int) (all []int64) {
	for i := range n {
		all = append(all, int64(i+1))
	}
	return all
}

// Several nodes carry at once, and come and go: each event is in the stream once, in order.
func TestEachEventOnce(t *testing.T) {
	const events, rounds = 60, 12
	st, b := sqlitetest.Open(t), open(t)
	var stops []func()
	bells := []bell.Bell{bell.New(), bell.New(), bell.New()}
	for _, rung := range bells {
		stops = append(stops, relaying(t, b, st, rung))
	}
	for round := range rounds {
		say(t, st, events)
		for _, rung := range bells {
			rung.Ring()
		}
		if round%4 == 3 { // one goes, another comes
			i := round / 4
			stops[i]()
			bells[i] = bell.New()
			relaying(t, b, st, bells[i])
		}
	}
	until(t, "all are carried", func() bool { return len(carried(t, b)) >= events*rounds })
	if got := carried(t, b); !slices.Equal(got, numbers(events*rounds)) {
		t.Errorf("carried %v", got)
	}
	// The stream has them before who carried them has its answer, and the slowest of the three looks once more.
	until(t, "the bus knows how far the stream is", func() bool { return b.Status().EventsThrough == events*rounds })
	if s := b.Status(); !s.Connected || !s.Own {
		t.Errorf("%+v", s)
	}
}

// A run comes out as it went in.
func TestEventIsWhole(t *testing.T) {
	st, b := sqlitetest.Open(t), open(t)
	want := lockhouse.Event{Kind: lockhouse.EventParcelCollected, At: storetest.Noon, Shop: "shop_1", Hold: "hold_1", Parcel: "par_1", Site: "site_1",
		Locker: "lkr_1", Compartment: 3, Note: "board"}
	got := make(chan lockhouse.Event, 1)
	ctx, stop := context.WithCancel(t.Context())
	var hearing sync.WaitGroup
	hearing.Go(func() {
		b.HearEvents(ctx, func(node string, said bus.Run) {
			run := said.Events()
			if node != t.Name() || len(run) != 1 {
				t.Errorf("%q carried %d", node, len(run))
			}
			got <- run[0]
		})
	})
	defer hearing.Wait()
	defer stop()
	storetest.Update(t, st, func(tx store.Tx) error { return tx.Say(want) })
	relaying(t, b, st, bell.New())
	select {
	case e := <-got:
		want.Seq = e.Seq
		if e != want {
			t.Errorf("got %+v, want %+v", e, want)
		}
	case <-time.After(patience):
		t.Fatal("nothing is heard")
	}
}

// An empty stream begins near the present: it is a window, and the house's history stays where it is.
func TestEmptyStreamBeginsNearThePresent(t *testing.T) {
	st, b := sqlitetest.Open(t), open(t)
	say(t, st, 2_500)
	relaying(t, b, st, bell.New())
	until(t, "the last is carried", func() bool { return b.Status().EventsThrough == 2_500 })
	if all := carried(t, b); all[0] != 1_501 || len(all) != 1_000 {
		t.Errorf("began with %d, and carried %d", all[0], len(all))
	}
}

// A store that was restored from a backup has lower numbers than a stream that outlived it. What it says is carried all the same.
func TestStreamAheadOfTheStore(t *testing.T) {
	before, b := sqlitetest.Open(t), open(t)
	say(t, before, 60)
	stop := relaying(t, b, before, bell.New())
	until(t, "the stream is filled", func() bool { return b.Status().EventsThrough == 60 })
	stop()
	restored := sqlitetest.Open(t)
	say(t, restored, 7)
	relaying(t, b, restored, bell.New())
	until(t, "the restored store's are carried", func() bool { return b.Status().EventsThrough == 7 })
	if got := carried(t, b); !slices.Equal(got, append(numbers(60), numbers(7)...)) {
		t.Errorf("carried %v", got)
	}
}
