package board

import (
	"context"
	"time"
)

const (
	answerMS    = 300 // what a board may take to answer
	sliceMS     = 50  // the longest single Read, so that a cancelled caller is noticed
	hushMS      = 100 // after a request without an answer: how long a late one is listened for, and thrown away
	bufferBytes = 64  // taken at once
)

// send writes one request on a line that is open and quiet. whole tells whether its last byte, the checksum, may have
// gone out: without it no board obeys.
func (k *Kerong) send(ctx context.Context, frame [requestBytes]byte) (whole bool, err error) {
	if err := k.quiet(ctx); err != nil {
		return false, err
	}
	n, err := k.line.Write(frame[:])
	if err == nil && n == len(frame) {
		return true, nil
	}
	return n == len(frame), k.lose(err)
}

// quiet opens the line if need be and throws away what nobody asked for: noise of the turn-round, a frame that a board
// sent of itself and, where the last request went unanswered, an answer that comes late and would pass for the next one.
func (k *Kerong) quiet(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return cancelled(err)
	}
	if k.line == nil {
		line, err := k.open()
		if err != nil {
			return lineDown(err)
		}
		k.line, k.late = line, false
	}
	if k.late {
		if _, err := k.read(ctx, hushMS*time.Millisecond, func(byte) bool { return false }); err != nil {
			return err
		}
		k.late = false
	}
	if err := k.line.ResetInputBuffer(); err != nil {
		return k.lose(err)
	}
	return nil
}

// listen waits for the report of one board. Frames of others and bytes that make no frame are passed over, and name the
// trouble if nothing else comes.
func (k *Kerong) listen(ctx context.Context, board int) (report, error) {
	var (
		p     parser
		found report
		other = -1
	)
	ok, err := k.read(ctx, answerMS*time.Millisecond, func(b byte) bool {
		r, whole := p.feed(b)
		if whole && r.board != board {
			other = r.board
		}
		found = r
		return whole && r.board == board
	})
	switch {
	case ok:
		return found, nil
	case err != nil:
		return report{}, err
	}
	k.late = true
	switch {
	case other >= 0:
		return report{}, foreign(board, other)
	case p.dropped+p.n > 0:
		return report{}, garbled(board, p.dropped+p.n)
	}
	return report{}, silent(board)
}

// read gives each byte that comes within the wait to take, until take says that it has what it wanted.
func (k *Kerong) read(ctx context.Context, wait time.Duration, take func(byte) bool) (taken bool, err error) {
	var buf [bufferBytes]byte
	for until := time.Now().Add(wait); ; {
		left := time.Until(until)
		if left <= 0 {
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			k.late = true
			return false, cancelled(err)
		}
		if err := k.line.SetReadTimeout(min(left, sliceMS*time.Millisecond)); err != nil {
			return false, k.lose(err)
		}
		n, err := k.line.Read(buf[:])
		if err != nil {
			return false, k.lose(err)
		}
		for _, b := range buf[:n] {
			if take(b) {
				return true, nil
			}
		}
	}
}

// lose closes a line that failed, so that the next request opens it anew: an adapter may be plugged in again.
func (k *Kerong) lose(cause error) error {
	_ = k.line.Close() // it has failed already
	k.line = nil
	return lineDown(cause)
}
