// Package cabinet is a locker's steel without the steel: doors on springs, hooks that hold them, contacts that tell, the
// things that lie inside, and the lock boards that drive it all over a serial line, in any dialect (speech.go). The line is a pseudo-terminal,
// so that the agent opens it by its path and speaks the very bytes that it would speak to a real board.
//
// A person stands in front of it: puts something in, takes it out, shuts the door, or forces it (person.go). Doors and
// boards can be given faults while all is running (fault.go), because what counts is what the agent says and does then.
//
// The boards here were written apart from the driver in edge/board, and share no line of code with it: what one of the
// two misunderstood, the other does not.
package cabinet

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"lockhouse"
)

// Settings of a cabinet. The zero value is a quick one: doors spring open at once, and bytes take no time.
type Settings struct {
	Dialect      string // of the boards, one of Dialects; empty is cu16
	HookReversed bool   // contacts say the opposite
	Speed        int    // the boards understand a port that was opened at this speed alone, in baud; 0 is any
	SpringMS     int    // from the pulse until the door has sprung open; 0 to 5000
	Baud         int    // bytes take their time as on a line of this speed; 0 is no time
	UnlockSilent bool   // an unlock is obeyed without an answer, as public drivers report of some boards
	Echo         bool   // the adapter hears itself: every request comes back before its answer
	Seed         uint64 // of the noise on the line
}

const maxSpringMS = 5_000

// Cabinet is the doors of one locker. Its methods may be called from any goroutine.
type Cabinet struct {
	settings Settings
	speech   speech
	bounds   bounds

	mu      sync.Mutex
	doors   []*door // in order of their numbers
	boards  map[int]BoardFault
	noise   *rand.Rand
	changed chan struct{}
}

// door is one compartment's, with what lies behind it.
type door struct {
	number  int
	coil    wire
	contact wire // where its hook is read: the same, but for mistakes (wiring.go)

	open    bool
	springs time.Time // when a released door will have sprung open; zero where none was released
	inside  string    // what lies there; empty is nothing
	pulses  int       // how often the coil was driven
	fault   DoorFault
	said    bool // what its board last said of itself of the hook: that it holds
}

// View is what there is to see of one door, and two things that only the rehearsal knows: Pulses and Fault.
type View struct {
	Number int       `json:"number"` // the compartment's
	Open   bool      `json:"open"`
	Inside string    `json:"inside"` // what lies there; empty is nothing
	Pulses int       `json:"pulses"` // how often the lock's coil was driven since the beginning
	Fault  DoorFault `json:"fault"`
}

// New builds a cabinet with a shut door for each compartment. It refuses two compartments with one number or on one
// lock, and an address that no board has.
func New(compartments []lockhouse.Compartment, s Settings) (*Cabinet, error) {
	if s.SpringMS < 0 || s.SpringMS > maxSpringMS {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "A spring takes 0 to %d ms, not %d.", maxSpringMS, s.SpringMS)
	}
	speech, err := speaks(s.Dialect)
	if err != nil {
		return nil, err
	}
	c := &Cabinet{settings: s, speech: speech, bounds: speech.bounds(), boards: map[int]BoardFault{}, changed: make(chan struct{}),
		noise: rand.New(rand.NewPCG(s.Seed, s.Seed))}
	for _, k := range compartments {
		at := wire{k.Board, k.Channel}
		d := &door{number: k.Number, coil: at, contact: at, fault: DoorSound, said: true}
		if err := c.fits(d); err != nil {
			return nil, err
		}
		c.doors = append(c.doors, d)
		c.boards[k.Board] = BoardSound
	}
	slices.SortFunc(c.doors, func(a, b *door) int { return a.number - b.number })
	return c, nil
}

func (c *Cabinet) fits(d *door) error {
	if b := c.bounds; d.coil.board < b.first || d.coil.board > b.last || d.coil.channel < 0 || d.coil.channel >= b.channels {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Compartment %d is on board %d, lock %d; there are boards %d to %d and locks 0 to %d.",
			d.number, d.coil.board, d.coil.channel, b.first, b.last, b.channels-1)
	}
	for _, o := range c.doors {
		if o.number == d.number || o.coil == d.coil {
			return lockhouse.Refuse(lockhouse.CodeConflict, "Compartments %d and %d share a number or a lock.", o.number, d.number)
		}
	}
	return nil
}

// Look gives every door as it is now, in order of their numbers.
func (c *Cabinet) Look() []View {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	views := make([]View, len(c.doors))
	for i, d := range c.doors {
		views[i] = View{Number: d.number, Open: d.open, Inside: d.inside, Pulses: d.pulses, Fault: d.fault}
	}
	return views
}

// Changed gives a channel that closes at the next change of any door. Take it before you look, and no change is missed;
// changes that come faster than they are watched fall together.
func (c *Cabinet) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// tell wakes who watches. The caller holds the lock.
func (c *Cabinet) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// settle lets the doors spring open whose time has come. The caller holds the lock.
func (c *Cabinet) settle(now time.Time) {
	for _, d := range c.doors {
		if !d.springs.IsZero() && !now.Before(d.springs) {
			d.springs, d.open = time.Time{}, true
			c.tell()
		}
	}
}

// at finds a compartment's door. The caller holds the lock.
func (c *Cabinet) at(number int) (*door, error) {
	c.settle(time.Now())
	for _, d := range c.doors {
		if d.number == number {
			return d, nil
		}
	}
	return nil, lockhouse.Refuse(lockhouse.CodeNotFound, "This cabinet has no compartment %d.", number)
}
