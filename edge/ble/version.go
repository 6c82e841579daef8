package ble

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Version is that of BlueZ, such as 5.66; zero where it does not say.
type Version struct{ Major, Minor int }

// Oldest is the oldest BlueZ that all of this was tried with: that of Debian 12.
var Oldest = Version{5, 66}

// String writes it as BlueZ does.
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// IsOlderThan says whether v came out before w.
func (v Version) IsOlderThan(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// RunningVersion asks the bluetoothd that runs, and changes nothing.
func RunningVersion(ctx context.Context, address string) (Version, error) {
	ctx, cancel := context.WithTimeout(ctx, maxCallWait)
	defer cancel()
	p := newPeripheral(Options{})
	conn, err := dial(ctx, address, p.note)
	if err != nil {
		return Version{}, fmt.Errorf("ble: can't reach the message bus: %w", err)
	}
	defer conn.Close()
	if err := p.findBluetoothd(ctx, conn); err != nil {
		return Version{}, err
	}
	var said dbus.Variant
	if err := conn.Object(bluez, p.adapter).CallWithContext(ctx, properties+".Get", 0, adapterInterface, "Modalias").Store(&said); err != nil {
		return Version{}, fmt.Errorf("ble: bluetoothd does not say its version: %w", err)
	}
	text, _ := said.Value().(string)
	return versionIn(text), nil
}

// versionIn reads a version out of what an adapter is called by default: BlueZ (0246) of the Linux Foundation (1D6B), one byte
// each for major and minor. Whoever has set DeviceID in main.conf hides it.
func versionIn(modalias string) (v Version) {
	if n, err := fmt.Sscanf(modalias, "usb:v1D6Bp0246d%02X%02X", &v.Major, &v.Minor); n != 2 || err != nil {
		return Version{}
	}
	return v
}
