package network

import (
	"context"
	"errors"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/store/backup"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
)

// MovePlan says where a network's store goes.
type MovePlan struct {
	To       Store // of the config that the network will have
	Now      func() time.Time
	Say      func(step string)
	Progress backup.Progress
}

// Bounds of a move.
const (
	maxCatchUps   = 100_000 // rounds of 500 changed rows of each table
	movesTogether = "past"  // tables of this name's beginning are compared before the switch; they may be of any size
)

// Move moves the store from SQLite to PostgreSQL while networks use it. Everything is copied as it was at one moment;
// what is changed meanwhile is copied again, until little is left. Then, for a moment, nobody writes: the rest is copied,
// both are compared, and from then on the file refuses every write. Broken off before that, the file is in use as
// before, and the next Move begins anew.
func Move(ctx context.Context, c Config, p MovePlan) (err error) {
	from, err := c.engine()
	if err != nil {
		return err
	}
	if from.postgres != nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "The config's store is %s already. Give the config of the network on SQLite.", from.describe())
	}
	if err := p.To.check(); err != nil {
		return err
	}
	c.Store = p.To
	to, err := c.engine()
	if err != nil {
		return err
	}
	if to.postgres == nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Say to which PostgreSQL database it goes.")
	}
	if done, err := finishMove(ctx, from.file, *to.postgres, p); done || err != nil {
		return err
	}
	m, err := sqlite.OpenMoving(ctx, from.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if err := p.copyAll(ctx, m, from.file, *to.postgres); err != nil {
		return errors.Join(err, m.Abandon())
	}
	if err := p.follow(ctx, m, *to.postgres); err != nil {
		return errors.Join(err, m.Abandon())
	}
	return nil
}

// copyAll copies the store as it is at one moment, and compares what has arrived.
func (p MovePlan) copyAll(ctx context.Context, m *sqlite.Moving, file string, to postgres.Options) (err error) {
	if err := m.Begin(); err != nil {
		return err
	}
	source, err := sqlite.OpenSource(ctx, file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	sink, err := postgres.NewMirror(ctx, to, source.Schema())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	p.Say("copying, while the network goes on")
	if _, err := backup.Copy(ctx, source, sink, p.Progress); err != nil {
		return err
	}
	if err := sink.Finish(ctx); err != nil {
		return err
	}
	p.Say("comparing what was copied")
	arrived, err := postgres.OpenSource(ctx, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, arrived.Close()) }()
	return backup.Same(ctx, source, arrived, source.Tables(), func(rows int64) { p.Progress(rows, 0) })
}

// follow copies what is changed, until little is left, and switches.
func (p MovePlan) follow(ctx context.Context, m *sqlite.Moving, to postgres.Options) (err error) {
	mirror, err := postgres.OpenMirror(ctx, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, mirror.Close()) }()
	apply := func(all []sqlite.Changes) error {
		follow := make([]postgres.Follow, len(all))
		for i, c := range all {
			follow[i] = postgres.Follow{Table: c.Table, Key: m.Key(c.Table.Name), Rows: c.Rows, Gone: c.Gone}
		}
		return mirror.Apply(ctx, follow)
	}
	p.Say("copying what was changed meanwhile")
	copied := int64(0)
	for range maxCatchUps {
		n, more, err := m.CatchUp(ctx, apply)
		if err != nil {
			return err
		}
		copied += int64(n)
		p.Progress(copied, 0)
		if !more { // what has come since is little: the switch copies it while nobody writes
			break
		}
	}
	p.Say("the switch: nobody writes")
	began := p.Now()
	err = m.Switch(ctx, to.Describe(), began, apply, func(last backup.Source) error { return p.compare(ctx, last, mirror) })
	if err != nil {
		return err
	}
	if err := mirror.TakePlace(ctx); err != nil {
		return err
	}
	p.Say("it took " + p.Now().Sub(began).Round(time.Millisecond).String())
	return nil
}

// compare looks at both while nobody writes: at every row of what is in use, and at how many there are of the past, of
// which every row was compared before and those that have come since were copied whole.
func (p MovePlan) compare(ctx context.Context, last backup.Source, mirror *postgres.Mirror) (err error) {
	arrived, err := mirror.Source(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, arrived.Close()) }()
	var inUse []backup.Table
	for _, t := range last.Tables() {
		if !strings.HasPrefix(t.Name, movesTogether) {
			inUse = append(inUse, t)
			continue
		}
		a, err1 := last.Count(ctx, t.Name)
		b, err2 := arrived.Count(ctx, t.Name)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		if a != b {
			return lockhouse.Refuse(lockhouse.CodeConflict, "%d rows of %s are there, and %d have arrived. Nothing was switched; try again.", a, t.Name, b)
		}
	}
	return backup.Same(ctx, last, arrived, inUse, func(int64) {})
}

// finishMove ends a move that was cut off after the switch: the file refuses writes, and the database still has the mark of
// one that is not whole.
func finishMove(ctx context.Context, file string, to postgres.Options, p MovePlan) (done bool, err error) {
	moved, err := sqlite.MovedTo(file)
	if err != nil || moved == "" {
		return false, err
	}
	if moved != to.Describe() {
		return true, lockhouse.Refuse(lockhouse.CodeConflict, "The store was moved to %s before, not to %s.", moved, to.Describe())
	}
	mirror, err := postgres.OpenMirror(ctx, to)
	if err != nil {
		return true, err
	}
	p.Say("ending the move that was cut off after the switch")
	return true, errors.Join(mirror.TakePlace(ctx), mirror.Close())
}
