package main

import (
	"fmt"
	"os"
	"time"
)

// How often progress is shown: on a terminal in one line that moves, elsewhere in a line of its own.
const (
	meterEvery = 100 * time.Millisecond
	lineEvery  = 10 * time.Second
)

// meter shows how far long work has come.
type meter struct {
	out      *os.File
	what     string
	terminal bool
	began    time.Time
	shown    time.Time
	done, of int64
	open     bool // there is something that was not shown, or a line without an end
}

func newMeter(out *os.File, what string) *meter {
	info, err := out.Stat()
	return &meter{out: out, what: what, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, began: time.Now(), shown: time.Now()}
}

// show notes progress and shows it, but not too often. An of of 0 says that nobody knows the end.
func (m *meter) show(done, of int64) {
	m.done, m.of, m.open = done, of, true
	every := lineEvery
	if m.terminal {
		every = meterEvery
	}
	if now := time.Now(); now.Sub(m.shown) >= every {
		m.shown = now
		m.print()
	}
}

func (m *meter) print() {
	line := fmt.Sprintf("%d %s", m.done, m.what)
	if m.of > 0 {
		line = fmt.Sprintf("%d of %d %s, %d %%", m.done, m.of, m.what, 100*m.done/m.of)
	}
	line += fmt.Sprintf(", %.0f s", time.Since(m.began).Seconds())
	if m.terminal {
		fmt.Fprintf(m.out, "\r%s\x1b[K", line)
		return
	}
	fmt.Fprintln(m.out, line)
}

// end shows where it ended, once.
func (m *meter) end() {
	if !m.open {
		return
	}
	m.open = false
	m.print()
	if m.terminal {
		fmt.Fprintln(m.out)
	}
}
