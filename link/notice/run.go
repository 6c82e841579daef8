package notice

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Run sends what is due until ctx ends; mails under way then are finished, which takes sendTimeout at most.
func (s *Sender) Run(ctx context.Context) {
	s.nudge.Answer(ctx, pollEvery, s.sweep, func(err error) {
		s.log.Error("mail: the queue could not be worked", slog.Any("error", err))
	})
}

// sweep sends what is due now, oldest first, until nothing is. Between some mails and the next lies one transaction: it
// writes down what became of the ones, and gets the others ready.
func (s *Sender) sweep(ctx context.Context) error {
	if s.options.Host == "" {
		return nil
	}
	var was []outcome
	var lines [maxLines]line
	defer func() {
		for i := range lines {
			lines[i].hangUp()
		}
	}()
	for {
		next, err := s.turn(ctx, was)
		if err != nil || len(next) == 0 {
			return err
		}
		was = s.sendAll(ctx, lines[:], next)
	}
}

// sendAll hands mails to the server, several at a time, and says what became of each. What ctx's end leaves unsent is due
// as before, and has no outcome.
func (s *Sender) sendAll(ctx context.Context, lines []line, letters []letter) (all []outcome) {
	waiting := make(chan letter, len(letters))
	for _, l := range letters {
		waiting <- l
	}
	close(waiting)
	ended := make(chan outcome, len(letters))
	var working sync.WaitGroup
	for i := range lines[:min(len(lines), len(letters))] {
		working.Go(func() {
			for l := range waiting {
				if ctx.Err() != nil {
					return
				}
				began := s.now()
				o := s.outcome(l.notice, s.send(context.WithoutCancel(ctx), &lines[i], l))
				s.tell(*o, began)
				ended <- *o
			}
		})
	}
	working.Wait()
	close(ended)
	for o := range ended {
		all = append(all, o)
	}
	return all
}

// turn writes down what became of the mails before and gives the next, or none when none is due or ctx has ended. Notices
// that are not needed any more are settled on the way. Its error is the store's; the mail server's is kept with the
// notice.
func (s *Sender) turn(ctx context.Context, was []outcome) (next []letter, err error) {
	writing := context.WithoutCancel(ctx)
	var settled []outcome
	err = s.store.Update(writing, func(tx store.Tx) error {
		if err := write(tx, was); err != nil || ctx.Err() != nil {
			return err
		}
		next, settled, err = s.pick(tx)
		return errors.Join(err, write(tx, settled))
	})
	if err != nil { // the mails before were sent all the same: that is written down by itself, or they would be sent again
		return nil, errors.Join(err, s.store.Update(writing, func(tx store.Tx) error { return write(tx, was) }))
	}
	for _, o := range settled {
		s.tell(o, s.now())
	}
	if len(settled) > 0 && len(next) == 0 {
		s.Nudge()
	}
	return next, nil
}

// pick takes the notices that are due the longest: it gives their letters, and what became of those that have none. One
// whose letter can't be written is tried again later, like any other, and stands in nobody's way.
func (s *Sender) pick(tx store.Tx) (letters []letter, settled []outcome, err error) {
	due, err := tx.DueNotices(s.now(), maxAtOnce)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range due {
		if l, err := s.ready(tx, n); err != nil {
			settled = append(settled, *s.outcome(n, err))
		} else {
			letters = append(letters, l)
		}
	}
	return letters, settled, nil
}

// ready gives a notice's letter, or says why there is none.
func (s *Sender) ready(tx store.Tx, n lockhouse.Notice) (letter, error) {
	if s.now().Sub(n.At) > MaxAge {
		return letter{}, permanent("too old")
	}
	l, needed, err := s.letter(tx, n)
	switch {
	case lockhouse.CodeOf(err) == lockhouse.CodeNotFound:
		return l, permanent("the person or parcel is no longer known")
	case err != nil:
		s.log.Error("mail: a letter could not be written", slog.Int64("notice", n.ID), slog.Any("error", err))
		return l, unwritten
	case !needed:
		return l, permanent("no longer needed")
	}
	return l, nil
}

// outcome is what follows from a try: sent, again later, or given up; and what the timeline is told of it.
type outcome struct {
	notice   lockhouse.Notice
	attempts lockhouse.Attempts
	said     *lockhouse.Event
}

func (s *Sender) outcome(n lockhouse.Notice, failed error) *outcome {
	now := s.now()
	o := &outcome{notice: n, attempts: lockhouse.Attempts{Count: n.Count + 1}}
	said := &lockhouse.Event{At: now, Parcel: n.Parcel, Note: string(n.Kind)}
	if failed == nil {
		o.attempts.DoneAt, said.Kind, o.said = now, lockhouse.EventNoticeSent, said
		return o
	}
	o.attempts.LastError = plain(failed)
	if wait, again := Waits.After(o.attempts.Count, s.random); again && !isPermanent(failed) {
		o.attempts.NextAt = now.Add(wait)
		return o
	}
	said.Kind, o.said = lockhouse.EventNoticeFailed, said
	return o
}

// write writes down what became of notices.
func write(tx store.Tx, all []outcome) error {
	for _, o := range all {
		if err := tx.UpdateNotice(o.notice.ID, o.attempts); err != nil {
			return err
		}
		if o.said == nil {
			continue
		}
		if err := tx.Say(*o.said); err != nil {
			return err
		}
	}
	return nil
}

// tell says in the log what was not sent, and whoever watches of every try.
func (s *Sender) tell(o outcome, began time.Time) {
	if s.options.Tried != nil {
		s.options.Tried(Tried{o.notice.Kind, o.notice.Parcel, began, s.now(), !o.attempts.DoneAt.IsZero(), !o.attempts.NextAt.IsZero()})
	}
	if !o.attempts.DoneAt.IsZero() {
		return
	}
	s.log.Warn("mail: not sent", slog.Int64("notice", o.notice.ID), slog.String("kind", string(o.notice.Kind)),
		slog.Int("try", o.attempts.Count), slog.String("because", o.attempts.LastError),
		slog.String("trace_id", lockhouse.TraceOf(o.notice.Parcel).String()), slog.Bool("again", !o.attempts.NextAt.IsZero()))
}
