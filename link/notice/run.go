package notice

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/internal/bell"
	"lockhouse/store"
)

// Run sends what is due until ctx ends; mails under way then are finished, which takes sendTimeout at most.
func (s *Sender) Run(ctx context.Context) {
	defer s.hangUp(func(*line) bool { return true })
	s.nudge.Answer(ctx, bell.Pace{Every: pollEvery, Rest: gatherFor}, s.sweep, func(err error) {
		s.log.Error("mail: the queue could not be worked", slog.Any("error", err))
	})
}

// sweep sends what is due now, oldest first, until nothing is. One transaction writes down what became of some mails and
// gets the next ready, while others are on their way.
func (s *Sender) sweep(ctx context.Context) (err error) {
	if s.options.Host == "" {
		return nil
	}
	s.hangUp(func(l *line) bool { return s.now().Sub(l.used) > maxIdleLineS*time.Second })
	f := s.takeOff(ctx)
	var was []outcome
	for ctx.Err() == nil {
		var next []letter
		if next, err = s.turn(ctx, was, f.under); err != nil {
			break
		}
		if f.hand(next); len(f.under) == 0 {
			was = nil
			break
		}
		was = f.landed(ctx)
	}
	// When the store failed, the mails were sent all the same: that is written down by itself, or they would be sent again.
	return errors.Join(err, s.note(ctx, append(was, f.end()...)))
}

// turn writes down what became of mails and gives the next, or none when none is due but those under way. Notices that are
// not needed any more are settled by the way. Its error is the store's; the mail server's is kept with the notice.
func (s *Sender) turn(ctx context.Context, was []outcome, under map[int64]bool) (next []letter, err error) {
	var settled []outcome
	err = s.store.Update(context.WithoutCancel(ctx), func(tx store.Tx) error {
		if err := write(tx, was); err != nil {
			return err
		}
		next, settled, err = s.pick(tx, under)
		return errors.Join(err, write(tx, settled))
	})
	if err != nil {
		return nil, err
	}
	for _, o := range settled {
		s.tell(o, s.now())
	}
	if len(settled) > 0 && len(next) == 0 {
		s.Nudge()
	}
	return next, nil
}

// note writes down what became of mails, and nothing else.
func (s *Sender) note(ctx context.Context, was []outcome) error {
	if len(was) == 0 {
		return nil
	}
	return s.store.Update(context.WithoutCancel(ctx), func(tx store.Tx) error { return write(tx, was) })
}

// pick takes the notices that are due the longest and not under way: it gives their letters, and what became of those that
// have none. One whose letter can't be written is tried again later, like any other, and stands in nobody's way.
func (s *Sender) pick(tx store.Tx, under map[int64]bool) (letters []letter, settled []outcome, err error) {
	due, err := tx.DueNotices(s.now(), maxAtOnce)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range due {
		if under[n.ID] || len(under)+len(letters) == maxAtOnce {
			continue
		}
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
