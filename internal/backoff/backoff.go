// Package backoff says how long to wait before something is tried again: longer each time, never for ever, and not all
// at the same moment.
package backoff

import (
	"encoding/binary"
	"io"
	"time"
)

// Schedule lists the waits after the first, the second, ... failed try. Its length is the limit of retries.
type Schedule []time.Duration

// jitterPercent spreads tries that failed together over this much more than the wait.
const jitterPercent = 20

// After gives the wait after so many tries (1 or more), with up to a fifth more at random; false when enough was tried.
// Without randomness the wait is the bare one.
func (s Schedule) After(tries int, random io.Reader) (time.Duration, bool) {
	if tries < 1 || tries > len(s) {
		return 0, false
	}
	wait := s[tries-1]
	var raw [4]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return wait, true
	}
	spread := wait * jitterPercent / 100
	return wait + time.Duration(float64(spread)*float64(binary.LittleEndian.Uint32(raw[:]))/(1<<32)), true
}

// Total gives the time from the first try to the last, without jitter.
func (s Schedule) Total() (sum time.Duration) {
	for _, wait := range s {
		sum += wait
	}
	return sum
}
