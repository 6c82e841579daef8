package board

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"lockhouse"
)

// fakeLine is a line in a bubble of fake time, so that what the driver waits for can be said to the millisecond. answer
// gives what comes after the nth request (from 0), and how long after it.
type fakeLine struct {
	answer  func(n int) (after time.Duration, bytes []byte)
	taken   int // bytes of a frame that can be written; 0 is all
	sent    [][]byte
	coming  []byte
	at      time.Time
	timeout time.Duration
}

var errUnplugged = errors.New("unplugged")

func (l *fakeLine) Write(p []byte) (int, error) {
	if l.taken > 0 {
		return l.taken, errUnplugged
	}
	after, bytes := l.answer(len(l.sent))
	l.sent = append(l.sent, append([]byte(nil), p...))
	l.coming, l.at = bytes, time.Now().Add(after)
	return len(p), nil
}

func (l *fakeLine) Read(p []byte) (int, error) {
	wait := l.timeout
	if left := time.Until(l.at); len(l.coming) > 0 && left <= wait {
		time.Sleep(left)
		n := copy(p, l.coming)
		l.coming = l.coming[n:]
		return n, nil
	}
	time.Sleep(wait)
	return 0, nil
}

func (l *fakeLine) SetReadTimeout(wait time.Duration) error { l.timeout = wait; return nil }

func (l *fakeLine) ResetInputBuffer() error {
	if !time.Now().Before(l.at) {
		l.coming = nil
	}
	return nil
}

func (l *fakeLine) Close() error { return nil }

func on(l *fakeLine) *Driver {
	return New(cu16{}, func() (Line, error) { return l, nil }, Settings{})
}

// reply is a CU16's report, made by hand.
func reply(board int, hooks uint16) []byte {
	f := []byte{0x02, byte(board << 4), 0x35, byte(hooks), byte(hooks >> 8), 0, 0, 0x03}
	return append(f, sum(f))
}

// A line on which nobody answers any more is opened anew: whoever changed its speed behind our back would have silenced every board for
// good. One on which a single board is silent stays open.
func TestALineThatFellSilentIsOpenedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, well := 0, true
		driver := New(cu16{}, func() (Line, error) {
			opened++
			ours := opened // a line that was opened before the change is deaf from then on
			return &fakeLine{answer: func(int) (time.Duration, []byte) {
				if ours == 1 && !well {
					return 0, nil
				}
				return time.Millisecond, reply(1, 0xFFFF)
			}}, nil
		}, Settings{})
		for range 2 * deafRequests {
			if _, err := driver.Shut(t.Context(), 0); lockhouse.CodeOf(err) != CodeBoardForeign {
				t.Fatal(err)
			}
		}
		if _, err := driver.Shut(t.Context(), 1); err != nil || opened != 1 {
			t.Fatalf("beside a board that is not there: %v; the line was opened %d times", err, opened)
		}
		well = false
		for range deafRequests / statusTries {
			if _, err := driver.Shut(t.Context(), 1); lockhouse.CodeOf(err) != CodeBoardSilent {
				t.Fatal(err)
			}
		}
		if _, err := driver.Shut(t.Context(), 1); err != nil || opened != 2 {
			t.Errorf("after silence: %v; the line was opened %d times", err, opened)
		}
	})
}

func nothing(int) (time.Duration, []byte) { return 0, nil }

func TestStatusIsAskedThreeTimesAndAnUnlockOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line, began := &fakeLine{answer: nothing}, time.Now()
		driver := on(line)
		if _, err := driver.Shut(t.Context(), 0); lockhouse.CodeOf(err) != CodeBoardSilent {
			t.Error(err)
		}
		if took := time.Since(began); len(line.sent) != 3 || took != 1100*time.Millisecond {
			t.Errorf("a silent board was asked %d times in %v, want 3 times in 1.1s", len(line.sent), took)
		}
		line.sent = nil
		if answer, err := driver.Pulse(t.Context(), 0, 0); answer != lockhouse.AnswerUnknown || lockhouse.CodeOf(err) != CodeLockUnconfirmed {
			t.Errorf("answer %d, %v", answer, err)
		}
		unlocks := 0
		for _, frame := range line.sent {
			if frame[2] == cu16Unlock {
				unlocks++
			}
		}
		if unlocks != 1 || len(line.sent) != 4 {
			t.Errorf("sent %x: want one unlock, and then three status requests", line.sent)
		}
	})
}

// The answer to a status that was given up comes after the unlock has been sent, or would have: it must not pass for
// the answer to the unlock.
func TestLateStatusIsNotTheUnlocksAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &fakeLine{answer: func(n int) (time.Duration, []byte) {
			if n == 2 {
				return 390 * time.Millisecond, reply(0, 0xffff)
			}
			return 0, nil
		}}
		driver := on(line)
		if _, err := driver.Shut(t.Context(), 0); err == nil {
			t.Fatal("the status was answered in time")
		}
		if answer, err := driver.Pulse(t.Context(), 0, 0); answer != lockhouse.AnswerUnknown {
			t.Errorf("answer %d, %v", answer, err)
		}
	})
}

func TestAnswerCountsUntilTheLastMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &fakeLine{answer: func(int) (time.Duration, []byte) { return 299 * time.Millisecond, reply(0, 0xfffe) }}
		doors, err := on(line).Shut(t.Context(), 0)
		if err != nil || doors[0] || !doors[1] || len(line.sent) != 1 {
			t.Errorf("%v, %v after %d requests", doors, err, len(line.sent))
		}
	})
}

// Some adapters hear themselves: the echo of a request is neither an answer nor noise.
func TestEchoIsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &fakeLine{}
		line.answer = func(int) (time.Duration, []byte) {
			return time.Millisecond, cu16{}.Ask(0, 0)
		}
		if _, err := on(line).Shut(t.Context(), 0); lockhouse.CodeOf(err) != CodeBoardSilent {
			t.Errorf("an echo was taken for something else: %v", err)
		}
	})
}

// Without its checksum a frame is none: the lock was surely not pulsed. With it, nobody knows.
func TestHalfWrittenUnlock(t *testing.T) {
	for taken, want := range map[int]lockhouse.Answer{4: lockhouse.AnswerNotDone, 5: lockhouse.AnswerUnknown} {
		line := &fakeLine{answer: nothing, taken: taken}
		answer, err := on(line).Pulse(t.Context(), 0, 0)
		if answer != want || !errors.Is(err, errUnplugged) {
			t.Errorf("%d bytes written: answer %d, %v; want %d", taken, answer, err, want)
		}
	}
}

// A line that babbles without end is listened to for its time and no longer.
func TestEndlessNoise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &fakeLine{answer: func(int) (time.Duration, []byte) {
			return 0, make([]byte, 1<<20)
		}}
		babble := &slowly{fakeLine: line}
		driver := New(cu16{}, func() (Line, error) { return babble, nil }, Settings{})
		began := time.Now()
		if _, err := driver.Shut(t.Context(), 0); lockhouse.CodeOf(err) != CodeBoardGarbled {
			t.Error(err)
		}
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("listened to noise for %v", took)
		}
	})
}

// slowly gives a line's bytes at 19200 baud.
type slowly struct{ *fakeLine }

func (s *slowly) Read(p []byte) (int, error) {
	n, err := s.fakeLine.Read(p)
	time.Sleep(time.Duration(n) * 10 * time.Second / 19200)
	return n, err
}
