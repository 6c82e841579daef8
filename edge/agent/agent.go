// Package agent is the locker's side of Latch: who may open which door, and what becomes of it, written down before it
// happens.
//
// A phone's first message is checked (visit.go), a door is armed (doors.go), pulsed and watched until it is shut again
// (watch.go). Each of these arrows is a record in the journal, together with the receipt that says so to the outside:
//
//	FREE -> ARMED -> PULSED -> OPENED -> CLOSED
//
// Nothing changes in memory but by applying a record that is durable (records.go, state.go). So a cut at any point
// leaves a state that the next start can read (restart.go): never a second parcel's door, never a parcel locked in.
// Where a cut leaves something open, the state says "doubtful", and the parcel's own people decide.
//
// People without a phone come to the panel (panel.go), with a PIN, which wrong tries make wait (waits.go), or with a pass
// on paper. Sessions of phones come and go on any goroutine. One loop, Run, owns the lock boards: it alone pulses and reads. If
// the journal fails, the agent opens nothing more and Run returns, so that whoever started it starts it anew from what
// is on the disk. A disk that is full, or can only be read, has lost nothing: the agent opens nothing either, says so, and
// goes on when the disk does (disk.go).
package agent

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// LockBoard is what the agent needs of the lock boards on the serial line. It is called from one goroutine at a time,
// and returns within seconds whatever the line does.
type LockBoard interface {
	// Pulse lets one lock go. The answer is the board's; whether the door opened is for Shut to say. It is never repeated
	// by the board's driver. Not done means that the lock can't have moved; whatever else is not done is unknown. The
	// error says why it is not done.
	Pulse(ctx context.Context, board, channel int) (lockhouse.Answer, error)
	// Shut reads the contacts of a board's doors, by channel; true is shut. How many there are is the board's to say.
	Shut(ctx context.Context, board int) ([]bool, error)
}

// Journal is the disk. An error with lockhouse.CodeNotKept says that the record is surely not there, and that the disk may
// take the next one; the agent waits for that. After any other the agent stops: the record may be there or not, and the next
// Replay tells.
type Journal interface {
	Append(record []byte) error                  // durable when it returns
	Replay(each func(record []byte) error) error // all records, oldest first
	Rewrite(records [][]byte) error              // all of them in place of all before, or nothing
}

// Config is what a locker is.
type Config struct {
	Locker       lockhouse.LockerID
	Compartments []lockhouse.Compartment
	Trusted      credential.Trusted
	Presence     Presence  // what opens over the line besides a grant; zero: nothing does
	NotBefore    time.Time // a guess: it is later than this, when the locker was set up; the journal and the network know better
}

// Parts is what an agent is made of. Now need not know the date, only how much time has passed.
type Parts struct {
	Static      ecdh.KeyExchanger // for handshakes
	Receipt     crypto.Signer     // for receipts
	Board       LockBoard
	Journal     Journal
	Now         func() time.Time
	Random      io.Reader
	KeepIssuers func(keys [][]byte) error // durable when it returns; nil: the network's keys can't change
	Keysets     Keysets                   // nil: the locker's own keys can't change
	Desired     Keep                      // nil: what the network wants is forgotten at the end
	Known       Keep                      // nil: a network that is set back to before a change of keys has to be told by its operator
	Measured    Keep                      // nil: what the agent measures of itself is forgotten at the end
	Alive       func()                    // if set, called after each turn of the loop behind which the journal still stands: what a watchdog is fed with
}

// Keep is a small file that is whole or as it was before.
type Keep interface {
	Read() ([]byte, error) // nothing when nothing was kept yet
	Write([]byte) error    // durable when it returns
}

// Agent is one locker's controller.
type Agent struct {
	Parts
	config   Config
	raw      [8]byte // the locker's id
	static   []byte  // public half
	wake     chan struct{}
	started  time.Time
	boardIDs []int

	mu        sync.Mutex
	state     state
	kept      []keptReceipt // oldest first
	acked     uint64        // the number up to which the network said that it has them
	doors     map[int]*door
	boards    map[int]*board
	sessions  map[byte]*Session
	lastID    byte
	clock     clock
	watchers  map[chan struct{}]struct{}
	timings   []timing // that the network was not told of, oldest first
	figures   figures
	desired   uint64 // the version of how the locker is to be; 0 for none
	channel   string // of versions, as the network wants it; "" where it wants nothing
	zone      string // of its site, as the network says; "" where it says none
	revoked   []lockhouse.Revocation
	obeyed    []obeyed // commands whose time is not over
	panel     AtPanel
	appended  int   // records since the journal was last written anew
	forgot    bool  // the network knows of receipts that this journal does not
	retired   bool  // it is about to forget its keys, and takes nothing that would be locked in then
	failed    error // of the journal
	disk      disk
	rewriteAt time.Time // of the journal; not before

	trust       atomic.Pointer[credential.Trusted]
	pins        []credential.PINSecret // one for each issuer and keyset
	former      *FormerKeyset          // nil where none is taken
	next        *NextKeyset            // nil where none was made
	known       []byte                 // the network's word that it knew the present keyset, while there is a former one; nil for none
	fitted      lockhouse.Panel        // what there is at the panel
	panelFaults []string               // what the panel lacks
	presence    shownPresence
}

// New reads the journal, settles what the last run left under way, and says in a receipt that the locker started. Run
// must be called for anything to open.
func New(config Config, parts Parts) (*Agent, error) {
	a := &Agent{
		Parts: parts, config: config, wake: make(chan struct{}, 1), started: parts.Now(), static: parts.Static.PublicKey().Bytes(),
		doors: map[int]*door{}, boards: map[int]*board{}, sessions: map[byte]*Session{}, watchers: map[chan struct{}]struct{}{},
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	if err := a.recallKeysets(); err != nil {
		return nil, fmt.Errorf("agent: keysets: %w", err)
	}
	a.believe(config.Trusted.Issuers)
	if err := a.agreePINs(); err != nil {
		return nil, err
	}
	if err := a.replay(); err != nil {
		return nil, fmt.Errorf("agent: the journal: %w", err)
	}
	for _, c := range config.Compartments {
		a.state.at(c.Number)
	}
	a.clock.start(a.started, a.firstFloorS())
	a.recallFigures()
	if err := a.recallDesired(); err != nil {
		return nil, fmt.Errorf("agent: how the locker is to be: %w", err)
	}
	a.recallKnown()
	if err := a.settle(); err != nil && !a.disk.waits() {
		return nil, fmt.Errorf("agent: the journal: %w", err)
	}
	return a, nil
}

// check refuses a config with which no door could be opened, or the wrong one, and reads the table of compartments.
func (a *Agent) check() error {
	var err error
	if a.raw, err = a.config.Locker.Bytes(); err != nil {
		return err
	}
	if len(a.config.Trusted.Issuers) == 0 {
		return errors.New("agent: no issuer key; without one no grant can be checked")
	}
	if len(a.config.Trusted.Shared) != credential.SharedKeyBytes {
		return errors.New("agent: no key that is shared with the network; without one nothing that it says can be checked")
	}
	if err := lockhouse.CheckCompartments(a.config.Compartments); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	for _, c := range a.config.Compartments {
		a.doors[c.Number] = &door{Compartment: c, state: lockhouse.DoorUnknown}
		if a.boards[c.Board] == nil {
			a.boards[c.Board] = &board{}
			a.boardIDs = append(a.boardIDs, c.Board)
		}
		a.boards[c.Board].last = max(a.boards[c.Board].last, c.Channel)
	}
	return nil
}

// fail stops everything: from here on only a new start knows what is on the disk.
func (a *Agent) fail(err error) error {
	if a.failed == nil {
		a.failed = fmt.Errorf("agent: the journal: %w", err)
		a.kick()
	}
	return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(err)
}

// kick wakes the loop.
func (a *Agent) kick() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// info says what the locker is like just now, to one session.
func (a *Agent) info(session byte, nonce [16]byte, mtu int) wire.Info {
	i := wire.Info{
		Session: session, Locker: a.raw, Nonce: nonce, TimeFloorS: uint32(a.floorS()), Quality: a.clock.quality(a.Now()),
		StaticKey: wire.StaticKeyID(a.static), MTU: uint16(min(max(mtu, 0), 65_535)),
	}
	copy(i.ReceiptHead[:], a.state.Head[:])
	i.Flags, i.MailSeq = wire.FlagTakesMail, uint32(a.desired)
	if len(a.state.Silent) > 0 {
		i.Flags |= wire.FlagBoardSilent
	}
	if a.busy() {
		i.Flags |= wire.FlagBusy
	}
	if a.dropOffsPaused() {
		i.Flags |= wire.FlagNoDropOffs
	}
	return i
}
