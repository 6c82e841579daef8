package ble_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockhouse/edge/ble"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

func TestBluetoothdRestarts(t *testing.T) {
	air := startRadio(t, radio.Options{})
	latch := &echo{}
	serve(t, air.Address(), withLatch(latch, "pseudonym"))
	for round := 1; round <= 3; round++ {
		await(t, air, radio.Named("pseudonym"))
		link := dial(t, air, "pseudonym")
		readInfo(t, link)
		sendFrame(t, link, "hello")
		if err := air.Down(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the session is closed", func() bool { _, closed := latch.counts(); return closed == round })
		await(t, air, noLockers)
		if err := air.Up(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnAdapterThatIsOffIsSwitchedOn(t *testing.T) {
	air := startRadio(t, radio.Options{SwitchOff: true})
	air.RefusePower(2)
	options := withLatch(&echo{}, "pseudonym")
	reasons := make(chan error, 16)
	options.OnAir = func(reason error) { reasons <- reason }
	serve(t, air.Address(), options)
	await(t, air, radio.Named("pseudonym"))
	for range 2 {
		if reason := <-reasons; reason == nil || !strings.Contains(reason.Error(), "switched on") {
			t.Errorf("reported %v", reason)
		}
	}
	if reason := <-reasons; reason != nil {
		t.Errorf("on the air, and reported %v", reason)
	}
}

func TestAnAdapterThatIsSwitchedOffComesBack(t *testing.T) {
	air := startRadio(t, radio.Options{})
	latch := &echo{}
	serve(t, air.Address(), withLatch(latch, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	readInfo(t, dial(t, air, "pseudonym"))
	air.SetPowered(false)
	await(t, air, radio.Named("pseudonym"))
	eventually(t, "the session is closed", func() bool { _, closed := latch.counts(); return closed == 1 })
	readInfo(t, dial(t, air, "pseudonym"))
}

func TestTheLockerWaitsForBluetoothd(t *testing.T) {
	air := startRadio(t, radio.Options{})
	if err := air.Down(); err != nil {
		t.Fatal(err)
	}
	options := withLatch(&echo{}, "pseudonym")
	reasons := make(chan error, 64)
	options.OnAir = func(reason error) { reasons <- reason }
	serve(t, air.Address(), options)
	if reason := <-reasons; reason == nil || !strings.Contains(reason.Error(), "not running") {
		t.Fatalf("reported %v", reason)
	}
	if err := air.Up(); err != nil {
		t.Fatal(err)
	}
	await(t, air, radio.Named("pseudonym"))
}

// A bluetoothd that was away for long and is back may refuse a few times yet. The locker does not wait then for as long as it
// had come to wait: three waits of that length are more than the test's limit.
func TestBluetoothdIsSlowAfterAnOutage(t *testing.T) {
	air := startRadio(t, radio.Options{SwitchOff: true})
	if err := air.Down(); err != nil {
		t.Fatal(err)
	}
	options := withLatch(&echo{}, "pseudonym")
	reasons := make(chan error, 64)
	options.OnAir = func(reason error) { reasons <- reason }
	serve(t, air.Address(), options)
	for range 5 {
		<-reasons
	}
	air.RefusePower(3)
	if err := air.Up(); err != nil {
		t.Fatal(err)
	}
	await(t, air, radio.Named("pseudonym"))
}

// Nobody restarts a bluetoothd that crashed, unless somebody asks for it: the locker does.
func TestTheLockerAsksForBluetoothd(t *testing.T) {
	asked := filepath.Join(t.TempDir(), "asked")
	air := startRadio(t, radio.Options{OnDemand: "/bin/touch " + asked})
	serve(t, air.Address(), withLatch(&echo{}, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	if err := air.Down(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "bluetoothd is asked for", func() bool { _, err := os.Stat(asked); return err == nil })
	if err := air.Up(); err != nil {
		t.Fatal(err)
	}
	await(t, air, radio.Named("pseudonym"))
}

func TestABusThatIsNotThereIsDialledAgain(t *testing.T) {
	options := withLatch(&echo{}, "pseudonym")
	reasons := make(chan error, 64)
	options.OnAir = func(reason error) { reasons <- reason }
	serve(t, "unix:path=/nonexistent/bus", options)
	for range 2 {
		if reason := <-reasons; reason == nil {
			t.Fatal("on the air without a bus")
		}
	}
}

// A name that does not fit the air keeps the locker off it, and is reported; the next good one puts it on.
func TestANameThatDoesNotFit(t *testing.T) {
	air := startRadio(t, radio.Options{})
	options := withLatch(&echo{}, "")
	reasons := make(chan error, 64)
	options.OnAir = func(reason error) { reasons <- reason }
	bad := true
	options.Name = func() string {
		if bad {
			bad = false
			return strings.Repeat("n", 30)
		}
		return "pseudonym"
	}
	serve(t, air.Address(), options)
	if reason := <-reasons; reason == nil || !strings.Contains(reason.Error(), "29") {
		t.Errorf("reported %v", reason)
	}
	await(t, air, radio.Named("pseudonym"))
}

// Each loss is exact: the locker never heard, or it did and the phone was not told.
func TestLinkLostOnEitherLeg(t *testing.T) {
	for name, c := range map[string]struct {
		leg   radio.Leg
		heard bool
	}{"request": {radio.Request, false}, "answer": {radio.Answer, true}} {
		t.Run(name, func(t *testing.T) {
			air := startRadio(t, radio.Options{})
			latch := &echo{writes: make(chan string, 8)}
			serve(t, air.Address(), withLatch(latch, "pseudonym"))
			await(t, air, radio.Named("pseudonym"))
			link := dial(t, air, "pseudonym")
			readInfo(t, link)
			sendFrame(t, link, "first")
			air.DropAfter(2, c.leg)
			sendFrame(t, link, "second")
			var att central.ATTError
			if err := link.Write(limit(t), []byte("third")); !errors.As(err, &att) {
				t.Fatalf("the broken write gave %v", err)
			}
			eventually(t, "the session is closed", func() bool { _, closed := latch.counts(); return closed == 1 })
			close(latch.writes)
			heard := false
			for frame := range latch.writes {
				heard = heard || frame == "third"
			}
			if heard != c.heard {
				t.Errorf("the locker heard the lost frame: %v", heard)
			}
		})
	}
}

func TestALockerThatLeavesIsGone(t *testing.T) {
	air := startRadio(t, radio.Options{})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	latch := &echo{}
	go func() { done <- ble.Serve(ctx, air.Address(), withLatch(latch, "pseudonym")) }()
	await(t, air, radio.Named("pseudonym"))
	address := air.Lockers()[0].Address
	link := dial(t, air, "pseudonym")
	readInfo(t, link)
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, closed := latch.counts(); closed != 1 {
		t.Error("Serve ended and a session is open")
	}
	await(t, air, noLockers)
	select {
	case <-link.Frames():
	case <-time.After(10 * time.Second):
		t.Error("the phone is not told")
	}
	serve(t, air.Address(), withLatch(latch, "pseudonym"))
	await(t, air, radio.Named("pseudonym"))
	if again := air.Lockers()[0].Address; again != address {
		t.Errorf("after a restart the address is %s, it was %s", again, address)
	}
}
