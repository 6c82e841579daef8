package ble_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"lockhouse/sim/radio/central"
)

// realBlueZ says that this machine has a bluetoothd with two adapters on its system bus: scripts/test-bluez makes one.
const realBlueZ = "LOCKHOUSE_REAL_BLUEZ"

// What holds on the simulated radio holds with bluetoothd itself, between two virtual controllers.
func TestRealBlueZ(t *testing.T) {
	if os.Getenv(realBlueZ) == "" {
		t.Skip("needs a bluetoothd with two adapters; scripts/test-bluez brings one")
	}
	latch := &echo{}
	options := withLatch(latch, "")
	onAir := make(chan error, 64)
	names := make(chan string, 1)
	name := "monday"
	options.Name = func() string {
		select {
		case name = <-names:
		default:
		}
		return name
	}
	options.OnAir = func(reason error) { onAir <- reason }
	options.Idle = 3 * time.Second
	serve(t, "", options)
	awaitOnAir(t, onAir)

	link := dialReal(t, "monday")
	if err := link.Write(limit(t), []byte("early")); err == nil {
		t.Error("a write before INFO is taken")
	}
	if info := readInfo(t, link); len(info) != 46 || info[0] != 1 {
		t.Fatalf("INFO is %q", info)
	}
	t.Logf("MTU: the phone knows %d, the locker %v", link.MTU(), latch.mtus)
	for n := range 20 {
		frame := fmt.Sprint("frame ", n)
		sendFrame(t, link, frame)
		if got := receive(t, link, 1); got != frame {
			t.Fatalf("sent %q, got %q", frame, got)
		}
	}
	if err := link.Write(limit(t), []byte("no")); !errors.Is(err, central.ATTError{Code: 0x85}) {
		t.Errorf("a refused frame gave %v", err)
	}
	longest := strings.Repeat("l", 508)
	sendFrame(t, link, longest)
	if got := receive(t, link, 1); got != longest {
		t.Errorf("the longest frame came back with %d bytes", len(got))
	}
	select {
	case _, open := <-link.Frames():
		if open {
			t.Error("a frame came from nowhere")
		}
	case <-limit(t).Done():
		t.Error("a silent phone stays connected")
	}
	eventually(t, "the session is closed", func() bool { _, closed := latch.counts(); return closed == 1 })

	names <- "tuesday"
	awaitOnAir(t, onAir)
	again := dialReal(t, "tuesday")
	if info := readInfo(t, again); info[0] != 2 {
		t.Errorf("INFO is %q", info)
	}
	sendFrame(t, again, "back")
	if got := receive(t, again, 2); got != "back" {
		t.Errorf("got %q", got)
	}
	again.Close()
	eventually(t, "the second session is closed", func() bool { _, closed := latch.counts(); return closed == 2 })
}

func awaitOnAir(t *testing.T, onAir <-chan error) {
	t.Helper()
	ctx := limit(t)
	for {
		select {
		case reason := <-onAir:
			if reason == nil {
				return
			}
			t.Log(reason)
		case <-ctx.Done():
			t.Fatal("the locker is not on the air")
		}
	}
}

func dialReal(t *testing.T, name string) *central.Link {
	t.Helper()
	phone, err := central.OpenOn(limit(t), "", "hci1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	link, err := phone.Dial(limit(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return link
}
