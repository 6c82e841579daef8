package probe

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lockhouse"
)

const (
	pulseWatchMS = 4_000   // after a pulse, for a hook to move
	handWatchMS  = 120_000 // for a door to be moved by hand
	settleMS     = 300     // after the first hook has moved: another may follow
	lookMS       = 50      // between two looks
)

// Locks is what a walk needs of the driver of the boards.
type Locks interface {
	Pulse(ctx context.Context, board, channel int) (lockhouse.Answer, error)
	Shut(ctx context.Context, board int) ([]bool, error)
}

// lock is one channel of one board.
type lock struct{ board, channel int }

// String names it for the technician.
func (l lock) String() string { return fmt.Sprintf("board %d, lock %d", l.board, l.channel) }

// change is a hook that reads otherwise than before.
type change struct {
	lock
	holds bool // now, as the board says
}

func changed(moved []change) string {
	locks := make([]lock, len(moved))
	for i, m := range moved {
		locks[i] = m.lock
	}
	return named(locks)
}

func named(locks []lock) string {
	names := make([]string, len(locks))
	for i, l := range locks {
		names[i] = l.String()
	}
	return strings.Join(names, "; ")
}

// look reads every hook.
func (w *walk) look(ctx context.Context) (map[lock]bool, error) {
	hooks := map[lock]bool{}
	for _, b := range w.line.Boards {
		holds, err := w.locks.Shut(ctx, b.Board)
		if err != nil {
			return nil, err
		}
		for channel, h := range holds {
			hooks[lock{b.Board, channel}] = h
		}
	}
	return hooks, nil
}

// moved waits until hooks read otherwise than before, and gives which; none when the time is over.
func (w *walk) moved(ctx context.Context, before map[lock]bool, limit time.Duration) ([]change, error) {
	for until := time.Now().Add(limit); time.Now().Before(until); {
		now, err := w.look(ctx)
		if err != nil {
			return nil, err
		}
		if len(w.differ(before, now)) > 0 {
			if err := pause(ctx, settleMS*time.Millisecond); err != nil {
				return nil, err
			}
			settled, err := w.look(ctx)
			if moved := w.differ(before, settled); err != nil || len(moved) > 0 {
				return moved, err
			}
		}
		if err := pause(ctx, lookMS*time.Millisecond); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// differ gives the hooks that changed, in order.
func (w *walk) differ(before, now map[lock]bool) (moved []change) {
	for _, l := range w.all() {
		if before[l] != now[l] {
			moved = append(moved, change{l, now[l]})
		}
	}
	return moved
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
