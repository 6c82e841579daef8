package line

import (
	"encoding/binary"
	"testing"
	"time"

	"lockhouse"
)

// TestStrangersAreNotRemembered: callers who say one name after the other, and prove none, can't have a locker forgotten
// that was hung up on.
func TestStrangersAreNotRemembered(t *testing.T) {
	now := time.Unix(1_790_000_000, 0)
	ps := &peers{limit: maxPeers, now: func() time.Time { return now }}
	const loud = lockhouse.LockerID("lkr_00000000000000ff")
	for ps.pace(loud) != paceFlood { // until it is hung up on
	}
	for i := range uint64(2 * maxPeers) {
		var id [8]byte
		binary.BigEndian.PutUint64(id[:], i+1_000)
		if keys := ps.keys(lockhouse.LockerIDOf(id)); keys.receipt != nil {
			t.Fatalf("a stranger has the key %x", keys.receipt)
		}
	}
	if !ps.out(loud) {
		t.Error("it is let in again at once")
	}
}
