package onair

import (
	"context"
	"sync"
	"testing"

	"lockhouse"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// Two phones at once, with the smallest MTU, frame by frame in turns: each message of one comes in the middle of the other's.
// Neither session takes anything for its own that is the other's, and each phone hears of its own door alone. The virtual controllers of the real BlueZ take one connection; this is for the simulated one.
func TestTwoPhonesAtOnce(t *testing.T) {
	if onRealBlueZ() {
		t.Skip("a virtual controller takes one connection at a time")
	}
	s := newStand(t, settings{mtuBytes: 23})
	stored := s.courier(23, 2)
	steps := newSteps(2)
	visits := make([]*phone.Visit, 2)
	var both sync.WaitGroup
	for i, one := range stored {
		p := s.comes(lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation})
		link := p.dial()
		both.Go(func() {
			v, _, err := p.begin(inStep{link, steps, i}, -1)
			steps.leave(i)
			if err != nil {
				t.Errorf("phone %d: %v", i, err)
			}
			visits[i] = v
			if frames := len(link.wrote); frames < 15 {
				t.Errorf("phone %d wrote %d frames, which are too few to be in each other's way", i, frames)
			}
		})
	}
	both.Wait()
	if t.Failed() {
		t.FailNow()
	}
	if steps.changes < 30 {
		t.Errorf("the phones took turns %d times", steps.changes)
	}
	for i, v := range visits {
		_, err := v.Open(limit(t), 0, 0)
		must(t, err)
		n, err := v.Next(limit(t))
		must(t, err)
		if n.Event != wire.DoorOpened || n.Compartment != stored[i].Compartment || n.Receipt.Ref != stored[i].Receipt.Ref {
			t.Errorf("phone %d hears %+v", i, n)
		}
		s.takeAndShut(n.Compartment)
		if n, err = v.Next(limit(t)); err != nil || n.Event != wire.DoorClosed || n.Compartment != stored[i].Compartment {
			t.Errorf("phone %d hears %+v, %v", i, n, err)
		}
	}
}

// steps lets writers write in turns, one frame each.
type steps struct {
	mu      sync.Mutex
	turned  *sync.Cond
	turn    int
	here    map[int]bool
	changes int
}

func newSteps(n int) *steps {
	s := &steps{here: map[int]bool{}}
	s.turned = sync.NewCond(&s.mu)
	for i := range n {
		s.here[i] = true
	}
	return s
}

func (s *steps) write(who int, frame func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.turn != who && s.here[s.turn] {
		s.turned.Wait()
	}
	err := frame()
	s.next(who)
	return err
}

func (s *steps) next(who int) {
	if other := 1 - who; s.here[other] {
		s.turn, s.changes = other, s.changes+1
	}
	s.turned.Broadcast()
}

func (s *steps) leave(who int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.here[who] = false
	s.next(who)
}

// inStep is a link whose writes wait for their turn.
type inStep struct {
	*watched
	steps *steps
	who   int
}

func (l inStep) Write(ctx context.Context, frame []byte) error {
	return l.steps.write(l.who, func() error { return l.watched.Write(ctx, frame) })
}
