package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lockhouse"
	"lockhouse/store/backup"
)

// loading is what a connection is told that fills a new file: until Finish there is nothing to lose. SQLite has 256 MB for
// everything here.
const loading = `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -64000; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;`

// partSuffix is behind the name of a file that is being filled.
const partSuffix = ".part"

// Sink fills a new file. It has another name until it is finished, so that a file of the right name is a whole store.
type Sink struct {
	conn *conn
	path string
}

var _ backup.Sink = (*Sink)(nil)

// NewSink makes an empty store of a schema, which may be older than this binary's. A file that is there is refused; the
// part of one from before is not, and begins anew.
func NewSink(ctx context.Context, path string, schema int64) (*Sink, error) {
	for _, is := range []string{path, path + "-wal", path + "-journal"} { // a log without its file would be taken for the new one's
		if _, err := os.Stat(is); !errors.Is(err, fs.ErrNotExist) {
			return nil, lockhouse.Refuse(lockhouse.CodeConflict, "There is %s already. Move it away first, or choose another data_dir.", is).Because(err)
		}
	}
	s := &Sink{path: path}
	part := path + partSuffix
	if err := errors.Join(removed(part), private(part), migrateTo(ctx, part, schema)); err != nil {
		return nil, errors.Join(err, removed(part))
	}
	c, err := open(part, loading)
	if err != nil {
		return nil, err
	}
	s.conn = c
	if err := s.empty(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, c.run(`BEGIN`)
}

// empty takes out the few rows that migrations put in.
func (s *Sink) empty() error {
	tables, err := tablesOf(&tx{conn: s.conn})
	for _, t := range tables {
		err = errors.Join(err, s.conn.run(`DELETE FROM `+quoted(t.Name)))
	}
	return err
}

// Load inserts rows.
func (s *Sink) Load(ctx context.Context, t backup.Table, rows [][]any) error {
	defer s.conn.SetInterrupt(s.conn.SetInterrupt(ctx))
	insert := `INSERT INTO ` + quoted(t.Name) + ` (` + list(t.Columns) + `) VALUES (` + marks(len(t.Columns)) + `)`
	for _, row := range rows {
		if err := s.conn.run(insert, row...); err != nil {
			return fmt.Errorf("a row of %s: %w", t.Name, err)
		}
	}
	return nil
}

// Count counts a table's rows.
func (s *Sink) Count(ctx context.Context, table string) (int64, error) {
	return countOf(ctx, s.conn, table)
}

// Finish checks the file, migrates it and gives it its name.
func (s *Sink) Finish(ctx context.Context) error {
	if err := s.conn.run(`COMMIT`); err != nil {
		return err
	}
	if err := s.sound(); err != nil {
		return err
	}
	if err := s.conn.Close(); err != nil {
		return err
	}
	s.conn = nil
	part := s.path + partSuffix
	if err := errors.Join(Migrate(ctx, part, func(string) {}), synced(part)); err != nil {
		return err
	}
	for _, beside := range []string{"-wal", "-shm"} { // empty: the last connection has moved the log into the file
		if err := removed(part + beside); err != nil {
			return err
		}
	}
	if err := os.Rename(part, s.path); err != nil {
		return err
	}
	return synced(filepath.Dir(s.path))
}

// sound looks for pages, rows and references that do not fit, in the tables in daily use. The past may have many gigabytes;
// its rows were counted.
func (s *Sink) sound() error {
	t := &tx{conn: s.conn}
	tables, err := tablesOf(t)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if strings.HasPrefix(table.Name, "past") {
			continue
		}
		said, _, err := one(t, (*row).text, `PRAGMA quick_check(`+quoted(table.Name)+`)`)
		if err == nil && said != "ok" {
			err = fmt.Errorf("the file is not sound: %s", said)
		}
		if err != nil {
			return err
		}
	}
	table, lost, err := one(t, (*row).text, `PRAGMA foreign_key_check`)
	if err == nil && lost {
		err = fmt.Errorf("a row of %s refers to one that is not there", table)
	}
	return err
}

// Close takes an unfinished file away.
func (s *Sink) Close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return errors.Join(err, removed(s.path+partSuffix))
}

// removed removes a file and what SQLite keeps beside it.
func removed(path string) (err error) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if gone := os.Remove(path + suffix); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// synced waits until a file or directory is on the disk.
func synced(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
