package locker

import (
	"context"
	"encoding/binary"
	"io"
	"time"

	"lockhouse/edge/uplink"
)

// What ages without a word is looked at once a day, for the network's operator: nobody stands at a locker to ask its doctor. The first look
// is some time after the start, and not at the same time in all lockers of a street whose power came back: it takes a connection.
const (
	agesEvery  = 24 * time.Hour
	agesFirst  = 10 * time.Minute
	agesSpread = time.Hour
)

// followAges keeps what ages, to the end of ctx.
func (l *Locker) followAges(ctx context.Context) {
	wait := agesFirst + l.some(agesSpread)
	for pause(ctx, wait); ctx.Err() == nil; pause(ctx, agesEvery) {
		said := l.ages(ctx)
		l.aged.Store(&said)
	}
}

// some draws a part of a time; all of it where there is no randomness.
func (l *Locker) some(of time.Duration) time.Duration {
	part, ok := l.chance()
	if !ok {
		return of
	}
	return time.Duration(float64(of) * part)
}

// chance draws a number from 0 to below 1; 0 where there is no randomness, which it says.
func (l *Locker) chance() (part float64, ok bool) {
	var drawn [4]byte
	if _, err := io.ReadFull(l.parts.Random, drawn[:]); err != nil {
		return 0, false
	}
	return float64(binary.BigEndian.Uint32(drawn[:])) / (1 << 32), true
}

// ages says what comes to its end soon, in the words of health, or "".
func (l *Locker) ages(ctx context.Context) string {
	if FlashWear(l.config.StateDir) >= WornTenths {
		return "flash worn"
	}
	if l.line == nil {
		return ""
	}
	_, shown, err := l.line.Try(ctx, false)
	if err != nil {
		return "" // a line that is down says more
	}
	return endsSoon(shown)
}

func endsSoon(shown uplink.Shown) string {
	first, authority := shown.EndsSoon()
	switch {
	case first == nil:
		return ""
	case authority:
		return "authority ends " + first.NotAfter.UTC().Format(time.DateOnly)
	}
	return "certificate ends " + first.NotAfter.UTC().Format(time.DateOnly)
}
