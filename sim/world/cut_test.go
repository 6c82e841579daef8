package world_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"lockhouse/edge/agent"
	"lockhouse/internal/browser"
)

// disk is a journal behind which the power can be cut: at the n-th record from now, before it is on the disk or just
// after. Nothing is kept from then on.
type disk struct {
	agent.Journal

	mu    sync.Mutex
	left  int // appends until the cut; 0 for never
	after bool
	dead  bool
	cut   chan struct{} // closed at the cut
}

var errPower = errors.New("the power is gone")

func newDisk(below agent.Journal) *disk { return &disk{Journal: below, cut: make(chan struct{})} }

func (d *disk) cutAt(n int, after bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.after = n, after
}

// Append keeps a record, unless the power is gone.
func (d *disk) Append(record []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left--; d.left == 0 {
		d.dead = true
		if d.after {
			if err := d.Journal.Append(record); err != nil {
				return err
			}
		}
		close(d.cut)
	}
	if d.dead {
		return errPower
	}
	return d.Journal.Append(record)
}

// arrows is how many records a collection makes: armed, pulsed, opened, closed.
const arrows = 4

// The agent is killed at each arrow of its journal, before the record is on the disk and after, while a recipient is at
// the door with a real browser. Started again, it opens that door and no other, and the parcel gets out.
func TestKilledAtEachArrow(t *testing.T) {
	t.Parallel()
	s := raise(t, 1)
	phone := browser.Open(t, browser.Options{Radio: s.radio.Address()})
	for n := 1; n <= arrows; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("record %d, written: %v", n, after), func(t *testing.T) { s.in(t).cutAndCollect(phone, n, after) })
		}
	}
}

func (s *stage) cutAndCollect(phone *browser.Browser, n int, after bool) {
	t := s.t
	locker := s.stand()
	o := s.order()
	compartment := s.dropOff(o)

	var below *disk
	must(t, locker.Off())
	must(t, locker.On(func(j agent.Journal) agent.Journal { below = newDisk(j); return below }))
	s.onAir()
	before := s.pulsesEach()

	c := &cast{stage: s, shop: phone.Page(t, browser.Phone)}
	c.shop.Expect("Bluetooth")
	c.shop.Go(s.linkFor(o))
	c.shop.Wait("[data-test=open]")
	defer func() {
		if t.Failed() {
			t.Log(s.told(o), c.shop.Text("main"))
		}
	}()
	below.cutAt(n, after)
	c.taps()
	s.until("the power is cut", func() bool {
		s.takeIfOpen(compartment, o)
		select {
		case <-below.cut:
			return true
		default:
			return false
		}
	})
	if err := locker.Off(); !errors.Is(err, errPower) {
		t.Errorf("the locker ended with %v", err)
	}
	must(t, locker.On(nil))
	s.onAir()

	// Where the cut swallowed what the door did, the locker holds the parcel to be inside, whether or not somebody took
	// it: so it lets the recipient in again. To be wrong the other way would lock a parcel in.
	if s.occupied(compartment) {
		c.shop.Reload()
		c.shop.Wait("[data-test=open]")
		c.taps()
		s.opens(compartment)
	}
	s.until("the parcel is called collected", func() bool {
		s.takeIfOpen(compartment, o)
		return s.state(o) == "collected"
	})
	if c.inside(compartment) != "" {
		t.Errorf("the parcel is called collected, and still lies in %d", compartment)
	}
	for number, pulses := range s.pulsesEach() {
		if number != compartment && pulses != before[number] {
			t.Errorf("the parcel lay in %d, and the lock of %d was driven", compartment, number)
		}
	}
}

// takeIfOpen does what the recipient does as soon as the door stands open: takes the parcel and shuts the door.
func (s *stage) takeIfOpen(compartment int, o order) {
	if !s.open()[compartment] {
		return
	}
	if a := s.stand().Agent(); a != nil && !seenOpen(a, compartment) {
		return
	}
	steel := s.stand().Cabinet
	if thing, err := steel.Take(compartment); err == nil && thing != o.tracking {
		s.t.Errorf("in compartment %d lay %q, not %q", compartment, thing, o.tracking)
	}
	must(s.t, steel.Shut(compartment))
}

// occupied tells what the locker believes of a compartment.
func (s *stage) occupied(compartment int) bool {
	for _, v := range s.stand().Agent().Doors() {
		if v.Number == compartment {
			return v.Occupied
		}
	}
	return false
}

func (s *stage) pulsesEach() map[int]int {
	each := map[int]int{}
	for _, d := range s.stand().Cabinet.Look() {
		each[d.Number] = d.Pulses
	}
	return each
}

// told gives what the operator is shown of the order's parcel, for the sentence of a failure.
func (s *stage) told(o order) string {
	var p struct {
		Timeline []struct{ Kind, At, Note string }
	}
	s.ask(http.MethodGet, "/v1/parcels/"+o.reference, s.Keys().Shop, nil, &p)
	return fmt.Sprintf("%+v; the door is open: %v", p.Timeline, s.open())
}
