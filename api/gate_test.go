package api

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
)

// TestGateCounts lets requests of all classes come, leave and lose patience in any order: there are never more inside than
// places, never more waiting than may, and in the end everybody was let in or sent away, and all places are free.
func TestGateCounts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		places, steps := rapid.IntRange(1, 12).Draw(rt, "places"), rapid.IntRange(1, 80).Draw(rt, "steps")
		draw := func() (c class, leave, gone bool) {
			return class(rapid.IntRange(0, int(classes)-1).Draw(rt, "class")), rapid.Bool().Draw(rt, "leave"), rapid.IntRange(0, 9).Draw(rt, "gone") == 0
		}
		synctest.Test(t, func(t *testing.T) {
			g := newGate(places, nil)
			var all sync.WaitGroup
			var inside []chan struct{}
			var mu sync.Mutex
			for range steps {
				c, leave, gone := draw()
				mu.Lock()
				if leave && len(inside) > 0 {
					close(inside[0])
					inside = inside[1:]
				}
				mu.Unlock()
				ctx, cancel := context.WithCancel(t.Context())
				all.Go(func() {
					defer cancel()
					if err := g.enter(ctx, c); err != nil {
						if e, ok := errors.AsType[*lockhouse.Error](err); !ok || e.Code != lockhouse.CodeUnavailable || e.Facts["retry_after_s"].(int) < 1 {
							t.Errorf("sent away with %v", err)
						}
						return
					}
					defer g.leave(c)
					stay := make(chan struct{})
					mu.Lock()
					inside = append(inside, stay)
					mu.Unlock()
					<-stay
				})
				if gone {
					cancel()
				}
				synctest.Wait()
				g.within(t)
			}
			for done := false; !done; {
				time.Sleep(time.Second)
				mu.Lock()
				for _, stay := range inside {
					close(stay)
				}
				done, inside = len(inside) == 0 && g.empty(), nil
				mu.Unlock()
			}
			all.Wait()
			if g.inside != 0 {
				t.Errorf("%d places were not given back", g.inside)
			}
		})
	})
}

func (g *gate) within(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside > g.places {
		t.Errorf("%d inside, %d places", g.inside, g.places)
	}
	for c := range classes {
		if n := g.waiting[c].Len(); n > g.mostWaiting(c) || n > 0 && g.inside < g.most(c) {
			t.Errorf("%d of %s wait; %d inside", n, lanes[c].name, g.inside)
		}
	}
}

func (g *gate) empty() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range classes {
		if g.waiting[c].Len() > 0 {
			return false
		}
	}
	return true
}

// TestGateKeepsPlacesForDoors: however many searches come, a locker's receipts and a recipient find a place at once; and
// when places become free, they go to those first who come first.
func TestGateKeepsPlacesForDoors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(8, nil)
		var looks sync.WaitGroup
		end, order := make(chan struct{}), make(chan class, 20)
		for range 8 {
			looks.Go(func() {
				if g.enter(t.Context(), ofLooks) == nil {
					<-end
					g.leave(ofLooks)
				}
			})
		}
		synctest.Wait()
		for _, c := range []class{ofShops, ofShops, ofDoors, ofLockers} {
			if err := g.enter(t.Context(), c); err != nil {
				t.Fatalf("%s: %v", lanes[c].name, err)
			}
		}
		for _, c := range []class{ofLooks, ofShops, ofDoors, ofLockers} {
			looks.Go(func() {
				if g.enter(t.Context(), c) == nil {
					order <- c
					g.leave(c)
				}
			})
			synctest.Wait()
		}
		g.leave(ofDoors) // one of the four
		synctest.Wait()
		if c := <-order; c != ofLockers {
			t.Errorf("%s came first", lanes[c].name)
		}
		for range 3 {
			g.leave(ofDoors)
		}
		close(end)
		looks.Wait()
	})
}

// TestGateIsImpatient: nobody waits longer than their class does, and whoever would find no room to wait is told at once.
func TestGateIsImpatient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, nil)
		if err := errors.Join(g.enter(t.Context(), ofLockers), g.enter(t.Context(), ofLockers)); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		var waiting sync.WaitGroup
		for range g.mostWaiting(ofLooks) {
			waiting.Go(func() {
				if g.enter(t.Context(), ofLooks) == nil {
					t.Error("three in two places")
				}
			})
		}
		synctest.Wait()
		if g.crowded(ofLooks) == nil || g.enter(t.Context(), ofLooks) == nil || time.Since(began) != 0 {
			t.Error("waits without room to wait")
		}
		if err := g.crowded(ofDoors); err != nil {
			t.Errorf("doors are held up by searches: %v", err)
		}
		waiting.Wait()
		if waited := time.Since(began); waited != time.Duration(lanes[ofLooks].patienceMS)*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
	})
}

func TestGateSendsShopsAwayWhenBehind(t *testing.T) {
	behind := true
	g := newGate(8, func() bool { return behind })
	if g.crowded(ofShops) == nil || g.crowded(ofDoors) != nil || g.crowded(ofLockers) != nil {
		t.Error("not shops alone are sent away")
	}
	behind = false
	if err := g.crowded(ofShops); err != nil {
		t.Error(err)
	}
}

// TestGateCountsOneByOne: shops that are sent away together are counted one after the other, like everybody else.
func TestGateCountsOneByOne(t *testing.T) {
	g := newGate(8, func() bool { return true })
	sent := make(chan error, 1)
	g.mu.Lock()
	go func() { sent <- g.crowded(ofShops) }()
	select {
	case <-sent:
		t.Error("one was counted beside another")
	case <-time.After(50 * time.Millisecond): // time enough for one that does not wait
	}
	g.mu.Unlock()
	if err := <-sent; err == nil || g.refused != 1 {
		t.Errorf("%v, %d were counted", err, g.refused)
	}
}

// TestGateIsCheap: a request that finds a place costs no memory.
func TestGateIsCheap(t *testing.T) {
	g := newGate(8, nil)
	if n := testing.AllocsPerRun(100, func() {
		if g.crowded(ofShops) == nil && g.enter(t.Context(), ofShops) == nil {
			g.leave(ofShops)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
