package onair

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lockhouse/edge/ble"
	"lockhouse/internal/process"
	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

// realBlueZ says that this machine has two controllers and a system bus, and is there for these tests: scripts/test-bluez.
const realBlueZ = "LOCKHOUSE_REAL_BLUEZ"

func onRealBlueZ() bool { return os.Getenv(realBlueZ) != "" }

// air is a BlueZ, with whatever is below it.
type air interface {
	// address is that of the message bus; empty for the system's.
	address() string
	// adapter is the phones'.
	adapter() string
	// restart kills bluetoothd in the middle of everything, and starts it anew.
	restart()
	// settle waits until bluetoothd has done what it still owes to those who left, and says whether it ended of it. Then it is there
	// again.
	settle() (ended bool)
}

// newAir gives BlueZ with a certain ATT MTU.
func newAir(t *testing.T, mtuBytes int) air {
	t.Helper()
	if onRealBlueZ() {
		return startBluetoothd(t, mtuBytes)
	}
	simulated, err := radio.Start(t.Context(), radio.Options{MTUBytes: mtuBytes})
	must(t, err)
	t.Cleanup(simulated.Close)
	return simulatedAir{t, simulated}
}

type simulatedAir struct {
	t *testing.T
	*radio.Radio
}

func (a simulatedAir) address() string { return a.Address() }
func (a simulatedAir) adapter() string { return "" }
func (a simulatedAir) settle() bool    { return false }
func (a simulatedAir) restart()        { must(a.t, errors.Join(a.Down(), a.Up())) }

// bluetoothd is the real one. Its two controllers, and the kernel's part, stay as they are from test to test.
type bluetoothd struct {
	t       *testing.T
	dir     string
	running *process.Process
}

// bluetoothdSettings are those of a locker, as docs/howto/run-a-locker.md advises: no classic Bluetooth, and addresses that
// change. The MTU goes for both ends.
const bluetoothdSettings = "[General]\nPrivacy = device\nControllerMode = le\n[GATT]\nExchangeMTU = %d\n"

// mtus are those that can be set. bluetoothd 5.66 does not come up with an ExchangeMTU of 23; TestPlainPhone has small
// ones there.
func mtus() []int {
	if onRealBlueZ() {
		return []int{517}
	}
	return []int{23, 517}
}

func startBluetoothd(t *testing.T, mtuBytes int) *bluetoothd {
	t.Helper()
	d := &bluetoothd{t: t, dir: t.TempDir()}
	must(t, os.WriteFile(filepath.Join(d.dir, "main.conf"), fmt.Appendf(nil, bluetoothdSettings, mtuBytes), 0o600))
	t.Cleanup(func() {
		if d.running == nil {
			return
		}
		if ended := d.running.Ended(); ended != "" {
			t.Errorf("bluetoothd ended by itself: %s\n%s", ended, kernelSaid(t))
		}
		d.running.Stop()
		if t.Failed() {
			t.Log("bluetoothd said: ", d.running.Tail())
		}
	})
	d.start()
	return d
}

// kernelSaid gives the last of the kernel's log, where it says at which instruction a program ended.
func kernelSaid(t *testing.T) string {
	const readAll, maxBytes = 3, 4 << 10
	text := make([]byte, maxBytes)
	n, err := syscall.Klogctl(readAll, text)
	must(t, err)
	return string(text[:n])
}

func (d *bluetoothd) start() {
	d.t.Helper()
	var err error
	d.running, err = process.Start(process.Plan{Program: "/usr/libexec/bluetooth/bluetoothd", Dir: d.dir, Log: filepath.Join(d.dir, "log"),
		Args: []string{"-n", "--experimental", "--configfile=" + filepath.Join(d.dir, "main.conf")}})
	must(d.t, err)
	must(d.t, d.running.Await(limit(d.t), func(ctx context.Context) error {
		p, err := central.OpenOn(ctx, "", d.adapter())
		if err == nil {
			p.Close()
		}
		return errors.Join(err, ble.Look(ctx, ""))
	}))
}

func (d *bluetoothd) address() string { return "" }
func (d *bluetoothd) adapter() string { return "hci1" }

// settles is how long bluetoothd waits for the answer to a request whose phone is gone, five seconds, and some more: it then gives the
// answer to memory that it no longer has (docs/bluetooth.md).
const settles = 8 * time.Second

func (d *bluetoothd) settle() (ended bool) {
	select {
	case <-d.running.Exited():
		d.restart() // as systemd does, since the agent asks for it
		return true
	case <-time.After(settles):
		return false
	}
}

func (d *bluetoothd) restart() {
	if ended := d.running.Ended(); ended != "" {
		d.t.Logf("bluetoothd ended by itself: %s\n%s", ended, kernelSaid(d.t))
	}
	must(d.t, d.running.Kill())
	d.start()
}

// limit is how long anything may take: a virtual machine without acceleration on a busy machine is slow.
func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
