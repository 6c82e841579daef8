package uplink

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// ledger is a network that applies each receipt once and in order, and breaks off wherever chance says.
type ledger struct {
	t       *testing.T
	mu      sync.Mutex
	random  *rand.Rand
	applied uint64
	lines   int
	healths int
	full    chan struct{} // closed when all receipts are there
	want    uint64
}

func (l *ledger) chance(percent int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.random.IntN(100) < percent
}

func (l *ledger) answer(p peer) {
	l.mu.Lock()
	l.lines++
	applied := l.applied
	l.mu.Unlock()
	if l.chance(15) {
		return // before the first word
	}
	if err := p.greet(applied); err != nil || l.chance(15) {
		return
	}
	for {
		m, err := p.hear()
		if err != nil || l.chance(10) {
			return // heard, and not taken
		}
		switch m := m.(type) {
		case wire.Delivery:
			if l.chance(10) {
				if err := p.say(wire.Refused{Code: lockhouse.CodeUnavailable}); err != nil {
					return
				}
				continue
			}
			through := l.take(m)
			if l.chance(15) {
				return // taken, and the locker is not told
			}
			if err := p.say(wire.Ack{AppliedThrough: through}); err != nil {
				return
			}
		case wire.Health:
			l.mu.Lock()
			l.healths++
			l.mu.Unlock()
		default:
			l.t.Errorf("the locker said %T", m)
		}
	}
}

// take applies what is new, sometimes only a part, and wants no gap.
func (l *ledger) take(d wire.Delivery) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	part := len(d.Receipts)
	if l.random.IntN(4) == 0 {
		part = 1 + l.random.IntN(part)
	}
	for _, raw := range d.Receipts[:part] {
		switch n := binary.BigEndian.Uint64(raw); {
		case n == l.applied+1:
			l.applied = n
		case n > l.applied+1:
			l.t.Errorf("receipt %d came when %d was due", n, l.applied+1)
		}
	}
	if l.applied == l.want {
		select {
		case <-l.full:
		default:
			close(l.full)
		}
	}
	return l.applied
}

// However often and wherever the line is cut: every receipt arrives, once in effect, in order, and the agent is told.
func TestEveryReceiptArrives(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			const receipts = 2_000
			l := &ledger{t: t, random: rand.New(rand.NewPCG(seed, 1)), full: make(chan struct{}), want: receipts}
			agent := newAgent(500)
			u, wait := network(t, agent, l.answer)
			u.firstWait = time.Millisecond
			running(t, u, wait)
			for n := 500; n < receipts; n += 50 {
				time.Sleep(time.Millisecond)
				agent.writes(50)
			}
			select {
			case <-l.full:
			case <-time.After(60 * time.Second):
				l.mu.Lock()
				t.Fatalf("%d of %d receipts are there after %d lines", l.applied, receipts, l.lines)
			}
			for agent.acknowledged() != receipts { // which the last acknowledgement or the next welcome tells
				time.Sleep(time.Millisecond)
			}
			if l.mu.Lock(); l.lines < 2 || l.healths == 0 {
				t.Errorf("%d lines, %d words on health: nothing was tested", l.lines, l.healths)
			}
			l.mu.Unlock()
		})
	}
}

// Whatever the other end says instead of what is due: the locker hangs up, believes nothing, and calls again.
func TestNonsense(t *testing.T) {
	raw := func(text string) func(peer) {
		return func(p peer) { _ = p.put(p.down, []byte(text)); _, _ = p.hear(); _, _ = p.hear() }
	}
	greeted := func(then func(peer)) func(peer) {
		return func(p peer) {
			if err := p.greet(0); err == nil {
				then(p)
			}
		}
	}
	word := func(m any) func(peer) { return func(p peer) { _ = p.say(m); _, _ = p.hear(); _, _ = p.hear() } }
	huge := strings.Repeat(" ", wire.MaxUplinkBytes+1)
	for name, answer := range map[string]func(peer){
		"no JSON":                raw("hello?"),
		"an unknown kind":        raw(`{"kind":"open_all"}`),
		"what was said once":     raw(`{"kind":"challenge","challenge":"","host":""}`),
		"too much":               raw(huge),
		"ack first":              word(wire.Ack{AppliedThrough: 3}),
		"a refusal":              word(wire.Refused{Code: lockhouse.CodeForbidden}),
		"a time not signed":      word(wire.Welcome{Time: []byte("forged"), AppliedThrough: 3}),
		"a welcome twice":        greeted(word(wire.Welcome{Time: []byte("signed"), AppliedThrough: 3})),
		"a hello in the middle":  greeted(word(wire.Hello{Locker: testLocker, Version: "x", TimeNonce: make([]byte, 16)})),
		"no JSON in the middle":  greeted(raw("{")),
		"too much in the middle": greeted(raw(huge)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := make(chan struct{})
			var lines atomic.Int32
			agent := newAgent(3)
			u, wait := network(t, agent, func(p peer) {
				if lines.Add(1) == 3 {
					close(again)
				}
				answer(p)
			})
			u.firstWait = time.Millisecond
			running(t, u, wait)
			select {
			case <-again:
			case <-time.After(30 * time.Second):
				t.Fatalf("called %d times", lines.Load())
			}
			if n := agent.acknowledged(); n != 0 {
				t.Errorf("believed that %d receipts were applied", n)
			}
		})
	}
}

func TestRefusesAddresses(t *testing.T) {
	for _, address := range []string{"", "parcels.example", "https://parcels.example:7422", "tls://", "://", "tls://parcels.example", "tls://:7422"} {
		if _, err := New(Config{LineURL: address}, newAgent(1)); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestRunEndsWhenTold(t *testing.T) {
	agent := newAgent(1)
	up := make(chan struct{})
	u, wait := network(t, agent, func(p peer) {
		if p.greet(0) == nil {
			close(up)
		}
		<-p.closed
	})
	defer wait()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { u.Run(ctx); close(ended) }()
	<-up
	stop()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the line goes on after it was told to stop")
	}
	if agent.watching {
		t.Error("the agent is still watched")
	}
}
