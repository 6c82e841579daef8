package onair

import (
	"context"
	"slices"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/ble"
	"lockhouse/wire"
)

const pickups = 7 // of each kind

// How long a pickup takes beside the same stack's echoes: looking around, connecting, reading INFO, frames of the same sizes
// to the locker, and frames of the same sizes back, with nobody thinking in between. What is more is the work of phone and
// locker: signatures, keys, journal, lock board. The network is gone meanwhile, whose work would be counted on the same
// processor. The times are told, and nothing is asserted of them.
func TestScanToDoor(t *testing.T) {
	s := newStand(t, settings{mtuBytes: 517})
	stored := s.courier(517, pickups)
	s.network.stop()
	var whole, found, talk []time.Duration
	var pattern *watched
	for _, one := range stored {
		p := s.comes(lockhouse.Target{Ref: one.Receipt.Ref, Verb: lockhouse.VerbCollect, Compartment: one.Compartment, Generation: one.Receipt.Generation})
		link := p.dial()
		v, _, err := p.begin(link, 0)
		must(t, err)
		p.hears(v, wire.DoorOpened, lockhouse.ReceiptOpened)
		opened := time.Now()
		whole, talk = append(whole, opened.Sub(p.began)), append(talk, opened.Sub(link.first))
		found = append(found, link.first.Sub(p.began))
		pattern = &watched{wrote: slices.Clone(link.wrote), heard: slices.Clone(link.heard)}
		s.takeAndShut(one.Compartment)
		p.hears(v, wire.DoorClosed, lockhouse.ReceiptCollected)
		p.leave(link)
	}
	s.end()
	echoes, echoed := s.echoes(pattern)
	t.Logf("scan to door: p50 %s (%v)", median(whole), whole)
	t.Logf("the same stack's echoes: p50 %s (%v)", median(echoes), echoes)
	t.Logf("of a pickup, until the first frame: p50 %s", median(found))
	t.Logf("first frame to door p50 %s, its echoes p50 %s", median(talk), median(echoed))
	t.Logf("ratio: scan to door %.2f, first frame to door %.2f", ratio(whole, echoes), ratio(talk, echoed))
}

// echoes times visits to a peripheral that answers at once with what a locker answers, in size.
func (s *stand) echoes(pattern *watched) (whole, talk []time.Duration) {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	onAir := make(chan error, 64)
	go func() {
		served <- ble.Serve(ctx, s.air.address(), ble.Options{Latch: mirror{pattern}, Name: func() string { return s.name(s.today()) },
			OnAir: func(reason error) { onAir <- reason }})
	}()
	defer func() { stop(); must(s.t, <-served) }()
	for reason := range onAir {
		if reason == nil {
			break
		}
	}
	for range pickups {
		p := s.comes(lockhouse.Target{Ref: lockhouse.ParcelRef{1}, Verb: lockhouse.VerbCollect, Compartment: 1, Generation: 1})
		link := p.dial()
		_, err := link.Info(limit(s.t))
		must(s.t, err)
		for _, n := range pattern.wrote {
			must(s.t, link.Write(limit(s.t), make([]byte, n)))
		}
		for range pattern.heard {
			select {
			case <-link.frames:
			case <-limit(s.t).Done():
				s.t.Fatal("an echo does not come back")
			}
		}
		whole, talk = append(whole, time.Since(p.began)), append(talk, time.Since(link.first))
		p.leave(link)
	}
	return whole, talk
}

// mirror is a Latch that answers the last of so many frames with others, at once.
type mirror struct{ pattern *watched }

func (m mirror) Connect(_ string, _ int, send func([]byte) error) (ble.Session, error) {
	return &reflection{mirror: m, send: send, done: make(chan struct{})}, nil
}

type reflection struct {
	mirror
	send func([]byte) error
	came int
	done chan struct{}
}

func (*reflection) Info() []byte            { return make([]byte, wire.InfoBytes) }
func (r *reflection) Done() <-chan struct{} { return r.done }
func (r *reflection) Close()                { close(r.done) }

func (r *reflection) Write([]byte) error {
	if r.came++; r.came < len(r.pattern.wrote) {
		return nil
	}
	for _, n := range r.pattern.heard {
		if err := r.send(make([]byte, n)); err != nil {
			return err
		}
	}
	return nil
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2].Round(100 * time.Microsecond)
}

func ratio(a, b []time.Duration) float64 { return float64(median(a)) / float64(median(b)) }
