package board

import (
	"context"
	"time"

	"lockhouse"
)

const statusTries = 3 // a status and at most two retries, where settings don't say less

// Driver drives the boards of one dialect on one line. It may be called from several goroutines; they take turns.
type Driver struct {
	dialect  Dialect
	traits   Traits
	open     func() (Line, error)
	reversed bool
	tries    int           // of a status
	turn     chan struct{} // holds one token: who has it has the line

	line    Line      // nil until it is needed, and after it was lost
	late    bool      // the last request went without an answer, which may still come
	heardAt time.Time // when the last answer came
	unheard int       // requests since then that nobody answered
}

// Settings of a line of boards.
type Settings struct {
	// HookReversed is for locks whose contact says the opposite of what the dialect says of a lock that holds its door.
	HookReversed bool
	// StatusTries is how often a status is asked for, 1 to 3; 0 is 3. Once is for those who knock at many addresses.
	StatusTries int
}

// Status is what one board says of its locks, from channel 0 on.
type Status struct {
	Shut  []bool // the hook holds the door
	Items []bool // the infrared sensor sees something; nil where the dialect knows of none
}

// New makes a driver for the boards on the line that open gives, such as Serial. Nothing is opened yet.
func New(d Dialect, open func() (Line, error), s Settings) *Driver {
	v := &Driver{dialect: d, traits: d.Traits(), open: open, reversed: s.HookReversed, tries: statusTries, turn: make(chan struct{}, 1)}
	if s.StatusTries > 0 {
		v.tries = min(s.StatusTries, statusTries)
	}
	v.turn <- struct{}{}
	return v
}

// Close gives the port back. A later call opens it again.
func (d *Driver) Close() error {
	<-d.turn
	defer d.release()
	if d.line == nil {
		return nil
	}
	line := d.line
	d.line = nil
	return line.Close()
}

// Pulse unlocks one lock, with one frame that is never repeated. It takes 300 ms where a board doesn't answer an unlock,
// and then up to 1.2 s to read the hook instead. An answer that isn't done comes with an error that says why:
//
//	done      the board said so in a frame with a checksum, or the hook has let go
//	not done  the frame never went out: a bad address, no line, a cancelled caller
//	unknown   the frame went out; the lock may have been pulsed, whatever the board says
//
// Answers carry no number, so a status that a board sent unasked in that moment would count as one: read the hook.
func (d *Driver) Pulse(ctx context.Context, board, channel int) (lockhouse.Answer, error) {
	if err := d.traits.Check(board, channel); err != nil {
		return lockhouse.AnswerNotDone, err
	}
	if err := d.claim(ctx); err != nil {
		return lockhouse.AnswerNotDone, err
	}
	defer d.release()
	if whole, err := d.send(ctx, d.dialect.Unlock(board, channel)); err != nil {
		if whole {
			return lockhouse.AnswerUnknown, unconfirmed(board, channel, err)
		}
		return lockhouse.AnswerNotDone, err
	}
	err := d.confirmed(ctx, board, channel)
	if err == nil && !d.traits.Unchecked {
		return lockhouse.AnswerDone, nil
	}
	tries := d.tries
	if f, statusErr := d.ask(ctx, board, channel, &tries); statusErr == nil && !f.shut(channel, d.reversed) {
		return lockhouse.AnswerDone, nil
	}
	return lockhouse.AnswerUnknown, unconfirmed(board, channel, err)
}

// confirmed waits for the board's word that it pulsed a lock.
func (d *Driver) confirmed(ctx context.Context, board, channel int) error {
	f, err := d.listen(ctx, board, func(f Frame) bool {
		if d.traits.Confirms == ByReport {
			return f.Kind == Report
		}
		return (f.Kind == Unlocked || f.Kind == Declined) && f.about(channel)
	})
	if err == nil && f.Kind == Declined {
		return declined(board, channel)
	}
	return err
}

// Shut reads one board's hooks: for each of its locks, whether it holds its door. Locks that the board hasn't got mean
// nothing: a CU12 has 12 and answers as a CU16. It takes 1.1 s when the board is silent, and 6 s at the very most.
func (d *Driver) Shut(ctx context.Context, board int) ([]bool, error) {
	s, err := d.Status(ctx, board)
	return s.Shut, err
}

// Status reads all that one board says of its locks.
func (d *Driver) Status(ctx context.Context, board int) (Status, error) {
	if err := d.traits.checkBoard(board); err != nil {
		return Status{}, err
	}
	if err := d.claim(ctx); err != nil {
		return Status{}, err
	}
	defer d.release()
	return d.status(ctx, board)
}

// status asks for all locks: at once, or one after the other. Retries are counted for the whole of it.
func (d *Driver) status(ctx context.Context, board int) (s Status, err error) {
	tries := d.tries
	for {
		f, err := d.ask(ctx, board, len(s.Shut), &tries)
		if err != nil {
			return Status{}, err
		}
		for n := f.First; n < f.First+f.Count; n++ {
			s.Shut = append(s.Shut, f.shut(n, d.reversed))
			if d.traits.Items {
				s.Items = append(s.Items, f.Items>>(n-f.First)&1 == 1)
			}
		}
		if !d.traits.LockByLock || len(s.Shut) >= d.traits.Channels {
			return s, nil
		}
	}
}

// ask asks a board for a report in which a lock is, again where no answer comes: asking changes nothing. A lost line is
// not asked twice. Of several troubles, silence tells least.
func (d *Driver) ask(ctx context.Context, board, channel int, tries *int) (f Frame, trouble error) {
	for {
		if _, err := d.send(ctx, d.dialect.Ask(board, channel)); err != nil {
			return Frame{}, err
		}
		f, err := d.listen(ctx, board, func(f Frame) bool { return f.Kind == Report && f.about(channel) })
		if err == nil {
			return f, nil
		}
		if trouble == nil || lockhouse.CodeOf(err) != CodeBoardSilent {
			trouble = err
		}
		if *tries--; *tries <= 0 || ctx.Err() != nil || d.line == nil {
			return Frame{}, trouble
		}
	}
}

func (d *Driver) claim(ctx context.Context) error {
	select {
	case <-d.turn:
		return nil
	case <-ctx.Done():
		return cancelled(ctx.Err())
	}
}

func (d *Driver) release() { d.turn <- struct{}{} }

func cancelled(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The request to the lock board was given up before it was answered.").Because(cause)
}
