package agent

import (
	"errors"
	"syscall"
	"time"

	"lockhouse"
)

// disk is what the agent knows of a journal that takes nothing just now. What it refused is surely not kept, so memory and
// disk still agree, and nothing is in doubt: no door opens, and no arrow goes out, until a record is kept again. What the
// doors do meanwhile is remembered (door.unsaid), and said then.
type disk struct {
	why     error     // why it took nothing; nil while it does
	retryAt time.Time // when it is asked again
	retries bool      // it is being asked just now
	settled bool      // what the last run left is written down, and the start
	started bool      // the start is
}

func (d *disk) waits() bool { return d.why != nil }

// refused hears why a record was not written. One that was surely not kept costs nothing but itself.
func (a *Agent) refused(err error) error {
	if lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		return a.fail(err)
	}
	if a.disk.why == nil {
		a.announce()
	}
	a.disk.why, a.disk.retryAt = err, a.Now().Add(diskRetry)
	return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable).Because(err)
}

// retryDisk asks a disk that took nothing whether it does now, with the record that has waited longest.
func (a *Agent) retryDisk() {
	if !a.disk.waits() || a.Now().Before(a.disk.retryAt) {
		return
	}
	a.disk.retries = true
	defer func() { a.disk.retries = false }()
	var err error
	if a.disk.settled {
		err = a.write(record{Kind: recordTime})
	} else {
		err = a.settle()
	}
	if err == nil {
		a.disk.why = nil
		a.announce()
	}
}

// fault says in a few words what the matter is.
func (d *disk) fault() string {
	switch {
	case errors.Is(d.why, syscall.EROFS):
		return "disk read-only"
	case errors.Is(d.why, syscall.ENOSPC), errors.Is(d.why, syscall.EDQUOT):
		return "disk full"
	}
	return "disk"
}

// put writes a record with the receipt that says it to the outside. Where it can't be, nothing has changed: the disk is asked
// again, or the agent stops.
func (a *Agent) put(r record, says lockhouse.ReceiptKind, op *opening) (receipt []byte, ok bool) {
	if a.disk.waits() && !a.disk.retries {
		return nil, false
	}
	receipt, err := a.says(says, int(r.Number), op)
	if err != nil {
		_ = a.fail(err)
		return nil, false
	}
	r.Receipt = receipt
	return receipt, a.write(r) == nil
}
