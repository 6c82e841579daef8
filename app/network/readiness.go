package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"

	"lockhouse/store"
	"lockhouse/watch"
)

// checks are what the network needs to be ready. What it can work without is not vital: mails and webhooks wait, and a
// locker opens its doors alone.
func (n *Network) checks() []watch.Check {
	return []watch.Check{
		{Name: "store answers", Vital: true, Look: func(ctx context.Context) error {
			return n.store.View(ctx, func(tx store.Tx) error {
				_, err := tx.SitesVersion()
				return err
			})
		}},
		{Name: "store writes", Vital: true, Look: func(context.Context) error {
			if n.watching.writes.failing(n.parts.Now()) {
				return fmt.Errorf("a write failed within the last %d s, and none has succeeded since", int(writesFailFor/time.Second))
			}
			return nil
		}},
		{Name: "room on the disk", Vital: true, Look: func(context.Context) error { return n.diskAbove(1) }},
		{Name: "room on the disk for long", Look: func(context.Context) error { return n.diskAbove(2) }},
		{Name: "sites are read", Vital: true, Look: func(context.Context) error { return n.searchBehind(math.MaxInt64) }},
		{Name: "search keeps up", Look: func(context.Context) error { return n.searchBehind(searchMayLag) }},
		{Name: "bus", Look: func(context.Context) error {
			if !n.BusStatus().Connected {
				return errors.New("no connection to NATS; lockers keep their news until there is one")
			}
			return nil
		}},
		{Name: "events are heard", Look: func(context.Context) error {
			if n.watching.backlog.behind() {
				return errors.New("too many wait; shops are sent away")
			}
			return nil
		}},
	}
}

// searchMayLag is how old what the search knows may be before it is said so.
const searchMayLag = 10 * time.Second

// searchBehind fails while the search knows nothing, or nothing newer than some time.
func (n *Network) searchBehind(most time.Duration) error {
	asOf := n.rooms.checkout.AsOf()
	if asOf.IsZero() {
		return errors.New("the search is still reading them")
	}
	if behind := n.parts.Now().Sub(asOf); behind > most {
		return fmt.Errorf("the search is %d s behind the store", int(behind/time.Second))
	}
	return nil
}

// diskAbove fails with less room on the disk than some times the floor.
func (n *Network) diskAbove(times int) error {
	free, err := freeMB(n.config.DataDir)
	if err != nil {
		return err
	}
	if floor := times * n.config.Watch.DiskFloorMB; free < int64(floor) {
		return fmt.Errorf("%d MB are free, less than %d", free, floor)
	}
	return nil
}

func freeMB(dir string) (int64, error) {
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("asking for the disk's room: %w", err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize) >> 20, nil
}
