package panel

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/wire"
)

// scanPause ends a line that a scanner broke off.
const scanPause = 2 * time.Second

// scan gathers what a scanner says to lines of digits, each ended by CR, LF or both. A line with anything else in it, or
// with more digits than a pass has, is unreadable as a whole: it is some other code.
type scan struct {
	line []byte
	bad  bool
	at   time.Time // of the last byte
}

// add takes a byte. ended says that a line is over: its digits, or "" when it is unreadable.
func (s *scan) add(b byte, now time.Time) (line string, ended bool) {
	if now.Sub(s.at) >= scanPause {
		s.line, s.bad = s.line[:0], false
	}
	s.at = now
	if b == '\r' || b == '\n' {
		line, ended = string(s.line), len(s.line) > 0 || s.bad
		if s.bad {
			line = ""
		}
		s.line, s.bad = s.line[:0], false
		return line, ended
	}
	if b < '0' || b > '9' || len(s.line) >= wire.MaxPassDigits {
		s.bad = true
		return "", false
	}
	s.line = append(s.line, b)
	return "", false
}

// scanned hands a line over.
func (p *Panel) scanned(ctx context.Context, line string) {
	p.leave(ctx, func(now time.Time) {
		p.entry = ""
		if line == "" {
			p.say(lockhouse.RefuseAtDoor(lockhouse.CodeGrantInvalid), now)
			return
		}
		p.submit(line, now)
	})
}

// serialScan reads a scanner on a serial line.
func (p *Panel) serialScan(ctx context.Context) func([]byte) {
	var s scan
	return func(piece []byte) {
		for _, b := range piece {
			if line, ended := s.add(b, p.Now()); ended {
				p.scanned(ctx, line)
			}
		}
	}
}

// typedScan reads a scanner that plays a keyboard.
func (p *Panel) typedScan(ctx context.Context) func([]byte) {
	d, s := decoder{word: wordBytes}, scan{}
	return func(piece []byte) {
		d.feed(piece, func(e event) {
			b, ok := byteOf(e)
			if !ok {
				return
			}
			if line, ended := s.add(b, p.Now()); ended {
				p.scanned(ctx, line)
			}
		})
	}
}

// byteOf gives what a scanner meant by an event, if anything. What was lost makes the line unreadable.
func byteOf(e event) (byte, bool) {
	if e.kind == evSyn && e.code == synDropped {
		return byte(keyOther), true
	}
	if e.kind != evKey || e.value != pressed {
		return 0, false
	}
	k, ok := keyOfCode(e.code)
	return byte(k), ok
}

// typing reads a keypad, key by key. Where keys were lost, those before are no more than a beginning, and go.
func (p *Panel) typing(ctx context.Context) func([]byte) {
	d := decoder{word: wordBytes}
	return func(piece []byte) {
		d.feed(piece, func(e event) {
			k, ok := keyOfCode(e.code)
			switch {
			case e.kind == evSyn && e.code == synDropped:
				k = keyClear
			case e.kind != evKey || e.value != pressed || !ok:
				return
			}
			p.leave(ctx, func(now time.Time) { p.press(k, now) })
		})
	}
}
