package notice

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Run sends what is due until ctx ends; a mail under way then is finished, which takes sendTimeout at most.
func (s *Sender) Run(ctx context.Context) {
	s.nudge.Answer(ctx, pollEvery, s.sweep, func(err error) {
		s.log.Error("mail: the queue could not be worked", slog.Any("error", err))
	})
}

// sweep sends what is due now, oldest first, until nothing is. Between two mails lies one transaction: it writes down what
// became of the one, and gets the other ready.
func (s *Sender) sweep(ctx context.Context) error {
	if s.options.Host == "" {
		return nil
	}
	var was *outcome
	var on line
	defer on.hangUp()
	for {
		next, err := s.turn(ctx, was)
		if err != nil || next == nil {
			return err
		}
		began := s.now()
		was = s.outcome(next.notice, s.send(context.WithoutCancel(ctx), &on, *next))
		s.tell(*was, began)
	}
}

// turn writes down what became of the mail before and gives the next, or nil when none is due or ctx has ended. Notices
// that are not needed any more are settled on the way. Its error is the store's; the mail server's is kept with the
// notice.
func (s *Sender) turn(ctx context.Context, was *outcome) (next *letter, err error) {
	writing := context.WithoutCancel(ctx)
	var settled []outcome
	err = s.store.Update(writing, func(tx store.Tx) error {
		settled, next = nil, nil
		if err := write(tx, was); err != nil {
			return err
		}
		for len(settled) < maxSettled && ctx.Err() == nil {
			l, unsent, err := s.pick(tx)
			if next = l; err != nil || unsent == nil {
				return err
			}
			if err := write(tx, unsent); err != nil {
				return err
			}
			settled = append(settled, *unsent)
		}
		return nil
	})
	if err != nil { // the mail before was sent all the same: that is written down by itself, or it would be sent again
		return nil, errors.Join(err, s.store.Update(writing, func(tx store.Tx) error { return write(tx, was) }))
	}
	for _, o := range settled {
		s.tell(o, s.now())
	}
	if len(settled) == maxSettled {
		s.Nudge()
	}
	return next, nil
}

// pick takes the notice that is due the longest: it gives its letter, or what became of it without one, or neither when
// there is none.
func (s *Sender) pick(tx store.Tx) (*letter, *outcome, error) {
	due, err := tx.DueNotices(s.now(), 1)
	if err != nil || len(due) == 0 {
		return nil, nil, err
	}
	if s.now().Sub(due[0].At) > MaxAge {
		return nil, s.outcome(due[0], permanent("too old")), nil
	}
	l, needed, err := s.letter(tx, due[0])
	switch {
	case lockhouse.CodeOf(err) == lockhouse.CodeNotFound:
		return nil, s.outcome(due[0], permanent("the person or parcel is no longer known")), nil
	case err != nil:
		return nil, nil, err
	case !needed:
		return nil, s.outcome(due[0], permanent("no longer needed")), nil
	}
	return &l, nil, nil
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

// write writes down what became of a notice, if there is something to write.
func write(tx store.Tx, o *outcome) error {
	if o == nil {
		return nil
	}
	if err := tx.UpdateNotice(o.notice.ID, o.attempts); err != nil || o.said == nil {
		return err
	}
	return tx.Say(*o.said)
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
