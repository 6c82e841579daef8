package board

import (
	"context"

	"lockhouse"
)

// Make is what the boards are called where makes are told apart.
const Make = "kerong"

const statusTries = 3 // a status and at most two retries

// Kerong drives KERONG CU12 and CU16 boards on one line. It may be called from several goroutines; they take turns.
type Kerong struct {
	open     func() (Line, error)
	reversed bool
	turn     chan struct{} // holds one token: who has it has the line

	line Line // nil until it is needed, and after it was lost
	late bool // the last request went without an answer, which may still come
}

// Settings of a line of KERONG boards.
type Settings struct {
	// HookReversed is for locks whose contact reads 0 when they hold the door; most read 1.
	HookReversed bool
}

// NewKerong makes a driver for the boards on the line that open gives, such as Serial. Nothing is opened yet.
func NewKerong(open func() (Line, error), s Settings) *Kerong {
	k := &Kerong{open: open, reversed: s.HookReversed, turn: make(chan struct{}, 1)}
	k.turn <- struct{}{}
	return k
}

// Close gives the port back. A later call opens it again.
func (k *Kerong) Close() error {
	<-k.turn
	defer k.release()
	if k.line == nil {
		return nil
	}
	line := k.line
	k.line = nil
	return line.Close()
}

// Pulse unlocks one lock (board 0 to 15, channel 0 to 15), with one frame that is never repeated. It takes 300 ms where
// a board doesn't answer an unlock, and then up to 1.2 s to read the hook instead. An answer that isn't done comes with
// an error that says why:
//
//	done      the board said so, or it kept silent and the hook has let go
//	not done  the frame never went out: a bad address, no line, a cancelled caller
//	unknown   the frame went out; the lock may have been pulsed
//
// The answer carries no number, so a status that a board sent unasked in that moment would count as one: read the hook.
func (k *Kerong) Pulse(ctx context.Context, board, channel int) (lockhouse.Answer, error) {
	if err := checkLock(board, channel); err != nil {
		return lockhouse.AnswerNotDone, err
	}
	if err := k.claim(ctx); err != nil {
		return lockhouse.AnswerNotDone, err
	}
	defer k.release()
	if whole, err := k.send(ctx, request(board, channel, cmdUnlock)); err != nil {
		if whole {
			return lockhouse.AnswerUnknown, unconfirmed(board, channel, err)
		}
		return lockhouse.AnswerNotDone, err
	}
	_, err := k.listen(ctx, board)
	if err == nil {
		return lockhouse.AnswerDone, nil
	}
	if hooks, statusErr := k.status(ctx, board); statusErr == nil && !k.shut(hooks, channel) {
		return lockhouse.AnswerDone, nil
	}
	return lockhouse.AnswerUnknown, unconfirmed(board, channel, err)
}

// Shut reads one board's hooks: for each of its 16 locks, whether it holds its door. Of a CU12 the last four mean
// nothing. It takes 1.1 s when the board is silent.
func (k *Kerong) Shut(ctx context.Context, board int) ([]bool, error) {
	if err := checkBoard(board); err != nil {
		return nil, err
	}
	if err := k.claim(ctx); err != nil {
		return nil, err
	}
	defer k.release()
	hooks, err := k.status(ctx, board)
	if err != nil {
		return nil, err
	}
	doors := make([]bool, Channels)
	for n := range doors {
		doors[n] = k.shut(hooks, n)
	}
	return doors, nil
}

func (k *Kerong) shut(hooks uint16, channel int) bool {
	return (hooks>>channel&1 == 1) != k.reversed
}

// status asks a board for its hooks, again where no answer comes: asking changes nothing. A lost line is not asked twice.
func (k *Kerong) status(ctx context.Context, board int) (hooks uint16, err error) {
	for range statusTries {
		if _, err = k.send(ctx, request(board, 0, cmdStatus)); err != nil {
			return 0, err
		}
		var r report
		if r, err = k.listen(ctx, board); err == nil {
			return r.hooks, nil
		}
		if ctx.Err() != nil || k.line == nil {
			break
		}
	}
	return 0, err
}

func (k *Kerong) claim(ctx context.Context) error {
	select {
	case <-k.turn:
		return nil
	case <-ctx.Done():
		return cancelled(ctx.Err())
	}
}

func (k *Kerong) release() { k.turn <- struct{}{} }

func cancelled(cause error) error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The request to the lock board was given up before it was answered.").Because(cause)
}
