package network

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"lockhouse"
	"lockhouse/internal/keyfile"
	"lockhouse/store/backup"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
)

// BackupPlan says how a backup is written.
type BackupPlan struct {
	File       string
	Keys       bool            // with the network's keys: only for Recipients
	Recipients []age.Recipient // who can read it; none: everybody
	By         string          // the binary's version
	At         time.Time
	Progress   backup.Progress
	Checking   func() // the file is written, and is read again
}

// Backup writes the whole store as it is at one moment into a new file, while networks go on to use it, and reads the
// file again before it says that it is there. It gives what the file has, and the file's SHA-256.
func Backup(ctx context.Context, c Config, p BackupPlan) (s backup.Summary, sum [32]byte, err error) {
	if p.Keys && len(p.Recipients) == 0 {
		return s, sum, lockhouse.Refuse(lockhouse.CodeMalformed, "A backup with keys opens doors and names people: say for whom it is, by --passphrase-file or --recipient.")
	}
	e, err := c.engine()
	if err != nil {
		return s, sum, err
	}
	keys, err := p.keys(c.DataDir)
	if err != nil {
		return s, sum, err
	}
	source, err := e.source(ctx)
	if err != nil {
		return s, sum, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	out, err := os.OpenFile(p.File, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return s, sum, lockhouse.Refuse(lockhouse.CodeConflict, "%s is there already. A backup overwrites nothing: give another name.", p.File)
	}
	if err != nil {
		return s, sum, err
	}
	s, sum, err = p.write(ctx, out, source, keys)
	if err = errors.Join(err, out.Close()); err != nil { // half a backup is none
		return s, sum, errors.Join(err, os.Remove(p.File))
	}
	return s, sum, syncDir(filepath.Dir(p.File))
}

// source opens what there is to back up.
func (e engine) source(ctx context.Context) (backup.Source, error) {
	if e.postgres != nil {
		return postgres.OpenSource(ctx, *e.postgres)
	}
	return sqlite.OpenSource(ctx, e.file)
}

// keys reads the files that stand beside the store, if they are asked for.
func (p BackupPlan) keys(dir string) (keys []backup.Key, err error) {
	if !p.Keys {
		return nil, nil
	}
	for _, name := range []string{issuerFile, peopleFile} {
		content, err := keyfile.Read(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		keys = append(keys, backup.Key{Name: name, Content: content})
	}
	for _, name := range changingFiles {
		content, err := keyfile.Read(filepath.Join(dir, name))
		if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		keys = append(keys, backup.Key{Name: name, Content: content})
	}
	return keys, nil
}

// write fills the file, waits until the disk has it, and compares what the disk has with what was written.
func (p BackupPlan) write(ctx context.Context, out *os.File, source backup.Source, keys []backup.Key) (s backup.Summary, sum [32]byte, err error) {
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(out, hash), 1<<20)
	into, finish, err := p.sealed(buffered)
	if err != nil {
		return s, sum, err
	}
	if s, err = backup.Write(ctx, into, source, p.By, p.At, keys, p.Progress); err != nil {
		return s, sum, err
	}
	if err := errors.Join(finish(), buffered.Flush(), out.Sync()); err != nil {
		return s, sum, err
	}
	hash.Sum(sum[:0])
	p.Checking()
	return s, sum, p.check(out, s, sum)
}

// sealed encrypts to the recipients, if there are any.
func (p BackupPlan) sealed(out io.Writer) (io.Writer, func() error, error) {
	if len(p.Recipients) == 0 {
		return out, func() error { return nil }, nil
	}
	w, err := age.Encrypt(out, p.Recipients...)
	if err != nil {
		return nil, nil, fmt.Errorf("encrypt the backup: %w", err)
	}
	return w, w.Close, nil
}

// check reads the file again. Where it is sealed for others, only its bytes can be compared.
func (p BackupPlan) check(out *os.File, s backup.Summary, sum [32]byte) error {
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return err
	}
	hash := sha256.New()
	in := io.TeeReader(bufio.NewReaderSize(out, 1<<20), hash)
	if len(p.Recipients) == 0 {
		again, err := backup.Verify(in, func(int64) {})
		if err != nil {
			return fmt.Errorf("reading the backup again: %w", err)
		}
		if again.Hash != s.Hash {
			return fmt.Errorf("reading the backup again: %w", backup.ErrDamaged)
		}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return fmt.Errorf("reading the backup again: %w", err)
	}
	if [32]byte(hash.Sum(nil)) != sum {
		return fmt.Errorf("reading the backup again: %w", backup.ErrDamaged)
	}
	return nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
