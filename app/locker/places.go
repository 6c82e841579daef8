package locker

import (
	"cmp"
	"path/filepath"

	"lockhouse"
	"lockhouse/edge/board"
	"lockhouse/edge/uplink"
)

// JournalPath is where a locker with these settings keeps its journal.
func (c Config) JournalPath() string { return filepath.Join(c.StateDir, journalFile) }

// Boards makes the driver of the lock boards, and refuses compartments on locks that no board of the dialect has.
func (c Config) Boards(all []lockhouse.Compartment) (*board.Driver, error) {
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

// Line makes the line of these settings to the network, for an agent that speaks on it and phones that come over it.
func (c Config) Line(p Parts, a uplink.Agent, keys uplink.Keys, phones uplink.Phones) (*uplink.Uplink, error) {
	return uplink.New(uplink.Config{
		LineURL: c.LineURL, CAFile: c.CAFile, Locker: p.Identity.ID, Keys: keys,
		Version: p.Version, Board: c.BoardDialect, Phones: phones, Random: p.Random, Log: p.Log,
	}, a)
}
