package flow_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"lockhouse"
	"lockhouse/internal/longtest"
	"lockhouse/store"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/sqlite/sqlitetest"
)

// Several clients ask the rooms at once, and each writes down what it asked, what it was told, and when. Porcupine then looks
// for an order in which a model, asked one question at a time, gives the same answers, and which contradicts nobody's
// clock. A client that was told "unavailable" knows nothing: its question may have been answered at any later moment, or
// never.

// engine is a store that is asked, and for how many rounds.
type engine struct {
	name   string
	rounds int
	open   func(testing.TB) store.Store
}

func engines() []engine {
	return []engine{
		{"SQLite", longtest.Or(30, 3_000), func(t testing.TB) store.Store { return sqlitetest.Open(t) }},
		{"PostgreSQL", longtest.Or(8, 600), func(t testing.TB) store.Store { return pgtest.Open(t) }},
	}
}

// checkTimeout bounds the search for an order. It ends in milliseconds, unless a history is hopeless.
const checkTimeout = 30 * time.Second

// never is when an answer comes that does not.
const never = int64(1) << 62

// history is what clients wrote down.
type history struct {
	began time.Time
	mu    sync.Mutex
	all   []porcupine.Operation
}

func (h *history) now() int64 { return int64(time.Since(h.began)) }

// note writes down a question that was asked at a moment and has been answered now, or never will be.
func (h *history) note(client int, asked int64, question, answer any, unknown bool) {
	answered := h.now()
	if unknown {
		answered = never
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, porcupine.Operation{ClientId: client, Input: question, Call: asked, Output: answer, Return: answered})
}

// String tells the history in the order in which it was asked, in microseconds.
func (h *history) String() string {
	slices.SortFunc(h.all, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var text strings.Builder
	for _, o := range h.all {
		fmt.Fprintf(&text, "%d..%d client %d: %v -> %v\n", o.Call/1_000, o.Return/1_000, o.ClientId, o.Input, o.Output)
	}
	return text.String()
}

// runs lets every client ask some questions of its own choice at the same time as the others, and gives the history.
func runs(clients, questions int, seed uint64, ask func(h *history, client int, random *rand.Rand)) *history {
	h := &history{began: time.Now()}
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			for range questions {
				ask(h, client, random)
			}
		})
	}
	all.Wait()
	return h
}

// round lets clients ask a store, beside the plain one under it, and gives what they wrote down.
type round func(t *testing.T, plain, s store.Store, n int, seed uint64) *history

// roundsOnStore is how many rounds one store sees: each has sites of its own there.
const roundsOnStore = 60

// soughtRounds is how many rounds a lie has to be found out in. It takes one or two, and now and then ten: where a lie falls is chance.
const soughtRounds = 200

// linear runs rounds on every engine, each with a seed of its own, and fails at the first that has no order. It also sees
// that stores which lie are found out.
func linear(t *testing.T, model porcupine.Model, round round) {
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			var s store.Store
			first := rand.Uint64()
			for n := range e.rounds {
				if n%roundsOnStore == 0 {
					s = e.open(t)
				}
				seed := first + uint64(n)
				h := round(t, s, &doubtful{Store: s, random: rand.New(rand.NewPCG(seed, 1))}, n%roundsOnStore, seed)
				if result := porcupine.CheckOperationsTimeout(model, h.all, checkTimeout); result != porcupine.Ok {
					t.Fatalf("round %d with seed %d: the search for an order ended with %s\n%s", n, seed, result, h)
				}
			}
		})
		for lie, lying := range map[string]func(store.Store) store.Store{
			"forgets":           func(s store.Store) store.Store { return &forgetful{Store: s} },
			"answers too early": func(s store.Store) store.Store { return hasty{s} },
		} {
			t.Run(e.name+" that "+lie, func(t *testing.T) {
				var s store.Store
				for n := range soughtRounds {
					if n%roundsOnStore == 0 {
						s = e.open(t)
					}
					h := round(t, s, lying(s), n, uint64(n))
					if porcupine.CheckOperationsTimeout(model, h.all, checkTimeout) == porcupine.Illegal {
						return
					}
				}
				t.Fatal("it was not found out")
			})
		}
	}
}

// doubtful is a store whose writes fail now and then, half of them after they were done.
type doubtful struct {
	store.Store
	mu     sync.Mutex
	random *rand.Rand
}

func (d *doubtful) Update(ctx context.Context, do func(store.Tx) error) error {
	d.mu.Lock()
	dice := d.random.IntN(60)
	d.mu.Unlock()
	unknown := lockhouse.Refuse(lockhouse.CodeUnavailable, "Nobody knows whether this was kept.")
	switch dice {
	case 0:
		return unknown
	case 1:
		return errors.Join(d.Store.Update(ctx, do), unknown)
	}
	return d.Store.Update(ctx, do)
}

// forgetful says yes to each seventh write and keeps nothing of it.
type forgetful struct {
	store.Store
	mu sync.Mutex
	n  int
}

func (f *forgetful) Update(ctx context.Context, do func(store.Tx) error) error {
	f.mu.Lock()
	f.n++
	forget := f.n%7 == 0
	f.mu.Unlock()
	if !forget {
		return f.Store.Update(ctx, do)
	}
	forgotten := errors.New("forgotten")
	err := f.Store.Update(ctx, func(tx store.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		return forgotten
	})
	if errors.Is(err, forgotten) {
		return nil
	}
	return err
}

// hasty says yes before what was written can be seen.
type hasty struct{ store.Store }

func (s hasty) Update(ctx context.Context, do func(store.Tx) error) error {
	early := make(chan error, 1)
	say := func(err error) {
		select {
		case early <- err:
		default: // it was said already: a function may run again
		}
	}
	go func() {
		say(s.Store.Update(ctx, func(tx store.Tx) error {
			err := do(tx)
			say(err)
			time.Sleep(2 * time.Millisecond)
			return err
		}))
	}()
	return <-early
}
