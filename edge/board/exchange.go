package board

import (
	"context"
	"time"
)

const (
	answerMS    = 300 // what a board may take to answer
	sliceMS     = 50  // the longest single Read, so that a cancelled caller is noticed
	hushMS      = 100 // after a request without an answer: how long a late one is listened for, and thrown away
	calmMS      = 5   // of silence before a request; at 9600 baud a byte takes one. At most hushMS is waited for it
	bufferBytes = 64  // taken at once

	deafRequests = 6 // without a whole frame of anybody's, after which the line is opened anew
)

// send writes one request on a line that is open and quiet. whole tells whether its last byte may have gone out: without
// it no board obeys.
func (d *Driver) send(ctx context.Context, frame []byte) (whole bool, err error) {
	if err := d.quiet(ctx); err != nil {
		return false, err
	}
	n, err := d.line.Write(frame)
	if err == nil && n == len(frame) {
		return true, nil
	}
	return n == len(frame), d.lose(err)
}

// quiet opens the line if need be and throws away what nobody asked for: noise of the turn-round, a frame that a board
// sent of itself and, where the last request went unanswered, an answer that comes late and would pass for the next one.
func (d *Driver) quiet(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return cancelled(err)
	}
	if err := d.opened(); err != nil {
		return err
	}
	if d.late {
		if _, err := d.read(ctx, hushMS*time.Millisecond, func(byte) bool { return false }); err != nil {
			return err
		}
		d.late = false
	}
	if err := d.calm(); err != nil {
		return err
	}
	if err := d.line.ResetInputBuffer(); err != nil {
		return d.lose(err)
	}
	return nil
}

// opened opens the line where it is not open, and anew where nobody on it has answered for some requests: a program of root's may have
// changed its speed behind our back, and there are adapters that come round in no other way.
func (d *Driver) opened() error {
	if d.line != nil && d.unheard >= deafRequests {
		_ = d.line.Close() // nothing is lost with it
		d.line = nil
	}
	if d.line != nil {
		return nil
	}
	line, err := d.open()
	if err != nil {
		return lineDown(err)
	}
	d.line, d.unheard = line, 0
	return nil
}

// calm waits for a silence when the last answer came just now: a board that says more than was asked for is let finish,
// or what it says last would pass for the next answer.
func (d *Driver) calm() error {
	var buf [bufferBytes]byte
	for until := d.heardAt.Add(hushMS * time.Millisecond); time.Now().Before(until); {
		if err := d.line.SetReadTimeout(calmMS * time.Millisecond); err != nil {
			return d.lose(err)
		}
		n, err := d.line.Read(buf[:])
		if err != nil {
			return d.lose(err)
		}
		if n == 0 {
			break
		}
	}
	return nil
}

// heard is what came back to one request.
type heard struct {
	board  int
	wanted func(Frame) bool
	parser parser
	answer Frame
	other  int // a board that answered in place of this one; -1 for none
	strays int // frames of this board that answer something else
}

// takes looks at frames, and tells whether the answer is among them.
func (h *heard) takes(frames []Frame) bool {
	for _, f := range frames {
		switch {
		case f.Kind == Echo, f.Kind == Change:
		case f.Board != h.board:
			h.other = f.Board
		case h.wanted(f):
			h.answer = f
			return true
		default:
			h.strays++
		}
	}
	return false
}

// listen waits for the frame of one board that is wanted. Frames of others and bytes that make no frame are passed over,
// and name the trouble if nothing else comes.
func (d *Driver) listen(ctx context.Context, board int, wanted func(Frame) bool) (Frame, error) {
	h := heard{board: board, wanted: wanted, parser: parser{dialect: d.dialect}, other: -1}
	ok, err := d.read(ctx, answerMS*time.Millisecond, func(b byte) bool { return h.takes(h.parser.feed(b)) })
	if err != nil {
		return Frame{}, err
	}
	if ok || h.takes(h.parser.end()) {
		d.heardAt, d.unheard = time.Now(), 0
		return h.answer, nil
	}
	d.late = true
	d.unheard++
	switch {
	case h.other >= 0:
		d.unheard = 0
		return Frame{}, foreign(board, h.other)
	case h.parser.dropped+h.strays > 0:
		return Frame{}, garbled(board, h.parser.dropped, d.traits.Baud)
	}
	return Frame{}, silent(board)
}

// read gives each byte that comes within the wait to take, until take says that it has what it wanted.
func (d *Driver) read(ctx context.Context, wait time.Duration, take func(byte) bool) (taken bool, err error) {
	var buf [bufferBytes]byte
	for until := time.Now().Add(wait); ; {
		left := time.Until(until)
		if left <= 0 {
			return false, nil
		}
		if err := ctx.Err(); err != nil {
			d.late = true
			return false, cancelled(err)
		}
		if err := d.line.SetReadTimeout(min(left, sliceMS*time.Millisecond)); err != nil {
			return false, d.lose(err)
		}
		n, err := d.line.Read(buf[:])
		if err != nil {
			return false, d.lose(err)
		}
		for _, b := range buf[:n] {
			if take(b) {
				return true, nil
			}
		}
	}
}

// lose closes a line that failed, so that the next request opens it anew: an adapter may be plugged in again.
func (d *Driver) lose(cause error) error {
	_ = d.line.Close() // it has failed already
	d.line = nil
	return lineDown(cause)
}
