// Package bell has work begin at once when somebody rings, and looks for some now and then in case nobody did. Ringing never
// waits, and ringing often is as good as once.
package bell

import (
	"context"
	"time"
)

// Bell is rung by whoever has work and answered by the one who does it. It holds one ring.
type Bell chan struct{}

// New gives a bell that was not rung.
func New() Bell { return make(Bell, 1) }

// Ring says that there is work.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// Pace is how work is done.
type Pace struct {
	Every time.Duration // at least so often, though nobody rang
	Rest  time.Duration // between the end of one piece and the next, so that what happens meanwhile is done in one; 0: none
}

// Answer does the work at once, then at each ring and as its pace says, until ctx ends; work under way then is finished. An
// error goes to failed, unless it came with the end of ctx.
func (b Bell) Answer(ctx context.Context, p Pace, work func(context.Context) error, failed func(error)) {
	look := time.NewTicker(p.Every)
	defer look.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(p.Rest):
		}
		select {
		case <-ctx.Done():
			return
		case <-b:
		case <-look.C:
		}
	}
}
