package line

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"lockhouse"
)

// How much one locker may say.
const (
	messagesPerS  = 20
	messagesBurst = 100
	floodMessages = 200    // over the limit without a pause; then it is hung up on
	outS          = 60     // and not let in again for so long
	maxPeers      = 20_000 // lockers remembered at once
)

// pace is what becomes of a message.
type pace int

const (
	paceGood  pace = iota
	paceSlow       // not heard
	paceFlood      // not heard, and its sender is to be hung up on
)

// peer is what a node remembers of a locker, to spare itself work. Forgotten, it is as good as new.
type peer struct {
	bucket *rate.Limiter
	over   int // messages not heard since the last that was
	known  peerKeys
	outFor time.Time // until then
}

// peers remembers a bounded number of lockers in two generations: when the young one is full it becomes the old one, and
// whoever was not heard since is forgotten.
type peers struct {
	mu         sync.Mutex
	limit      int
	now        func() time.Time
	young, old map[lockhouse.LockerID]*peer
}

// of gives a locker's entry; the lock is held.
func (ps *peers) of(id lockhouse.LockerID) *peer {
	if p := ps.young[id]; p != nil {
		return p
	}
	p := ps.old[id]
	if p == nil {
		p = &peer{bucket: rate.NewLimiter(messagesPerS, messagesBurst)}
	}
	if ps.young == nil || len(ps.young) >= ps.limit/2 {
		ps.old, ps.young = ps.young, map[lockhouse.LockerID]*peer{}
	}
	ps.young[id] = p
	return p
}

func (ps *peers) pace(id lockhouse.LockerID) pace {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	p, now := ps.of(id), ps.now()
	if p.bucket.AllowN(now, 1) {
		p.over = 0
		return paceGood
	}
	if p.over++; p.over < floodMessages || p.outFor.After(now.Add((outS-1)*time.Second)) { // said a moment ago
		return paceSlow
	}
	p.outFor = now.Add(outS * time.Second)
	return paceFlood
}

// out tells whether a locker has said far too much a moment ago.
func (ps *peers) out(id lockhouse.LockerID) bool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return ps.of(id).outFor.After(ps.now())
}

// keys gives a locker's keys if they are remembered. Whoever calls can say any name; saying it makes nobody forgotten.
func (ps *peers) keys(id lockhouse.LockerID) peerKeys {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.young[id] == nil && ps.old[id] == nil {
		return peerKeys{}
	}
	return ps.of(id).known
}

func (ps *peers) setKeys(id lockhouse.LockerID, keys peerKeys) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.of(id).known = keys
}
