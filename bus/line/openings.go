package line

import (
	"lockhouse"
	"lockhouse/wire"
)

// Watcher is told what lockers say for whoever watches, and keeps the line waiting for nothing.
type Watcher interface {
	Opened(locker lockhouse.LockerID, m wire.Openings)
}

func (d *Desk) openings(locker lockhouse.LockerID, m wire.Openings) {
	if d.Watcher != nil {
		d.Watcher.Opened(locker, m)
	}
}
