// Package calmlog is a log that does not repeat itself: for a program that runs for years on a small disk, where a network that
// stays away says the same each minute. What is said again in the same words, durations aside, is said once an hour, with
// the number of times that it was left out; and the same message with ever new details, a dozen times an hour.
package calmlog

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Bounds of what is said.
const (
	againS       = 3_600 // between two lines in the same words, and the time over which maxLines counts
	maxLines     = 12    // of one message
	maxMessages  = 256   // told apart; beyond, all is begun anew
	maxWordBytes = 1_024 // of a line's details that are compared
)

// Handler passes on to another what is worth saying.
type Handler struct {
	next slog.Handler
	said *said
}

// New makes a handler in front of next.
func New(next slog.Handler) Handler { return Handler{next, &said{messages: map[string]*message{}}} }

// Enabled asks the handler behind.
func (h Handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// WithAttrs gives a handler that shares what was said.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.next.WithAttrs(attrs), h.said}
}

// WithGroup gives a handler that shares what was said.
func (h Handler) WithGroup(name string) slog.Handler { return Handler{h.next.WithGroup(name), h.said} }

// Handle says a line, or counts it.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	name, state := matterOf(r)
	left, say := h.said.worth(name, state+words(r), r.Time)
	if !say {
		return nil
	}
	if left > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out", left))
	}
	return h.next.Handle(ctx, r)
}

// matterOf gives what a line is about, and "up" or "down" apart from it: that something is back is news, though it was back
// within the hour before.
func matterOf(r slog.Record) (name, state string) {
	for _, state := range []string{": up", ": down"} {
		if name, found := strings.CutSuffix(r.Message, state); found {
			return name, state
		}
	}
	return r.Level.String() + " " + r.Message, ""
}

// said is what was said of each message.
type said struct {
	mu       sync.Mutex
	messages map[string]*message
}

type message struct {
	words string
	at    time.Time // last said
	since time.Time // lines are counted
	lines int
	left  int // out since it was last said
}

// worth tells whether a line is to be said, and how many were left out before it.
func (s *said) worth(name, words string, at time.Time) (left int, say bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.messages[name]
	if m == nil {
		if len(s.messages) >= maxMessages {
			clear(s.messages)
		}
		m = &message{}
		s.messages[name] = m
	}
	if at.Sub(m.since) >= againS*time.Second {
		m.since, m.lines = at, 0
	}
	if m.lines >= maxLines || m.words == words && at.Sub(m.at) < againS*time.Second {
		m.left++
		return 0, false
	}
	left, m.left = m.left, 0
	m.words, m.at, m.lines = words, at, m.lines+1
	return left, true
}

// words gives a line's details but for durations: how long until the next try is no news.
func words(r slog.Record) string {
	var b strings.Builder
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.Kind() != slog.KindDuration {
			b.WriteString(a.String())
			b.WriteByte('\n')
		}
		return b.Len() < maxWordBytes
	})
	return b.String()
}
