package network

import (
	"context"
	"log/slog"
	"time"
)

// What the clock brings about. Lapsed holds keep no room even before the timer finds them; it only tidies up and tells.
const (
	lapseEvery  = time.Second
	lapseLimit  = 500 // holds in one transaction
	sweepEvery  = time.Minute
	sweepLimit  = 200 // parcels in one transaction
	forgetEvery = 10 * time.Minute
	forgetLimit = 200 // persons, links or sessions in one transaction
	maxTimerRun = 100 // transactions in a row before others get a turn
)

// every does a bounded piece of work at each tick, again at once while there was a full piece to do, until ctx ends.
func (n *Network) every(ctx context.Context, interval time.Duration, what string, limit int, do func(context.Context, int) (int, error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		for range maxTimerRun {
			done, err := do(ctx, limit)
			if err != nil && ctx.Err() == nil {
				n.parts.Log.Error("timer: "+what+" failed; it is tried again", slog.Any("error", err))
			}
			if err != nil || done < limit {
				break
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
