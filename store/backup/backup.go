// Package backup writes all that a store keeps into one stream, and reads it into another store: the same engine or the
// other, of this schema or an older one. An engine gives its rows table by table out of one snapshot (Source) and takes them
// again (Sink); it knows nothing of streams.
//
// A stream begins with what it is, and ends with how many rows of each table it has and a hash of all that went before.
// Without that end it is not a backup: a stream that was cut, or whose content was changed in one bit, is refused before a
// row of it is written anywhere.
package backup

import (
	"context"
	"errors"
	"time"
)

// Table is a table and its columns, in the order in which rows have them.
type Table struct {
	Name    string
	Columns []string
}

// Source is a store's content at one moment. A value of a row is nil, an int64, a float64, a string or a []byte, and is
// the callee's.
type Source interface {
	Schema() int64
	Tables() []Table // each after those that it refers to
	Count(ctx context.Context, table string) (int64, error)
	Rows(ctx context.Context, t Table, each func(row []any) error) error
	Close() error
}

// Sink is an empty store of a schema, which nobody else uses.
type Sink interface {
	Load(ctx context.Context, t Table, rows [][]any) error
	Count(ctx context.Context, table string) (int64, error)
	// Finish brings the schema to this binary's version, checks the store and makes it durable. Only then is it a store.
	Finish(ctx context.Context) error
	Close() error // without Finish, nothing stays
}

// Head is what a backup says of itself.
type Head struct {
	Schema int64 // of the store
	At     time.Time
	By     string // the version of the binary that wrote it
	Tables []Table
}

// Key is a file with a secret of the network's, which stands beside the store and not in it.
type Key struct {
	Name    string
	Content []byte
}

// Summary is what is known of a backup that was read to its end.
type Summary struct {
	Head
	Rows map[string]int64 // by table
	Keys []Key
	Hash [32]byte
}

// All counts the rows of all tables.
func (s Summary) All() (n int64) {
	for _, rows := range s.Rows {
		n += rows
	}
	return n
}

// Progress is told, every some hundred rows, how many of all were done.
type Progress func(done, of int64)

// ErrDamaged says that a stream is not a whole backup: it was cut or changed.
var ErrDamaged = errors.New("backup: it is damaged")

// ErrNewer says that a stream is of a form that a newer Lockhouse writes.
var ErrNewer = errors.New("backup: a newer Lockhouse wrote it")

// rowsAtOnce is how many rows travel together.
const rowsAtOnce = 500

// Copy moves every row of a store into another one, without a stream between them, and compares their numbers.
func Copy(ctx context.Context, from Source, to Sink, progress Progress) (map[string]int64, error) {
	of, err := countAll(ctx, from)
	if err != nil {
		return nil, err
	}
	rows, done := map[string]int64{}, int64(0)
	for _, t := range from.Tables() {
		err := batches(ctx, from, t, func(batch [][]any) error {
			rows[t.Name] += int64(len(batch))
			done += int64(len(batch))
			progress(done, of)
			return to.Load(ctx, t, batch)
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, compare(ctx, rows, to)
}

func countAll(ctx context.Context, from Source) (all int64, err error) {
	for _, t := range from.Tables() {
		n, err := from.Count(ctx, t.Name)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}

// batches gives a table's rows by the hundred.
func batches(ctx context.Context, from Source, t Table, each func([][]any) error) error {
	var batch [][]any
	err := from.Rows(ctx, t, func(row []any) error {
		if batch = append(batch, row); len(batch) < rowsAtOnce {
			return nil
		}
		full := batch
		batch = nil
		return each(full)
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return each(batch)
}
