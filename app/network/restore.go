package network

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"lockhouse"
	"lockhouse/internal/keyfile"
	"lockhouse/store/backup"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
)

// RestorePlan says what is restored.
type RestorePlan struct {
	File       string
	Identities []age.Identity // that can open it, if it is sealed
	Checking   func(rows int64)
	Progress   backup.Progress
}

// Restore reads a backup into the configured store, of whichever engine, where nothing may be yet. The whole file is
// checked first; what is not whole leaves nothing behind. It gives what the backup has.
func Restore(ctx context.Context, c Config, p RestorePlan) (s backup.Summary, err error) {
	if err := c.Check(); err != nil {
		return s, err
	}
	e, err := c.engine()
	if err != nil {
		return s, err
	}
	if s, err = p.verify(); err != nil {
		return s, err
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return s, fmt.Errorf("data directory: %w", err)
	}
	if err := checkKeys(c.DataDir, s.Keys); err != nil {
		return s, err
	}
	sink, err := e.sink(ctx, s.Schema)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, sink.Close()) }()
	if err := p.load(ctx, sink, s); err != nil {
		return s, err
	}
	if err := putKeys(c.DataDir, s.Keys); err != nil { // before the store: a store without its keys is refused
		return s, err
	}
	return s, sink.Finish(ctx)
}

// sink makes the empty store.
func (e engine) sink(ctx context.Context, schema int64) (backup.Sink, error) {
	if e.postgres != nil {
		return postgres.NewSink(ctx, *e.postgres, schema)
	}
	return sqlite.NewSink(ctx, e.file, schema)
}

func (p RestorePlan) verify() (s backup.Summary, err error) {
	err = p.read(func(in io.Reader) error {
		s, err = backup.Verify(in, p.Checking)
		return err
	})
	switch {
	case errors.Is(err, backup.ErrNewer):
		err = lockhouse.Refuse(lockhouse.CodeConflict, "%s was written by a newer Lockhouse. Restore it with that one.", p.File).Because(err)
	case errors.Is(err, backup.ErrDamaged):
		err = lockhouse.Refuse(lockhouse.CodeMalformed, "%s is not a whole backup: it was cut or changed. Nothing was restored; take another copy of it.", p.File).Because(err)
	}
	return s, err
}

// restoredAhead is by how much a restored network numbers on what it wants of its lockers: more than they were told since the backup, by a
// network that is forgotten now. Otherwise the next word would have a number that a locker heard with another one.
const restoredAhead = 1 << 20

// ahead is a store that begins so.
type ahead struct{ backup.Sink }

// Load numbers on what is wanted of lockers, and loads all else as it is.
func (a ahead) Load(ctx context.Context, t backup.Table, rows [][]any) error {
	at := slices.Index(t.Columns, "desired_version")
	for _, row := range rows {
		if at < 0 {
			break
		}
		if version, ok := row[at].(int64); ok {
			row[at] = version + restoredAhead
		}
	}
	return a.Sink.Load(ctx, t, rows)
}

// load reads the file a second time. It must still be the one that was checked.
func (p RestorePlan) load(ctx context.Context, sink backup.Sink, checked backup.Summary) error {
	return p.read(func(in io.Reader) error {
		s, err := backup.Read(ctx, in, ahead{sink}, checked.All(), p.Progress)
		if err == nil && s.Hash != checked.Hash {
			err = lockhouse.Refuse(lockhouse.CodeConflict, "%s was changed while it was read. Nothing was restored.", p.File)
		}
		return err
	})
}

// read opens the file, and its seal if it has one.
func (p RestorePlan) read(do func(io.Reader) error) (err error) {
	f, err := os.Open(p.File)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReaderSize(f, 1<<20)
	head, err := in.Peek(backup.HeadBytes)
	if err == nil && backup.Is(head) || !bytes.HasPrefix(head, []byte("age-")) {
		return do(in)
	}
	if len(p.Identities) == 0 {
		return lockhouse.Refuse(lockhouse.CodeForbidden, "%s is sealed. Give what opens it: --passphrase-file or --identity.", p.File)
	}
	opened, err := age.Decrypt(in, p.Identities...)
	if err != nil {
		return lockhouse.Refuse(lockhouse.CodeForbidden, "%s can't be opened with what was given: another passphrase or identity sealed it, or it is damaged.", p.File).Because(err)
	}
	return do(opened)
}

// checkKeys refuses to put other keys in place of those that are there.
func checkKeys(dir string, keys []backup.Key) error {
	for _, k := range keys {
		if !slices.Contains(append([]string{issuerFile, peopleFile}, changingFiles...), k.Name) {
			return lockhouse.Refuse(lockhouse.CodeConflict, "The backup has a key that this Lockhouse does not know, %q. Restore it with the one that wrote it.", k.Name)
		}
		path := filepath.Join(dir, k.Name)
		is, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(is, k.Content) {
			return lockhouse.Refuse(lockhouse.CodeConflict, "%s is another key than the backup's. Move it away first.", path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func putKeys(dir string, keys []backup.Key) error {
	for _, k := range keys {
		if err := keyfile.Write(filepath.Join(dir, k.Name), k.Content); err != nil {
			return err
		}
	}
	return nil
}

// MissingKeys names the key files that must still be put into a network's data directory before it can start.
func MissingKeys(c Config) (missing []string) {
	for _, name := range []string{issuerFile, peopleFile} {
		path := filepath.Join(c.DataDir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, path)
		}
	}
	return missing
}
