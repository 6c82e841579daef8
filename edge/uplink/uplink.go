// Package uplink is the locker's line to its network: one NATS connection that the locker opens, by TLS, so that nothing at
// the site has to be reachable from outside. Receipts go up, acknowledgements and the signed time come down.
//
// The locker never needs the line to open a door. It needs it for its news to arrive, and so the line's whole skill is
// to come back: after any end it calls again, waiting longer each time, with chance in it, so that lockers that lost
// their network together don't all call at once.
//
// Receipts are given from the first that the network has not applied, one delivery at a time, and only an
// acknowledgement moves on. A line that is cut anywhere therefore costs a repetition and never a receipt; that a
// repetition has no effect is the network's part (each receipt has a number). The other end may talk nonsense, too much
// or not at all: it gets hung up on, and nothing grows.
//
// conn.go opens the connection and proves who the locker is, secure.go looks at the other end's certificate and shows the locker's, greet.go is how the two begin, line.go what they say then.
// wire/uplink.go has the messages.
package uplink

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/wire"
)

// Bounds of calling again.
const (
	firstWaitMS = 1_000
	maxWaitMS   = 60_000
	steadyS     = 30 // a line that lived that long was a good one: the next wait is the first again
)

// Agent is what the line needs of the locker's agent.
type Agent interface {
	// ReceiptsAfter gives receipts with numbers above seq, in order. The newest there is stays with the agent even when
	// it was acknowledged.
	ReceiptsAfter(seq uint64, limit int) [][]byte
	// Acknowledged says that the network has applied all receipts up to seq; one that was never written says that the
	// agent has lost its memory.
	Acknowledged(seq uint64)
	// Watch gives a channel that receives some time after there is a new receipt.
	Watch() (changed <-chan struct{}, stop func())

	// TimeNonce draws a nonce, and SetTime takes the statement that answers it, or refuses it.
	TimeNonce() ([wire.TimeNonceBytes]byte, error)
	SetTime(statement []byte) error

	// SetDesired takes the network's signed word on how the locker is to be, or refuses it. Obey decides about a command, and
	// gives the verb of one that is to be done.
	SetDesired(statement []byte) error
	Obey(command []byte) (lockhouse.CommandVerb, lockhouse.Outcome)

	// Floor gives a time that has surely come.
	Floor() time.Time

	Health() wire.Health
	// Openings takes what there is to say of how long doors took to open: at most wire.MaxOpenings.
	Openings() []wire.Opening
	// Figures gives what the agent measured of itself and the network may not have, the oldest days first; FiguresCounted says up
	// to where the network has them, and tells whether there is more to say. Lined says whether the line is up.
	Figures() []lockhouse.Figures
	FiguresCounted(day lockhouse.Day, throughS int) (more bool)
	Lined(up bool)
	Boot() uint32
}

// Config says who calls whom.
type Config struct {
	LineURL string // such as tls://parcels.example:7422; nats:// is for a network on this machine
	CAFile  string // certificates by which the network is known, PEM, one or several; empty: the machine's own
	Locker  lockhouse.LockerID
	Keys    Keys      // of the locker
	Version string    // of the agent's program
	Phones  Phones    // that come over the line; nil: none may
	Board   string    // dialect of the lock boards
	Random  io.Reader // for chance in the waits
	Retire  func()    // called when the network has noted that this locker takes nothing more, and has it forget its keys; nil: it can't
	Log     *slog.Logger
}

// Keys are a locker's, as the line needs them. They change where the network commands it.
type Keys interface {
	// CallKey gives the receipt key with which the locker calls: the present one, or the former one, nil where none is taken.
	CallKey(former bool) crypto.Signer
	// KeyCard says which keyset the locker has next, and Rekeyed that it uses it; nothing where there is nothing to say.
	KeyCard() []byte
	Rekeyed() []byte
	// Shown gives the present keyset's card, and the network's word from when it was known to it.
	Shown() (card, known []byte)
}

// OneKey is a locker that has one receipt key for good.
type OneKey struct{ crypto.Signer }

// CallKey gives the one key.
func (k OneKey) CallKey(former bool) crypto.Signer {
	if former {
		return nil
	}
	return k.Signer
}

// KeyCard, Rekeyed and Shown say nothing.
func (OneKey) KeyCard() []byte             { return nil }
func (OneKey) Rekeyed() []byte             { return nil }
func (OneKey) Shown() (card, known []byte) { return nil, nil }

// Uplink is a locker's line, up or down.
type Uplink struct {
	Config
	agent     Agent
	address   *url.URL
	firstWait time.Duration
	mostWait  time.Duration
	pingEvery time.Duration
	open      func(context.Context) (conn, error)

	former bool // it calls with the former key: the network did not know the present one

	mu    sync.Mutex
	state State
}

// New makes a line that Run opens. It refuses an address that is none.
func New(c Config, agent Agent) (*Uplink, error) {
	address, err := url.Parse(c.LineURL)
	if err != nil || address.Scheme != "tls" && address.Scheme != "nats" || address.Hostname() == "" || address.Port() == "" {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "The network's line %q can't be called; give one like tls://parcels.example:7422.", c.LineURL).
			With("field", "line_url").Because(err)
	}
	u := &Uplink{Config: c, agent: agent, address: address, firstWait: firstWaitMS * time.Millisecond, mostWait: maxWaitMS * time.Millisecond, pingEvery: pingS * time.Second}
	u.open = u.dial
	return u, nil
}

// Run keeps the line up until ctx ends.
func (u *Uplink) Run(ctx context.Context) {
	wait := u.firstWait
	for {
		began := time.Now()
		progress, err := u.call(ctx)
		if ctx.Err() != nil {
			return
		}
		if progress || time.Since(began) > steadyS*time.Second {
			wait = u.firstWait
		}
		u.note(false, err)
		rest := u.chance(wait)
		u.Log.Warn("uplink: down", slog.Any("error", err), slog.Duration("again_in", rest))
		if !sleep(ctx, rest) {
			return
		}
		wait = min(2*wait, u.mostWait)
	}
}

// call is the life of one line. progress tells whether receipts were acknowledged on it.
func (u *Uplink) call(ctx context.Context) (progress bool, err error) {
	conn, err := u.open(ctx)
	u.former = errors.Is(err, nats.ErrAuthorization) && !u.former // the one, then the other, then the one
	if err != nil {
		return false, err
	}
	defer conn.hangUp()
	applied, err := u.greet(ctx, conn)
	if err != nil {
		return false, err
	}
	u.note(true, nil)
	u.agent.Lined(true)
	defer u.agent.Lined(false)
	u.Log.Info("uplink: up", slog.String("network", u.address.Host))
	l := &line{Uplink: u, conn: conn, relays: &relays{conn: conn, phones: u.Phones, open: map[string]Session{}}}
	l.acknowledge(applied)
	err = l.talk(ctx)
	return l.progress, err
}

// key gives the receipt key with which this call is made.
func (u *Uplink) key() crypto.Signer {
	if u.former {
		if former := u.Keys.CallKey(true); former != nil {
			return former
		}
	}
	return u.Keys.CallKey(false)
}

// chance gives a wait between half of the one given and all of it.
func (u *Uplink) chance(wait time.Duration) time.Duration {
	var b [4]byte
	if _, err := io.ReadFull(u.Random, b[:]); err != nil {
		return wait
	}
	share := float64(binary.BigEndian.Uint32(b[:])) / (1 << 32)
	return wait/2 + time.Duration(share*float64(wait/2))
}

func sleep(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func refused(m wire.Refused) error {
	return fmt.Errorf("uplink: the network refused what this locker said: %s", m.Code)
}

func unexpected(message any, instead string) error {
	return fmt.Errorf("%w: %T where %s was due", wire.ErrUplink, message, instead)
}
