package wire

import (
	"time"

	"lockhouse"
)

// MaxOpenings is how many openings go into a message.
const MaxOpenings = 32

// maxOpeningMS bounds what an opening is said to have taken, and how long ago it was.
const maxOpeningMS = int64(24 * time.Hour / time.Millisecond)

// Openings tells how long doors took to open, for whoever watches the network. It is the locker's word, unsigned, decides
// nothing, and is said once: on a line that breaks it is lost.
type Openings struct {
	Kind     string    `json:"kind"`
	Board    string    `json:"board"` // dialect of the lock boards
	Openings []Opening `json:"openings"`
}

// Opening is one opening. Its moments are counted from the phone's wish, by the locker's own stopwatch; what did not come
// about is 0.
type Opening struct {
	Ref          lockhouse.ParcelRef `json:"ref"`
	AgoMS        int64               `json:"ago_ms"` // how long before this message the wish was heard
	AuthorisedMS int64               `json:"authorised_ms"`
	PulsedMS     int64               `json:"pulsed_ms"`
	OpenMS       int64               `json:"open_ms"`
	ShutMS       int64               `json:"shut_ms"`
}

// InRange tells whether it can be told: what is from before yesterday, or took longer than a day, can't.
func (o Opening) InRange() bool {
	for _, ms := range []int64{o.AgoMS, o.AuthorisedMS, o.PulsedMS, o.OpenMS, o.ShutMS} {
		if ms < 0 || ms > maxOpeningMS {
			return false
		}
	}
	return true
}

func openingsInRange(m Openings) bool {
	for _, o := range m.Openings {
		if !o.InRange() {
			return false
		}
	}
	return text(m.Board) && len(m.Openings) > 0 && len(m.Openings) <= MaxOpenings
}
