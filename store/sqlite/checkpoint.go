package sqlite

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// logLimits say when the log moves into the file, in its pages of 4 kB.
type logLimits struct {
	move int // from here on it is moved beside the writer
	left int // so few are left for the writer to move, which lets the log begin anew
	most int // beyond these the writer moves all of them, and everybody waits: a disk is not endless
}

const (
	betweenMovesMS  = 20
	movesBeforeRest = 8 // in a row
)

// checkpointer moves the log into the file on a connection of its own, while the writer goes on. Done within a commit, a
// move of 64 MB kept everybody waiting for as long as it took, some 50 ms every second, and so was what the slowest
// requests waited for. The log can only begin anew when nothing is left in it, and while there is a writer something is: so
// the last pages are the writer's, between two groups.
//
// Whatever fails here is tried again after the next commit: until then the log grows. On a disk that is full there is no next
// commit, and it may be the log that fills it: there it is moved as soon as the writer is refused, however short it is.
type checkpointer struct {
	conn   *conn
	limits logLimits
	ring   chan struct{} // holds one
	near   atomic.Bool   // nearly all of the log is in the file
	done   sync.WaitGroup
}

func startCheckpointer(c *conn) *checkpointer {
	k := &checkpointer{conn: c, limits: logLimits{move: 16_000, left: 1_000, most: 64_000}, ring: make(chan struct{}, 1)}
	k.done.Go(k.run)
	return k
}

// close waits for a move under way. It is called when the writer has ended.
func (k *checkpointer) close() error {
	close(k.ring)
	k.done.Wait()
	return k.conn.Close()
}

func (k *checkpointer) run() {
	for range k.ring {
		for range movesBeforeRest {
			log, moved, err := k.conn.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
			if err != nil {
				break
			}
			if log-moved <= k.limits.left {
				k.near.Store(true)
				break
			}
		}
		time.Sleep(betweenMovesMS * time.Millisecond)
	}
}

// after is called by the writer between two groups, with the length of the log.
func (k *checkpointer) after(writer *conn, pages int) {
	switch {
	case k.near.CompareAndSwap(true, false), pages > k.limits.most:
		_, _, _ = writer.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE) // see above
	case pages > k.limits.move:
		k.soon()
	}
}

// soon asks for a move.
func (k *checkpointer) soon() {
	select {
	case k.ring <- struct{}{}:
	default:
	}
}
