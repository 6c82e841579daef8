package lockhouse

import "time"

// Retirement is how far a locker's end has come. Zero is a locker at work.
type Retirement struct {
	AskedAt time.Time // an operator decided it: no drop-offs any more
	DoneAt  time.Time // the locker takes nothing more, and forgets its keys when it hears that this is noted; or it is not believed any more
	Stolen  bool      // it is in others' hands: nothing that it says counts
}

// Believed tells whether what the locker says still counts, and whether anybody may be sent to it.
func (r Retirement) Believed() bool { return r.DoneAt.IsZero() }

// Leaving tells whether all that the locker is still told is to forget its keys: each time that it calls, since its word that it has is
// none that anybody could wait for.
func (r Retirement) Leaving() bool { return !r.DoneAt.IsZero() && !r.Stolen }

// Retiring tells whether the locker is still to be told to take nothing more.
func (r Retirement) Retiring() bool { return !r.AskedAt.IsZero() && r.DoneAt.IsZero() }
