package cabinet_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"go.bug.st/serial"

	"lockhouse"
	"lockhouse/sim/cabinet"
)

// The bytes are written out by hand, so that neither the boards' code nor the driver's is asked: a status with every
// door shut, an unlock of the second lock, and a status again, with something behind that door.
func TestBytesOfEveryDialect(t *testing.T) {
	known := map[string]struct {
		board                                 int
		ask, shut, unlock, word, change, open string
	}{
		"cu16": {2, "0220300355", "022035 ffff 0000 03 58", "022131 0357", "022035 fdff 0000 03 56", "", "022035 fdff 0200 03 58"},
		"cu24": {2, "020200500357", "02020065 ffffff 000000 03 69", "020201510359", "02020065 fdffff 000000 03 67", "", "02020065 fdffff 020000 03 69"},
		"cu48": {0, "020000600365", "02000075 ffffffffffff 000000000000 03 74", "020001610367", "02000075 fdffffffffff 000000000000 03 72", "",
			"02000075 fdffffffffff 020000000000 03 74"},
		"8a":      {1, "80010033b2", "8001ffffff334d", "8a01021198", "8a01020089", "8201020081", "8001fffffd334f"},
		"winnsen": {1, "900612010203", "90079201000203", "900605010203", "90078501020103", "", "90079201010203"},
		"wkly": {3, "574b4c590803 84 86", "574b4c592203840018" + strings.Repeat("01", 24) + "b4", "574b4c590903 8202 83", "574b4c590b03820002 00 81",
			"574b4c590a03850200 87", "574b4c5922038400180100" + strings.Repeat("01", 22) + "b5"},
	}
	for _, dialect := range cabinet.Dialects() {
		c, ok := known[dialect]
		if !ok {
			t.Errorf("no bytes are known of %s", dialect)
			continue
		}
		channels := map[string]int{"cu48": 48, "winnsen": 16, "cu16": 16}[dialect]
		if channels == 0 {
			channels = 24
		}
		k := built(t, cabinet.Settings{Dialect: dialect}, row(c.board, channels))
		port := plugged(t, k)
		says(t, port, unhex(t, c.ask), unhex(t, c.shut))
		says(t, port, unhex(t, c.unlock), unhex(t, c.word+c.change)) // the door springs open at once, and some boards say so
		if err := k.Put(c.board*100+2, "a teapot"); err != nil {
			t.Errorf("%s: %v", dialect, err)
		}
		says(t, port, unhex(t, c.ask), unhex(t, c.open))
	}
}

// A door that somebody forces, or shuts, is news that nobody asked for.
func TestBoardsTellOfThemselves(t *testing.T) {
	c := built(t, cabinet.Settings{Dialect: "8a"}, row(1, 3))
	port := plugged(t, c)
	if err := c.Force(103); err != nil {
		t.Fatal(err)
	}
	says(t, port, nil, unhex(t, "8201030080"))
	if err := c.Shut(103); err != nil {
		t.Fatal(err)
	}
	says(t, port, nil, unhex(t, "8201031191"))
}

// Boards understand nothing at a speed that is not theirs.
func TestSpeed(t *testing.T) {
	c := built(t, cabinet.Settings{Dialect: "wkly", Speed: 9_600}, row(0, 2))
	port := plugged(t, c)
	speak := func(baud int, bytes string) {
		t.Helper()
		if err := port.SetMode(&serial.Mode{BaudRate: baud, DataBits: 8}); err != nil {
			t.Fatal(err)
		}
		if _, err := port.Write(unhex(t, bytes)); err != nil {
			t.Fatal(err)
		}
	}
	speak(9_600, "574b4c590900820280")
	await(t, c, func(v []cabinet.View) bool { return v[1].Open })
	if err := errors.Join(port.ResetInputBuffer(), port.SetReadTimeout(300*time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	speak(19_200, "574b4c590900820183")
	if _, err := port.Read(make([]byte, 1)); err != nil || c.Look()[0].Pulses != 0 {
		t.Errorf("a board understood what was said at another speed: %v, %+v", err, c.Look()[0])
	}
}

func TestUnknownDialect(t *testing.T) {
	if _, err := cabinet.New(row(0, 1), cabinet.Settings{Dialect: "kerong"}); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Error(err)
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
