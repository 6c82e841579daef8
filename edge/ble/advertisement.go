package ble

import (
	"context"
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

// advertisement is an object that bluetoothd reads to know what to send out. Each name gets one of its own, so that what
// bluetoothd says of an earlier one is not taken for the present one.
type advertisement struct {
	path     dbus.ObjectPath
	name     string
	released chan<- dbus.ObjectPath
}

// GetAll is org.freedesktop.DBus.Properties.GetAll.
func (a *advertisement) GetAll(string) (propertyMap, *dbus.Error) {
	return propertyMap{
		"Type":         dbus.MakeVariant("peripheral"),
		"ServiceUUIDs": dbus.MakeVariant([]string{ServiceUUID}),
		"LocalName":    dbus.MakeVariant(a.name),
		"MinInterval":  dbus.MakeVariant(uint32(minAdvertMS)),
		"MaxInterval":  dbus.MakeVariant(uint32(maxAdvertMS)),
	}, nil
}

// Get is org.freedesktop.DBus.Properties.Get.
func (a *advertisement) Get(_, property string) (dbus.Variant, *dbus.Error) {
	all, _ := a.GetAll("")
	value, ok := all[property]
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{property})
	}
	return value, nil
}

// Release tells that bluetoothd has taken the advertisement off the air by itself.
func (a *advertisement) Release() *dbus.Error {
	select {
	case a.released <- a.path:
	default: // so many are unread that the next look at the first will do
	}
	return nil
}

func (a *advertisement) export(conn *dbus.Conn) error {
	return errors.Join(conn.Export(a, a.path, advertInterface), conn.Export(a, a.path, properties))
}

// advertise puts the name of now on the air, and takes the one before off it.
func (p *peripheral) advertise(ctx context.Context, conn *dbus.Conn, adapter dbus.BusObject) error {
	name := p.Name()
	if p.advertised == name && name != "" {
		return nil
	}
	if len(name) == 0 || len(name) > maxNameBytes {
		return fmt.Errorf("ble: a name to advertise has 1..%d bytes, this one %d", maxNameBytes, len(name))
	}
	p.takeDown(ctx, conn, adapter)
	p.call(ctx, adapter, name)
	p.adverts++
	p.advert = &advertisement{path: advertPath + dbus.ObjectPath(fmt.Sprint(p.adverts)), name: name, released: p.released}
	if err := p.advert.export(conn); err != nil {
		return fmt.Errorf("ble: the message bus does not take us: %w", err)
	}
	err := adapter.CallWithContext(ctx, advertManager+".RegisterAdvertisement", 0, p.advert.path, propertyMap{}).Err
	if err != nil {
		return fmt.Errorf("ble: bluetoothd does not take the advertisement: %w", err)
	}
	p.advertised = name
	return nil
}

// call gives the adapter the name of the day, because whoever connects can read the adapter's as the device name of GAP: as
// BlueZ begins, that is the machine's own. Without it the locker is found all the same.
func (p *peripheral) call(ctx context.Context, adapter dbus.BusObject, name string) {
	err := adapter.CallWithContext(ctx, properties+".Set", 0, adapterInterface, "Alias", dbus.MakeVariant(name)).Err
	if err != nil {
		p.Log.Warn("the adapter keeps its own name, which whoever connects can read", "reason", err)
	}
}

// takeDown takes the last advertisement off the air, if it still is there.
func (p *peripheral) takeDown(ctx context.Context, conn *dbus.Conn, adapter dbus.BusObject) {
	if p.advert == nil {
		return
	}
	// An error says that it was gone already, which is as good; and a path that was exported can be taken back.
	_ = adapter.CallWithContext(ctx, advertManager+".UnregisterAdvertisement", 0, p.advert.path).Err
	_ = conn.Export(nil, p.advert.path, advertInterface)
	_ = conn.Export(nil, p.advert.path, properties)
	p.advert, p.advertised = nil, ""
}
