package calmlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// night writes a line a minute for some hours, and gives the lines that came out.
func night(t *testing.T, hours int, attrs func(minute int) []slog.Attr) []string {
	t.Helper()
	var out bytes.Buffer
	h := New(slog.NewTextHandler(&out, nil)).WithAttrs([]slog.Attr{slog.String("locker", "a")})
	for minute := range hours * 60 {
		r := slog.NewRecord(time.Unix(0, 0).Add(time.Duration(minute)*time.Minute), slog.LevelWarn, "uplink: down", 0)
		r.AddAttrs(attrs(minute)...)
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

// A network that is away for a night is said once, and then once an hour with the number of times between.
func TestTheSameIsSaidOnceAnHour(t *testing.T) {
	lines := night(t, 8, func(minute int) []slog.Attr {
		return []slog.Attr{slog.Any("error", errors.New("refused")), slog.Duration("again_in", time.Duration(minute)*time.Millisecond)}
	})
	if len(lines) != 8 || strings.Contains(lines[0], "left_out") || !strings.Contains(lines[1], "left_out=59") {
		t.Errorf("%d lines:\n%s", len(lines), strings.Join(lines, "\n"))
	}
}

func TestAChangeIsSaidAtOnce(t *testing.T) {
	lines := night(t, 1, func(minute int) []slog.Attr { return []slog.Attr{slog.Bool("refused", minute >= 30)} })
	if len(lines) != 2 || !strings.Contains(lines[1], "left_out=29") {
		t.Errorf("%q", lines)
	}
}

// What goes up and down is said each time, up to the bound.
func TestThatItIsBackIsSaid(t *testing.T) {
	var out bytes.Buffer
	h := New(slog.NewTextHandler(&out, nil))
	for i, said := range []string{"air: up", "air: down", "air: up", "air: up", "air: down"} {
		level := slog.LevelInfo
		if said == "air: down" {
			level = slog.LevelWarn
		}
		if err := h.Handle(context.Background(), slog.NewRecord(time.Unix(int64(i), 0), level, said, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if lines := strings.Count(out.String(), "\n"); lines != 4 || strings.Count(out.String(), "air: down") != 2 {
		t.Errorf("of up, down, up, up, down was said:\n%s", out.String())
	}
}

// What changes each time is bounded too.
func TestEverNewWordsAreBounded(t *testing.T) {
	lines := night(t, 8, func(minute int) []slog.Attr { return []slog.Attr{slog.Int("port", minute)} })
	if len(lines) != 8*maxLines {
		t.Errorf("%d lines in 8 hours, at most %d are said", len(lines), 8*maxLines)
	}
}

func TestMessagesAreForgottenBeyondALimit(t *testing.T) {
	s := &said{messages: map[string]*message{}}
	for i := range 10 * maxMessages {
		s.worth(fmt.Sprint(i), "", time.Unix(0, 0))
	}
	if len(s.messages) > maxMessages {
		t.Errorf("%d messages are remembered", len(s.messages))
	}
}
