// Package locker assembles a locker out of its parts: the agent that decides, the journal it writes to, the lock boards
// on the serial line, the air, and the line to the network. The binary, the tests and the demo run the same assembly.
package locker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/ble"
	"lockhouse/edge/board"
	"lockhouse/edge/journal"
	"lockhouse/edge/uplink"
	"lockhouse/wire"
)

const (
	journalFile = "journal"
	desiredFile = "desired"
)

// Parts are what a locker is built with besides its config.
type Parts struct {
	Identity     Identity
	Compartments []lockhouse.Compartment
	Now          func() time.Time
	Random       io.Reader // cryptographic, and safe for use by several goroutines
	Log          *slog.Logger
	Version      string
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
}

// Open reads the journal and settles what the last run left under way. Nothing opens before Run.
func Open(c Config, p Parts) (*Locker, error) {
	issuers, err := c.Issuers()
	if err != nil {
		return nil, err
	}
	boards, err := c.boards(p.Compartments)
	if err != nil {
		return nil, err
	}
	kept, found, err := journal.Open(filepath.Join(c.StateDir, journalFile), p.Random)
	if err != nil {
		return nil, fmt.Errorf("the journal: %w", err)
	}
	if found.TornBytes > 0 {
		p.Log.Warn("the journal's last record was torn and is cut off", slog.Int64("bytes", found.TornBytes))
	}
	l := &Locker{config: c, parts: p, journal: kept, boards: boards}
	l.agent, err = agent.New(
		agent.Config{Locker: p.Identity.ID, Compartments: p.Compartments, Issuers: issuers, NotBefore: p.Identity.MadeAt},
		agent.Parts{Static: p.Identity.Static, Receipt: p.Identity.Receipt, Board: l.boards, Journal: l.disk(), Now: p.Now, Random: p.Random, Desired: keptFile(filepath.Join(c.StateDir, desiredFile))},
	)
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	return l, nil
}

// boards makes the driver of the lock boards, and refuses compartments on locks that no board of the dialect has.
func (c Config) boards(all []lockhouse.Compartment) (*board.Driver, error) {
	dialect, err := board.Named(c.BoardDialect)
	if err != nil {
		return nil, err
	}
	traits := dialect.Traits()
	for _, one := range all {
		if err := traits.Check(one.Board, one.Channel); err != nil {
			return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "Compartment %d: %s", one.Number, lockhouse.SentenceOf(err)).With("compartment", one.Number)
		}
	}
	return board.New(dialect, board.Serial(c.SerialPort, cmp.Or(c.SerialBaud, traits.Baud)), board.Settings{HookReversed: c.HookReversed}), nil
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
	if l.config.LineURL != "" {
		work.Go(func() { l.onLine(ctx) })
	}
	err := l.agent.Run(ctx)
	stop()
	work.Wait()
	return err
}

// Close gives journal and line back. Run must have ended.
func (l *Locker) Close() error { return errors.Join(l.boards.Close(), l.journal.Close()) }

// Latch is what this locker offers to a phone, over whatever radio.
func (l *Locker) Latch() ble.Latch { return latch{l.agent} }

// Agent is the one who decides; tests ask it what it knows.
func (l *Locker) Agent() *agent.Agent { return l.agent }

func (l *Locker) onAir(ctx context.Context) {
	err := ble.Serve(ctx, l.config.DBusAddress, ble.Options{Latch: l.Latch(), Name: l.advertName, Log: l.parts.Log})
	if err != nil && ctx.Err() == nil {
		l.parts.Log.Error("off the air", slog.Any("error", err))
	}
}

func (l *Locker) onLine(ctx context.Context) {
	line, err := uplink.New(uplink.Config{
		LineURL: l.config.LineURL, Locker: l.parts.Identity.ID, Key: l.parts.Identity.Receipt,
		Version: l.parts.Version, Board: l.config.BoardDialect, Random: l.parts.Random, Log: l.parts.Log,
	}, l.agent)
	if err != nil {
		l.parts.Log.Error("no line to the network", slog.Any("error", err))
		return
	}
	line.Run(ctx)
}

// advertName is the pseudonym of the day, by UTC.
func (l *Locker) advertName() string {
	raw, err := l.parts.Identity.ID.Bytes()
	if err != nil {
		return "" // an identity that was loaded has a good name
	}
	return wire.AdvertName(l.parts.Identity.Advert, raw, lockhouse.DayOf(l.parts.Now().UTC()))
}

// latch gives the agent's sessions the shape that the radios ask for.
type latch struct{ *agent.Agent }

func (l latch) Connect(peer string, mtu int, send func([]byte) error) (ble.Session, error) {
	return l.Agent.Connect(peer, mtu, send)
}
