package ble

import (
	"context"
	"fmt"

	"lockhouse"
)

// What can keep a locker off the air. The sentences say what to do.
const (
	CodeNoBus     lockhouse.Code = "no_message_bus"
	CodeNoService lockhouse.Code = "no_bluetoothd"
	CodeNoAdapter lockhouse.Code = "no_bluetooth_adapter"
	CodeAirOff    lockhouse.Code = "bluetooth_off"
)

// Look tells what would keep a locker off the air, or nil: is there a message bus, BlueZ on it, an adapter, and is it
// switched on? It changes nothing.
func Look(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, maxCallWait)
	defer cancel()
	p := newPeripheral(Options{})
	conn, err := dial(ctx, address, p.note)
	if err != nil {
		return lockhouse.Refuse(CodeNoBus, "There is no message bus (D-Bus); install and start dbus.").Because(err)
	}
	defer conn.Close()
	switch err := p.findBluetoothd(ctx, conn); err {
	case nil:
	case errNoBluetoothd:
		return lockhouse.Refuse(CodeNoService, "BlueZ is not running; install bluez, then: systemctl enable --now bluetooth.")
	case errNoAdapter:
		return lockhouse.Refuse(CodeNoAdapter, "There is no Bluetooth adapter that can advertise; plug one in, or look whether its driver is loaded (dmesg).")
	default:
		return fmt.Errorf("asking BlueZ: %w", err)
	}
	on, err := powered(ctx, conn.Object(bluez, p.adapter))
	if err == nil && !on {
		err = lockhouse.Refuse(CodeAirOff, "The Bluetooth adapter is switched off; the agent switches it on when it runs, unless it is blocked: rfkill unblock bluetooth.")
	}
	return err
}
