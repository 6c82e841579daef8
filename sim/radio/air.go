package radio

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Leg is the part of an exchange that gets lost.
type Leg int

// The two ways in which a link breaks in the middle of an exchange: not done; or done, but the phone is not told.
const (
	Request Leg = iota + 1 // the locker never hears of it
	Answer                 // the locker has done it; the answer is lost
)

// air is what lies between phones and lockers.
type air struct {
	mu       sync.Mutex
	crossing time.Duration
	jitter   time.Duration
	random   *rand.Rand
	mtu      int
	dropIn   int // at this exchange from now on the link breaks; 0 for never
	dropLeg  Leg
}

// SetLatency sets how long one crossing of the air takes, and how much longer it may take by chance. A read or write
// crosses twice, a notification once, a connect four times. On a real phone a crossing waits for the next connection
// event, half an interval of 15 to 50 ms on average.
func (r *Radio) SetLatency(crossing, jitter time.Duration) error {
	if crossing < 0 || jitter < 0 {
		return fmt.Errorf("radio: latency %s and jitter %s can't be negative", crossing, jitter)
	}
	r.air.mu.Lock()
	defer r.air.mu.Unlock()
	r.air.crossing, r.air.jitter = crossing, jitter
	return nil
}

// SetMTU sets the ATT MTU in bytes, MinMTUBytes..MaxMTUBytes, for the links that are made from now on.
func (r *Radio) SetMTU(mtuBytes int) error {
	if mtuBytes < MinMTUBytes || mtuBytes > MaxMTUBytes {
		return fmt.Errorf("radio: an MTU of %d bytes is out of %d..%d", mtuBytes, MinMTUBytes, MaxMTUBytes)
	}
	r.air.mu.Lock()
	defer r.air.mu.Unlock()
	r.air.mtu = mtuBytes
	return nil
}

// DropAfter breaks a link at the n-th exchange from now, counted over all links (a read, a write, a subscription; a read
// in pieces is several): the link on which it is, at the given leg. With n 0 nothing breaks any more.
func (r *Radio) DropAfter(n int, leg Leg) {
	r.air.mu.Lock()
	defer r.air.mu.Unlock()
	r.air.dropIn, r.air.dropLeg = max(n, 0), leg
}

// exchange counts one exchange and says which leg of it gets lost, if any.
func (a *air) exchange() (lost Leg) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dropIn == 0 {
		return 0
	}
	a.dropIn--
	if a.dropIn > 0 {
		return 0
	}
	return a.dropLeg
}

// cross waits for one crossing, or less when the link breaks meanwhile; it says whether the link held.
func (a *air) cross(lost <-chan struct{}) bool {
	a.mu.Lock()
	wait := a.crossing
	if a.jitter > 0 {
		wait += time.Duration(a.random.Int64N(int64(a.jitter)))
	}
	a.mu.Unlock()
	if wait == 0 {
		select {
		case <-lost:
			return false
		default:
			return true
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-lost:
		return false
	}
}

func (a *air) mtuNow() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.mtu
}
