package cabinet_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"go.bug.st/serial"

	"lockhouse"
	"lockhouse/sim/cabinet"
)

// row gives n compartments on one board, numbered from 1.
func row(board, n int) (row []lockhouse.Compartment) {
	for i := range n {
		row = append(row, lockhouse.Compartment{Number: board*100 + i + 1, Board: board, Channel: i})
	}
	return row
}

func built(t *testing.T, s cabinet.Settings, compartments []lockhouse.Compartment) *cabinet.Cabinet {
	t.Helper()
	c, err := cabinet.New(compartments, s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plugged gives the far end of a cabinet's line.
func plugged(t *testing.T, c *cabinet.Cabinet) serial.Port {
	t.Helper()
	line, err := c.Plug()
	if err != nil {
		t.Fatal(err)
	}
	port, err := serial.Open(line.Path(), &serial.Mode{BaudRate: 19200, DataBits: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = port.Close()
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	})
	return port
}

// says writes a request and reads exactly as many bytes as are wanted.
func says(t *testing.T, port serial.Port, request, want []byte) {
	t.Helper()
	if _, err := port.Write(request); err != nil {
		t.Fatal(err)
	}
	if err := port.SetReadTimeout(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	var got []byte
	for buf := make([]byte, 64); len(got) < len(want); {
		n, err := port.Read(buf)
		if err != nil || n == 0 {
			t.Fatalf("after % x the line gave % x, then %v", request, got, err)
		}
		got = append(got, buf[:n]...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("after % x the line gave % x, want % x", request, got, want)
	}
}

// The bytes here are written out by hand from the dialect, so that neither the board's code nor the driver's is asked.
func TestBytesOnTheLine(t *testing.T) {
	c := built(t, cabinet.Settings{}, append(row(0, 10), row(2, 16)...))
	port := plugged(t, c)

	says(t, port, []byte{0x02, 0x00, 0x30, 0x03, 0x35}, []byte{0x02, 0x00, 0x35, 0xff, 0x03, 0, 0, 0x03, 0x3c})
	says(t, port, []byte{0x02, 0x20, 0x30, 0x03, 0x55}, []byte{0x02, 0x20, 0x35, 0xff, 0xff, 0, 0, 0x03, 0x58})
	says(t, port, []byte{0x02, 0x00, 0x31, 0x03, 0x36}, []byte{0x02, 0x00, 0x35, 0xfe, 0x03, 0, 0, 0x03, 0x3b})
	if err := c.Put(1, "a teapot"); err != nil {
		t.Fatal(err)
	}
	says(t, port, []byte{0x02, 0x00, 0x30, 0x03, 0x35}, []byte{0x02, 0x00, 0x35, 0xfe, 0x03, 1, 0, 0x03, 0x3c})

	// Noise, a board that isn't there, and a wrong checksum get no answer; the request behind them does.
	says(t, port, []byte{0x02, 0x02, 0x30, 0x02, 0x70, 0x30, 0x03, 0xa5, 0x02, 0x00, 0x31, 0x03, 0x37, 0x02, 0x20, 0x30, 0x03, 0x55},
		[]byte{0x02, 0x20, 0x35, 0xff, 0xff, 0, 0, 0x03, 0x58})
	if p := c.Look()[0].Pulses; p != 1 {
		t.Errorf("lock 1 was pulsed %d times, want once", p)
	}
}

func TestDoorNeedsAHandAndAPulse(t *testing.T) {
	c := built(t, cabinet.Settings{}, row(0, 2))
	port := plugged(t, c)
	if err := c.Put(2, "a kettle"); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Errorf("something went in through a shut door: %v", err)
	}
	if _, err := port.Write([]byte{0x02, 0x01, 0x31, 0x03, 0x37}); err != nil {
		t.Fatal(err)
	}
	await(t, c, func(v []cabinet.View) bool { return v[1].Open })
	if err := c.Put(2, "a kettle"); err != nil {
		t.Error(err)
	}
	if err := c.Put(2, "another"); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Errorf("two things in one compartment: %v", err)
	}
	if err := c.Shut(2); err != nil {
		t.Error(err)
	}
	if _, err := c.Take(2); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Errorf("something came out through a shut door: %v", err)
	}
	if err := c.Force(2); err != nil {
		t.Error(err)
	}
	if thing, err := c.Take(2); thing != "a kettle" || err != nil {
		t.Errorf("took %q, %v", thing, err)
	}
	if _, err := c.Take(2); lockhouse.CodeOf(err) != lockhouse.CodeConflict {
		t.Errorf("took something out of nothing: %v", err)
	}
	if v := c.Look()[1]; !v.Open || v.Inside != "" || v.Pulses != 1 {
		t.Errorf("in the end: %+v", v)
	}
}

func TestSpringTakesItsTime(t *testing.T) {
	c := built(t, cabinet.Settings{SpringMS: 150}, row(0, 1))
	port := plugged(t, c)
	// The answer to the unlock still says shut: an answer is not an open door.
	says(t, port, []byte{0x02, 0x00, 0x31, 0x03, 0x36}, []byte{0x02, 0x00, 0x35, 0x01, 0, 0, 0, 0x03, 0x3b})
	await(t, c, func(v []cabinet.View) bool { return v[0].Open })
	says(t, port, []byte{0x02, 0x00, 0x30, 0x03, 0x35}, []byte{0x02, 0x00, 0x35, 0x00, 0, 0, 0, 0x03, 0x3a})
}

func TestPortCanBeOpenedAgain(t *testing.T) {
	c := built(t, cabinet.Settings{}, row(0, 1))
	line, err := c.Plug()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		port, err := serial.Open(line.Path(), &serial.Mode{BaudRate: 19200, DataBits: 8})
		if err != nil {
			t.Fatal(err)
		}
		says(t, port, []byte{0x02, 0x00, 0x30, 0x03, 0x35}, []byte{0x02, 0x00, 0x35, 0x01, 0, 0, 0, 0x03, 0x3b})
		if err := port.Close(); err != nil {
			t.Fatal(err)
		}
	}
	path := line.Path()
	if err := line.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Errorf("%s is there after the line was unplugged", path)
	}
}

func TestRefusals(t *testing.T) {
	for name, row := range map[string][]lockhouse.Compartment{
		"same number":       {{Number: 1, Channel: 0}, {Number: 1, Channel: 1}},
		"same lock":         {{Number: 1, Channel: 3}, {Number: 2, Channel: 3}},
		"no such board":     {{Number: 1, Board: 16}},
		"no such lock":      {{Number: 1, Channel: 16}},
		"a board below 0":   {{Number: 1, Board: -1}},
		"a channel below 0": {{Number: 1, Channel: -1}},
	} {
		if _, err := cabinet.New(row, cabinet.Settings{}); err == nil {
			t.Errorf("%s: was built", name)
		}
	}
	if _, err := cabinet.New(row(0, 1), cabinet.Settings{SpringMS: 5_001}); err == nil {
		t.Error("a spring of 5001 ms was built")
	}
	c := built(t, cabinet.Settings{}, row(0, 1))
	for name, err := range map[string]error{
		"unknown compartment": c.Force(9), "unknown board": c.FaultBoard(1, cabinet.BoardMute),
		"unknown door fault": c.FaultDoor(1, "rusty"), "unknown board fault": c.FaultBoard(0, "rusty"),
		"fault of no door": c.FaultDoor(9, cabinet.DoorDead), "a thing without a name": c.Put(1, ""),
	} {
		if code := lockhouse.CodeOf(err); code != lockhouse.CodeNotFound && code != lockhouse.CodeMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// await looks after each change until what is seen pleases.
func await(t *testing.T, c *cabinet.Cabinet, pleases func([]cabinet.View) bool) {
	t.Helper()
	for late := time.After(10 * time.Second); ; {
		changed := c.Changed()
		if pleases(c.Look()) {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("it did not come to pass; the doors are %+v", c.Look())
		}
	}
}
