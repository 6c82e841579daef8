package ble

import (
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Names of BlueZ's D-Bus API: doc/org.bluez.*.rst in its sources.
const (
	bluez                   = "org.bluez"
	adapterInterface        = "org.bluez.Adapter1"
	deviceInterface         = "org.bluez.Device1"
	serviceInterface        = "org.bluez.GattService1"
	characteristicInterface = "org.bluez.GattCharacteristic1"
	gattManager             = "org.bluez.GattManager1"
	advertInterface         = "org.bluez.LEAdvertisement1"
	advertManager           = "org.bluez.LEAdvertisingManager1"

	properties    = "org.freedesktop.DBus.Properties"
	objectManager = "org.freedesktop.DBus.ObjectManager"
)

// Where our objects are, on our own connection.
const (
	appPath     = dbus.ObjectPath("/lockhouse")
	servicePath = appPath + "/service"
	infoPath    = servicePath + "/info"
	rxPath      = servicePath + "/rx"
	txPath      = servicePath + "/tx"
	advertPath  = dbus.ObjectPath("/lockhouse/advertisement") // and a number
)

// propertyMap is a{sv}, objectMap what GetManagedObjects gives.
type (
	propertyMap = map[string]dbus.Variant
	objectMap   = map[dbus.ObjectPath]map[string]propertyMap
)

// The errors that bluetoothd turns into ATT errors (src/gatt-database.c); every other becomes "unlikely error" 0x0e.
func failed(text string) *dbus.Error { return bluezError("Failed", text) }

func bluezError(name, text string) *dbus.Error {
	return dbus.NewError("org.bluez.Error."+name, []any{text})
}

var (
	errInvalidOffset = bluezError("InvalidOffset", "the offset is beyond the value")
	errInvalidLength = bluezError("InvalidValueLength", "the value is empty or too long")
	errNotPermitted  = bluezError("NotPermitted", "not for this caller or characteristic")
	errReadInfoFirst = bluezError("NotPermitted", "read INFO first")
	errMalformed     = bluezError("InvalidArguments", "the options can't be read")
)

// refusal gives the D-Bus error that carries a session's refusal to the phone.
func refusal(err error) *dbus.Error {
	var refused interface{ ATT() byte }
	if errors.As(err, &refused) && refused.ATT() >= 0x80 && refused.ATT() <= 0x9f {
		return failed(fmt.Sprintf("0x%02x", refused.ATT()))
	}
	return failed("the locker can't take this")
}

func isBluezError(err error, name string) bool {
	dbusError, ok := errors.AsType[dbus.Error](err)
	return ok && dbusError.Name == "org.bluez.Error."+name
}
