package lockhouse

import "time"

// Retirement is how far a locker's end has come. Zero is a locker at work.
type Retirement struct {
	AskedAt time.Time // an operator decided it: no drop-offs any more
	DoneAt  time.Time // the locker has forgotten its keys, or is not believed any more
	Stolen  bool      // it is in others' hands: nothing that it says counts
}

// Believed tells whether what the locker says still counts, and whether anybody may be sent to it.
func (r Retirement) Believed() bool { return r.DoneAt.IsZero() }

// Retiring tells whether the locker is still to be told to forget its keys.
func (r Retirement) Retiring() bool { return !r.AskedAt.IsZero() && r.DoneAt.IsZero() }
