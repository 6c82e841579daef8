// Package locker assembles a locker out of its parts: the agent that decides, the journal it writes to, the lock boards
// on the serial line, the air, the panel, and the line to the network. The binary, the tests and the demo run the same assembly.
package locker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/ble"
	"lockhouse/edge/board"
	"lockhouse/edge/journal"
	"lockhouse/edge/panel"
	"lockhouse/edge/uplink"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

const (
	journalFile = "journal"
	desiredFile = "desired"
	knownFile   = "known"
	figuresFile = "figures"
)

// Parts are what a locker is built with besides its config.
type Parts struct {
	Identity     Identity
	Compartments []lockhouse.Compartment
	Now          func() time.Time
	Local        *time.Location // the machine's; nil: it was never told
	Random       io.Reader      // cryptographic, and safe for use by several goroutines
	Log          *slog.Logger
	Version      string
	Alive        func()    // if set, called while the agent's loop turns and the journal stands: at least every 20 s
	Launched     *Launched // nil: nobody would start another version
	// Journal, if set, stands between the agent and the disk: tests cut the power there.
	Journal func(agent.Journal) agent.Journal
}

// Locker is one locker, from Open to Close.
type Locker struct {
	config  Config
	parts   Parts
	agent   *agent.Agent
	boards  *board.Driver
	journal *journal.Journal
	line    *uplink.Uplink // nil without a network to call
	panel   *panel.Panel   // nil where there is none
	air     air
	gaveUp  atomic.Pointer[string] // of an update, for the network; nil for nothing
	aged    atomic.Pointer[string] // what comes to its end soon; nil before the first look
	retired chan struct{}          // closed when the network has this locker forget its keys
}

// Open reads the journal and settles what the last run left under way. Nothing opens before Run.
func Open(c Config, p Parts) (*Locker, error) {
	issuers, err := c.Issuers()
	if err != nil {
		return nil, err
	}
	boards, err := c.Boards(p.Compartments)
	if err != nil {
		return nil, err
	}
	keysets, err := p.keysets(c)
	if err != nil {
		return nil, err
	}
	kept, found, err := journal.Open(c.JournalPath(), p.Random)
	if err != nil {
		return nil, fmt.Errorf("the journal: %w", err)
	}
	if found.TornBytes > 0 {
		p.Log.Warn("the journal's last record was torn and is cut off", slog.Int64("bytes", found.TornBytes))
	}
	l := &Locker{config: c, parts: p, journal: kept, boards: boards, retired: make(chan struct{})}
	l.agent, err = agent.New(
		agent.Config{Locker: p.Identity.ID, Compartments: p.Compartments, Trusted: credential.Trusted{Issuers: issuers, Shared: p.Identity.Advert}, Presence: c.presence(), NotBefore: p.Identity.MadeAt},
		agent.Parts{Static: p.Identity.Static, Receipt: p.Identity.Receipt, Board: l.boards, Journal: l.disk(), Now: p.Now, Random: p.Random, Alive: p.Alive, KeepIssuers: c.keepIssuers, Keysets: keysets,
			Desired:  keptFile{filepath.Join(c.StateDir, desiredFile), credential.MaxDesiredBytes},
			Known:    keptFile{filepath.Join(c.StateDir, knownFile), credential.MaxCommandBytes},
			Measured: keptFile{filepath.Join(c.StateDir, figuresFile), wire.MaxFiguresBytes}},
	)
	if err == nil && c.LineURL != "" {
		l.line, err = c.Line(p, spoken{l.agent, l}, l.agent, phones{l.agent})
	}
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	if l.line != nil {
		l.line.Retire = sync.OnceFunc(func() { close(l.retired) })
	}
	l.panel = c.newPanel(p, l.agent)
	return l, nil
}

// keysets finishes what the last run left half done of a change of keys, and gives what keeps them. Nil: the identity lies nowhere, and
// its keys can't change.
func (p *Parts) keysets(c Config) (agent.Keysets, error) {
	k := p.Identity.Keysets
	if k == nil {
		return nil, nil
	}
	k.random, k.onTrial = p.Random, func() bool { return c.onTrial(*p) }
	own, _, err := k.load(k.at.Present) // which may have changed since the identity was read
	if err != nil {
		return nil, err
	}
	p.Identity.Static, p.Identity.Receipt, p.Identity.Advert = own.Static, own.Receipt, own.Shared
	return k, k.sweep()
}

func (l *Locker) disk() agent.Journal {
	if l.parts.Journal != nil {
		return l.parts.Journal(l.journal)
	}
	return l.journal
}

// Run is the locker at work: doors, air and line, until ctx ends. It returns an error when the journal fails: start
// anew then, from what is on the disk.
func (l *Locker) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var work sync.WaitGroup
	if l.config.Bluetooth {
		work.Go(func() { l.onAir(ctx) })
	}
	if l.line != nil {
		work.Go(func() { l.line.Run(ctx) })
	}
	if l.panel != nil {
		work.Go(func() { l.panel.Run(ctx) })
	}
	work.Go(func() { l.followAges(ctx) })
	work.Go(func() {
		if err := l.tellCondition(ctx); err != nil {
			l.parts.Log.Warn("the locker can't be asked how it is; lockhouse-agent doctor will know less", slog.Any("error", err))
		}
	})
	if l.config.Updates.URL != "" && l.parts.Launched != nil {
		work.Go(func() {
			if l.follow(ctx) {
				stop()
			}
		})
	}
	work.Go(func() {
		select {
		case <-l.retired:
			stop()
		case <-ctx.Done():
		}
	})
	err := l.agent.Run(ctx)
	stop()
	work.Wait()
	select {
	case <-l.retired:
		l.parts.Log.Warn("this locker was retired, and forgets its keys")
		return errors.Join(err, ForgetIdentity(l.config.StateDir))
	default:
		return err
	}
}

// Close gives journal and line back. Run must have ended.
func (l *Locker) Close() error { return errors.Join(l.boards.Close(), l.journal.Close()) }

// Latch is what this locker offers to a phone, over whatever radio.
func (l *Locker) Latch() ble.Latch { return latch{l.agent} }

// Panel is what serves people without a phone; nil where there is none.
func (l *Locker) Panel() *panel.Panel { return l.panel }

// Agent is the one who decides; tests ask it what it knows.
func (l *Locker) Agent() *agent.Agent { return l.agent }

func (l *Locker) onAir(ctx context.Context) {
	err := ble.Serve(ctx, l.config.DBusAddress, ble.Options{Latch: l.Latch(), Name: l.advertName, OnAir: func(reason error) { l.air.heard(l.parts.Now(), reason) }, Log: l.parts.Log})
	if err != nil && ctx.Err() == nil {
		l.parts.Log.Error("off the air", slog.Any("error", err))
	}
}

// advertName is the pseudonym of the day, by UTC: what the network said counts, then the machine's clock where it can be right.
func (l *Locker) advertName() string {
	raw, err := l.parts.Identity.ID.Bytes()
	if err != nil {
		return "" // an identity that was loaded has a good name
	}
	day := lockhouse.DayOf(l.today().UTC())
	return wire.AdvertName(l.agent.NamesKey(day), raw, day)
}

// spoken is the agent as the network hears of it: being off the air is a fault too, and where there is none, what comes to its end
// soon, and an update that was given up.
type spoken struct {
	*agent.Agent
	locker *Locker
}

// Health says how the locker is.
func (s spoken) Health() wire.Health {
	h := s.Agent.Health()
	h.Fault = worst(h.Fault, s.locker.air.fault(s.locker.parts.Now()))
	for _, lesser := range []*string{s.locker.aged.Load(), s.locker.gaveUp.Load()} {
		if h.Fault == "" && lesser != nil {
			h.Fault = *lesser
		}
	}
	return h
}

func (l *Locker) today() time.Time {
	floor, machine := l.agent.Floor(), l.parts.Now()
	if l.agent.TimeQuality() == lockhouse.TimeFloor && machine.After(floor) {
		return machine
	}
	return floor
}

// latch gives the agent's sessions the shape that the radios ask for.
type latch struct{ *agent.Agent }

func (l latch) Connect(peer string, mtu int, send func([]byte) error) (ble.Session, error) {
	return l.Agent.Connect(peer, mtu, send)
}

// phones gives the agent's sessions over the line the shape that the line asks for.
type phones struct{ *agent.Agent }

func (p phones) ConnectRelayed(peer string, send func([]byte) error) (uplink.Session, error) {
	return p.Agent.ConnectRelayed(peer, send)
}
