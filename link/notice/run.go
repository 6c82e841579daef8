package notice

import (
	"context"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// Run sends what is due until ctx ends; a mail under way then is finished, which takes sendTimeout at most.
func (s *Sender) Run(ctx context.Context) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("mail: the queue could not be worked", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-s.nudge:
		case <-poll.C:
		}
	}
}

// sweep sends what is due now, oldest first, as long as the server takes it.
func (s *Sender) sweep(ctx context.Context) error {
	if s.options.Host == "" {
		return nil
	}
	var due []lockhouse.Notice
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		due, err = tx.DueNotices(s.now(), maxDue)
		return err
	})
	if err != nil {
		return err
	}
	for _, n := range due {
		if ctx.Err() != nil {
			return nil
		}
		if err := s.handle(context.WithoutCancel(ctx), n); err != nil {
			return err
		}
	}
	if len(due) == maxDue {
		s.Nudge()
	}
	return nil
}

// handle sends one notice and writes down what became of it. Its error is the store's; the mail server's is kept with
// the notice.
func (s *Sender) handle(ctx context.Context, n lockhouse.Notice) error {
	letter, needed, err := s.letter(ctx, n)
	var failed error
	switch {
	case lockhouse.CodeOf(err) == lockhouse.CodeNotFound:
		failed = permanent("the person or parcel is no longer known")
	case err != nil:
		return err
	case !needed:
		failed = permanent("no longer needed")
	default:
		failed = s.send(ctx, letter)
	}
	outcome, said := s.outcome(n, failed)
	if failed != nil {
		s.log.Warn("mail: not sent", slog.Int64("notice", n.ID), slog.String("kind", string(n.Kind)), slog.Int("try", outcome.Count),
			slog.String("because", outcome.LastError), slog.Bool("again", !outcome.NextAt.IsZero()))
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.UpdateNotice(n.ID, outcome); err != nil || said == nil {
			return err
		}
		return tx.Say(*said)
	})
}

// outcome says what follows from a try: sent, again later, or given up; and what the timeline is told of it.
func (s *Sender) outcome(n lockhouse.Notice, failed error) (lockhouse.Attempts, *lockhouse.Event) {
	now := s.now()
	a := lockhouse.Attempts{Count: n.Count + 1}
	said := &lockhouse.Event{At: now, Parcel: n.Parcel, Note: string(n.Kind)}
	if failed == nil {
		a.DoneAt, said.Kind = now, lockhouse.EventNoticeSent
		return a, said
	}
	a.LastError = plain(failed)
	if wait, again := Waits.After(a.Count, s.random); again && !isPermanent(failed) {
		a.NextAt = now.Add(wait)
		return a, nil
	}
	said.Kind = lockhouse.EventNoticeFailed
	return a, said
}
