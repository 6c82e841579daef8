// Package journal is the locker's memory: a file to which records are added and from which nothing is ever taken away,
// so that the agent knows after a power cut what it had done. A record that Append accepted is on the disk: the agent
// appends before it pulses a lock, and only then moves.
//
// The power may go at any moment, so the file may end in half a record. That half was never promised to anybody; it is
// cut off at the next Open, and reported. Damage anywhere else is different: records that were promised are gone, and
// the journal refuses to open rather than forget them in silence.
//
// A disk that is full, or can only be read, costs one record: what was written of it is taken back, and the journal works
// again when the disk does. It can be opened on such a disk, too, and is then read; what Open has to write waits for the
// first Append. An fsync that fails is worse. The kernel may have thrown the data away and call the next fsync good (LWN
// "PostgreSQL's fsync() surprise", 2018; Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC
// 2020), so the journal takes nothing more until it is opened again, and Open writes the last record anew: what can be
// read might be in memory alone.
//
// record.go has the format, open.go how a file is judged, rewrite.go how it is made smaller, disk.go what is asked of
// the machine.
package journal

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"

	"lockhouse"
)

// Limits. A journal that comes near MaxFileBytes is due for Rewrite.
const (
	MaxRecordBytes = 64 << 10
	MaxFileBytes   = 32 << 20
)

// What can go wrong, besides lockhouse.CodeNotKept: the record was surely not kept, and the journal goes on.
const (
	CodeFailed  lockhouse.Code = "journal_failed"  // the disk failed; whether the record was kept is not known
	CodeDamaged lockhouse.Code = "journal_damaged" // records that were kept can't be read
	CodeBusy    lockhouse.Code = "journal_busy"    // another agent has it
)

// Journal is an open journal. Its methods may be called from several goroutines; they take turns.
type Journal struct {
	path   string
	disk   disk
	random io.Reader
	lock   io.Closer

	mu     sync.Mutex
	file   file
	salt   salt
	end    int64        // where the next record goes
	failed error        // why nothing more is taken
	due    func() error // what Open could not write; nil where it could
}

// Append keeps a record of 1 to MaxRecordBytes bytes. When it returns nil, the record outlives a power cut. With
// lockhouse.CodeNotKept and CodeMalformed it was surely not kept; with CodeFailed that is not known before the next Open.
func (j *Journal) Append(record []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.admits(j.end, record); err != nil {
		return err
	}
	if err := j.resume(); err != nil {
		return err
	}
	frame := frameOf(nil, j.salt, j.end, record)
	if n, err := j.file.WriteAt(frame, j.end); err != nil {
		return j.takeBack(n, err)
	}
	if err := j.file.Sync(); err != nil {
		return j.fail(fmt.Errorf("fsync: %w", err))
	}
	j.end += int64(len(frame))
	return nil
}

// admits refuses what can't be kept.
func (j *Journal) admits(end int64, record []byte) error {
	if j.failed != nil {
		return j.failed
	}
	if n := len(record); n < 1 || n > MaxRecordBytes {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A journal record has 1 to %d bytes, not %d.", MaxRecordBytes, n)
	}
	if end+frameBytes+int64(len(record)) > MaxFileBytes {
		return lockhouse.Refuse(lockhouse.CodeNotKept, "The journal has reached its limit of %d MiB; it takes records again when it has been made smaller.", MaxFileBytes>>20)
	}
	return nil
}

// takeBack removes what a failed write left of a record: a disk that can only be read left nothing, and can't be asked to.
func (j *Journal) takeBack(written int, cause error) error {
	if written == 0 && errors.Is(cause, syscall.EROFS) {
		return notKept(cause)
	}
	if err := j.file.Truncate(j.end); err != nil {
		return j.fail(errors.Join(cause, fmt.Errorf("taking it back: %w", err)))
	}
	return notKept(cause)
}

// notKept tells of a record that was not kept, and of nothing that was lost.
func notKept(cause error) error {
	switch {
	case errors.Is(cause, syscall.EROFS):
		return lockhouse.Refuse(lockhouse.CodeNotKept, "The disk of the locker can only be read; no door can be opened before it can be written to.").Because(cause)
	case passes(cause), errors.Is(cause, syscall.EFBIG):
		return lockhouse.Refuse(lockhouse.CodeNotKept, "The disk of the locker is full; no door can be opened before there is room on it.").Because(cause)
	}
	return lockhouse.Refuse(lockhouse.CodeNotKept, "The disk of the locker did not take a record; nothing was kept of it.").Because(cause)
}

// passes tells whether a disk that refused to be written to may yet come round by itself, or by a technician's hand: it is full,
// or can only be read. What can be read of it can be relied on.
func passes(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS)
}

// fail closes the journal to further records.
func (j *Journal) fail(cause error) error {
	j.failed = lockhouse.Refuse(CodeFailed, "The disk of the locker failed. Nothing more is kept until the agent is started again; check the disk.").Because(cause)
	return j.failed
}

// Replay gives every record from the first to the last. The bytes are good until each returns; an error of its own ends
// the replay. Each must not call the journal.
func (j *Journal) Replay(each func(record []byte) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return j.failed
	}
	found, err := walk(j.file, j.salt, j.end, each)
	if err != nil {
		return err
	}
	if found.end != j.end {
		return damaged(j.path, found.end)
	}
	return nil
}

// Bytes gives the size of the file: what Rewrite could save, and how near MaxFileBytes is.
func (j *Journal) Bytes() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.end
}

// Close gives the journal back for another agent to open.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.file.Close(), j.lock.Close())
	j.file = nil
	j.failed = lockhouse.Refuse(CodeFailed, "The journal is closed.")
	return err
}

func damaged(path string, at int64) error {
	return lockhouse.Refuse(CodeDamaged,
		"The journal %s is damaged at byte %d, before records that were kept. The agent does not start on it: keep the file, and have the locker's compartments checked before it gets a new one.",
		path, at).With("byte", at)
}
