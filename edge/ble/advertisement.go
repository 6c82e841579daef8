package ble

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// advertisement is the object that bluetoothd reads to know what to send out.
type advertisement struct{ *peripheral }

// GetAll is org.freedesktop.DBus.Properties.GetAll.
func (a advertisement) GetAll(string) (propertyMap, *dbus.Error) {
	return propertyMap{
		"Type":         dbus.MakeVariant("peripheral"),
		"ServiceUUIDs": dbus.MakeVariant([]string{ServiceUUID}),
		"LocalName":    dbus.MakeVariant(*a.name.Load()),
	}, nil
}

// Get is org.freedesktop.DBus.Properties.Get.
func (a advertisement) Get(_, property string) (dbus.Variant, *dbus.Error) {
	all, _ := a.GetAll("")
	value, ok := all[property]
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{property})
	}
	return value, nil
}

// Release tells that bluetoothd has taken the advertisement off the air by itself.
func (a advertisement) Release() *dbus.Error {
	select {
	case a.released <- struct{}{}:
	default: // it is already known
	}
	return nil
}

// advertise puts the name of now on the air, and takes the one before off it.
func (p *peripheral) advertise(ctx context.Context, adapter dbus.BusObject) error {
	name := p.Name()
	if name == p.advertised {
		return nil
	}
	if len(name) == 0 || len(name) > maxNameBytes {
		return fmt.Errorf("ble: a name to advertise has 1..%d bytes, this one %d", maxNameBytes, len(name))
	}
	// One of before is in the way, also one that we do not know of; that there is none is as good.
	_ = adapter.CallWithContext(ctx, advertManager+".UnregisterAdvertisement", 0, advertPath).Err
	p.advertised = ""
	p.name.Store(&name)
	err := adapter.CallWithContext(ctx, advertManager+".RegisterAdvertisement", 0, advertPath, propertyMap{}).Err
	if err != nil {
		return fmt.Errorf("ble: bluetoothd does not take the advertisement: %w", err)
	}
	p.advertised = name
	return nil
}
