package ble

import (
	"strings"

	"github.com/godbus/dbus/v5"
)

// access is what bluetoothd says about a read or write.
type access struct {
	device dbus.ObjectPath // the phone's connection
	mtu    int             // in bytes, minMTUBytes..maxMTUBytes
	offset int             // in bytes
}

// readAccess reads the options of ReadValue and WriteValue. BlueZ checks little of what it passes on, and another
// version may pass other things, so whatever is not as documented is refused.
func readAccess(options propertyMap) (access, *dbus.Error) {
	device, ok := deviceOf(options)
	if !ok {
		return access{}, errMalformed
	}
	mtu, ok := number(options, "mtu", minMTUBytes)
	if !ok || mtu < minMTUBytes {
		return access{}, errMalformed
	}
	offset, ok := number(options, "offset", 0)
	if !ok {
		return access{}, errMalformed
	}
	return access{device: device, mtu: min(mtu, maxMTUBytes), offset: offset}, nil
}

// deviceOf gives the object of the phone that reads or writes.
func deviceOf(options propertyMap) (device dbus.ObjectPath, ok bool) {
	device, _ = options["device"].Value().(dbus.ObjectPath)
	return device, device.IsValid() && strings.Contains(string(device), "/dev_")
}

// number reads an uint16 that may be left out.
func number(options propertyMap, name string, absent int) (value int, ok bool) {
	variant, given := options[name]
	if !given {
		return absent, true
	}
	n, ok := variant.Value().(uint16)
	return int(n), ok
}

// isWholeRequest says whether a write is one plain request: neither a command, which BlueZ acknowledges unasked, nor
// part of a long write, which Latch's frames never need.
func isWholeRequest(options propertyMap, offset int) bool {
	if kind, given := options["type"]; given && kind.Value() != "request" {
		return false
	}
	_, prepared := options["prepare-authorize"]
	return !prepared && offset == 0
}

// peerOf gives the last part of a device's path, which names the connection to Latch.
func peerOf(device dbus.ObjectPath) string {
	return string(device[strings.LastIndexByte(string(device), '/')+1:])
}
