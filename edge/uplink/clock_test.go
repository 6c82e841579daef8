package uplink

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// during runs a line for a while of fake time.
func during(t *testing.T, while time.Duration, agent Agent, answer func(peer)) {
	t.Helper()
	u, wait := network(t, agent, answer)
	defer wait()
	ctx, stop := context.WithTimeout(context.Background(), while)
	defer stop()
	u.Run(ctx)
}

func TestAnHourOnTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := newAgent(1)
		var mu sync.Mutex
		lines, healths, questions := 0, 0, 0
		during(t, time.Hour+time.Second, agent, func(p peer) {
			if p.greet(1) != nil {
				return
			}
			mu.Lock()
			lines++
			mu.Unlock()
			for {
				m, err := p.hear()
				if err != nil {
					return
				}
				mu.Lock()
				switch m.(type) {
				case wire.Health:
					healths++
				case wire.AskTime:
					questions++
					_ = p.say(wire.Time{Time: []byte([]string{"signed", "forged"}[questions%2])})
				default:
					t.Errorf("the locker said %T", m)
				}
				mu.Unlock()
			}
		})
		mu.Lock()
		defer mu.Unlock()
		if lines != 1 || healths != 241 || questions != 4 || agent.timesTaken != 3 {
			t.Errorf("%d lines, %d words on health, %d questions for the time, %d times taken", lines, healths, questions, agent.timesTaken)
		}
	})
}

// A door that moves is told soon, and once for what moves together; nothing that stays the same is told for it.
func TestDoorsThatMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := newAgent(0)
		began := time.Now()
		var heard []string
		var mu sync.Mutex
		var hands sync.WaitGroup
		hands.Go(func() {
			time.Sleep(3 * time.Second)
			for _, door := range []lockhouse.Door{lockhouse.DoorOpen, lockhouse.DoorShut, lockhouse.DoorOpen} {
				agent.changes(func() { agent.door = door })
				time.Sleep(50 * time.Millisecond)
			}
			time.Sleep(2 * time.Second)
			agent.changes(func() {})
		})
		during(t, 10*time.Second, agent, func(p peer) {
			err := p.greet(0)
			for err == nil {
				var m any
				m, err = p.hear()
				if h, ok := m.(wire.Health); ok {
					mu.Lock()
					heard = append(heard, fmt.Sprint(time.Since(began).Round(time.Millisecond), " ", h.Doors[1]))
					mu.Unlock()
				}
			}
		})
		hands.Wait()
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"0s shut", "3.25s open"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
	})
}

// A network that claims more than was ever written is not believed, in a welcome or an acknowledgement. The line stays
// up, and gives again what is not applied.
func TestMoreThanWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var given []int
		agent := newAgent(3)
		during(t, time.Minute, agent, func(p peer) {
			err := p.greet(1 << 63)
			for err == nil {
				var m any
				m, err = p.hear()
				if d, ok := m.(wire.Delivery); ok {
					given = append(given, len(d.Receipts))
					err = p.say(wire.Ack{AppliedThrough: []uint64{4, 2, 3}[len(given)-1]})
				}
			}
		})
		if !agent.forgot {
			t.Error("the agent was not told that its memory is another one's")
		}
		if !slices.Equal(given, []int{3, 3, 1}) || agent.acknowledged() != 3 {
			t.Errorf("deliveries of %v receipts, %d acknowledged; want 3, 3 again, and the last", given, agent.acknowledged())
		}
	})
}

// A network that has no room for a moment is asked again on the same line, at the greeting and later, each time after a longer
// rest: if every locker hung up and called again, there would be less room still.
func TestNoRoomForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noRoom := wire.Refused{Code: lockhouse.CodeUnavailable}
		var lines atomic.Int32
		var hellos, deliveries []time.Time
		agent := newAgent(3)
		during(t, time.Minute, agent, func(p peer) {
			lines.Add(1)
			for err := error(nil); err == nil; {
				var m any
				if m, err = p.hear(); err != nil {
					return
				}
				switch m.(type) {
				case wire.Hello:
					if hellos = append(hellos, time.Now()); len(hellos) < 3 {
						err = p.say(noRoom)
						continue
					}
					err = p.say(wire.Welcome{Time: []byte("signed")})
				case wire.Delivery:
					if deliveries = append(deliveries, time.Now()); len(deliveries) < 5 {
						err = p.say(noRoom)
						continue
					}
					err = p.say(wire.Ack{AppliedThrough: 3})
				}
			}
		})
		if lines.Load() != 1 || len(hellos) != 3 || len(deliveries) != 5 || agent.acknowledged() != 3 {
			t.Errorf("%d lines, %d hellos, %d deliveries, %d acknowledged; want 1, 3, 5, 3", lines.Load(), len(hellos), len(deliveries), agent.acknowledged())
		}
		for i := 2; i < len(deliveries); i++ {
			if rest := deliveries[i].Sub(deliveries[i-1]); rest < time.Second<<(i-1)/2 || rest > 10*time.Second {
				t.Errorf("rest %d is %v", i, rest)
			}
		}
	})
}

// A network that goes dead without a word is left, wherever it does: before the greeting, and with receipts
// unacknowledged. One that is not even there is for NATS to find out (nats_test.go).
func TestDeadNetworkIsLeft(t *testing.T) {
	for name, answer := range map[string]func(peer){
		"says nothing": func(p peer) { _, _ = p.hear(); <-p.closed },
		"acknowledges nothing": func(p peer) {
			for err := p.greet(0); err == nil; {
				_, err = p.hear()
			}
		},
		"refuses everything": func(p peer) {
			for err := p.greet(0); err == nil; err = p.say(wire.Refused{Code: lockhouse.CodeUnavailable}) {
				if _, err = p.hear(); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var calls []time.Time
				during(t, 5*time.Minute, newAgent(1), func(p peer) {
					mu.Lock()
					calls = append(calls, time.Now())
					mu.Unlock()
					answer(p)
				})
				mu.Lock()
				defer mu.Unlock()
				if len(calls) < 4 || len(calls) > 20 {
					t.Errorf("called %d times in five minutes", len(calls))
				}
			})
		})
	}
}

// Nobody there: the waits grow to a minute, and chance is in them.
func TestWaitsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := newAgent(1)
		u, wait := network(t, agent, func(peer) {})
		defer wait()
		var calls []time.Time
		u.open = func(context.Context) (conn, error) {
			calls = append(calls, time.Now())
			return nil, net.ErrClosed
		}
		ctx, stop := context.WithTimeout(context.Background(), 24*time.Hour)
		defer stop()
		u.Run(ctx)
		even := true
		for i := 1; i < len(calls); i++ {
			wait, most := calls[i].Sub(calls[i-1]), min(time.Second<<(min(i, 7)-1), time.Minute)
			if wait < most/2 || wait > most {
				t.Errorf("wait %d was %v, want %v to %v", i, wait, most/2, most)
			}
			even = even && wait == most
		}
		if day := 24 * 60; len(calls) < day || len(calls) > 2*day+10 || even {
			t.Errorf("called %d times in a day; all waits even is %t", len(calls), even)
		}
	})
}

// What the locker measured is said when the line comes up, on command, and seldom otherwise: soon after a door was asked for, and
// else every five minutes. What the network counted is passed on, and more days than go into a message follow.
func TestFiguresAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		agent := newAgent(0)
		for day := range lockhouse.Day(wire.MaxFigureDays + 3) {
			agent.days = append(agent.days, lockhouse.NewFigures(20_780+day))
		}
		began := time.Now()
		var heard []string
		var hands sync.WaitGroup
		hands.Go(func() { // the day goes on, and once a door is asked for
			for s := range 700 {
				time.Sleep(time.Second)
				agent.mu.Lock()
				last := &agent.days[len(agent.days)-1]
				if last.ThroughS = s + 5; s == 400 {
					last.Authorised.Add(time.Second)
				}
				agent.mu.Unlock()
			}
		})
		during(t, 700*time.Second, agent, func(p peer) {
			err := p.greet(0)
			for err == nil {
				var m any
				m, err = p.hear()
				if f, ok := m.(wire.Figures); ok {
					heard = append(heard, fmt.Sprint(time.Since(began).Round(time.Second), " ", len(f.Days)))
					last := f.Days[len(f.Days)-1]
					err = p.say(wire.Counted{Day: last.Day, ThroughS: last.ThroughS})
				}
			}
		})
		hands.Wait()
		if want := []string{"0s 8", "0s 3", "0s 1", "5m0s 1", "7m0s 1"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
		if len(agent.lined) < 2 || !agent.lined[0] || agent.lined[len(agent.lined)-1] {
			t.Errorf("the line was said to be up: %v", agent.lined)
		}
	})
}
