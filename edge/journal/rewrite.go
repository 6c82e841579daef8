package journal

import (
	"errors"
	"fmt"
	"io"
)

// newSuffix is what an unfinished journal's name ends with, until it is whole and takes the place of the old one.
const newSuffix = ".new"

// Rewrite puts these records in place of all that were kept: wholly, or, when it returns an error, not at all. After a
// power cut on the way there is the old journal or the new one. CodeFailed leaves open which, until the next Open.
func (j *Journal) Rewrite(records [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	end := int64(headerBytes)
	for _, r := range records {
		if err := j.admits(end, r); err != nil {
			return err
		}
		end += frameBytes + int64(len(r))
	}
	if j.failed != nil {
		return j.failed
	}
	if err := j.resume(); err != nil {
		return err
	}
	return j.replace(records)
}

// replace writes a new file beside the old, has it on the disk, gives it the old one's name, and has that on the disk
// too: a record that is added to a file whose name a power cut takes back would be lost.
func (j *Journal) replace(records [][]byte) error {
	fresh, s, end, err := j.write(records)
	if err != nil {
		return j.unchanged(err)
	}
	if err := j.disk.Rename(j.path+newSuffix, j.path); err != nil {
		return j.unchanged(errors.Join(err, fresh.Close()))
	}
	if j.file != nil {
		_ = j.file.Close() // nothing of it is wanted any more
	}
	j.file, j.salt, j.end = fresh, s, end
	if err := j.disk.SyncDir(j.path); err != nil {
		return j.fail(fmt.Errorf("fsync of the directory: %w", err))
	}
	return nil
}

// unchanged clears away a new file that was not finished. The old one is as it was.
func (j *Journal) unchanged(cause error) error {
	_ = j.disk.Remove(j.path + newSuffix) // else Open does
	return notKept(cause)
}

// write makes the new file, on the disk and still open.
func (j *Journal) write(records [][]byte) (f file, s salt, end int64, err error) {
	if _, err := io.ReadFull(j.random, s[:]); err != nil {
		return nil, s, 0, fmt.Errorf("drawing a salt: %w", err)
	}
	body := headerOf(s)
	for _, r := range records {
		body = frameOf(body, s, int64(len(body)), r)
	}
	if f, err = j.disk.Create(j.path + newSuffix); err != nil {
		return nil, s, 0, err
	}
	if _, err = f.WriteAt(body, 0); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return nil, s, 0, errors.Join(err, f.Close())
	}
	return f, s, int64(len(body)), nil
}
