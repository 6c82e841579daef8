package ble

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/godbus/dbus/v5"
)

// findBluetoothd finds the service, an adapter of it that can do what we need, and the phones that are connected already.
func (p *peripheral) findBluetoothd(ctx context.Context, conn *dbus.Conn) error {
	var owner string
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, bluez).Store(&owner); err != nil {
		return errNoBluetoothd
	}
	p.owner.Store(&owner)
	var objects objectMap
	if err := conn.Object(bluez, "/").CallWithContext(ctx, objectManager+".GetManagedObjects", 0).Store(&objects); err != nil {
		return fmt.Errorf("ble: bluetoothd does not answer: %w", err)
	}
	adapter, found := adapterOf(objects)
	if !found {
		return errNoAdapter
	}
	if adapter != p.adapter {
		p.adapter, p.registered, p.advertised = adapter, false, ""
		path := string(adapter) + "/"
		p.hci.Store(&path)
	}
	for path, interfaces := range objects {
		if interfaces[deviceInterface]["Connected"].Value() == true {
			p.connection(path, true)
		}
	}
	return nil
}

// wake asks the bus to start bluetoothd. Debian's bluetooth.service is not started again when bluetoothd crashes, which it has
// been seen to do; systemd starts it for whoever asks the system's bus. An error says that nobody does that on this bus.
func wake(ctx context.Context, conn *dbus.Conn) error {
	return conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.StartServiceByName", 0, bluez, uint32(0)).Err
}

// adapterOf picks the first adapter (hci0 before hci1) that serves GATT and advertises.
func adapterOf(objects objectMap) (dbus.ObjectPath, bool) {
	for _, path := range slices.Sorted(maps.Keys(objects)) {
		_, serves := objects[path][gattManager]
		_, advertises := objects[path][advertManager]
		if serves && advertises {
			return path, true
		}
	}
	return "", false
}

// switchOn powers the adapter, which BlueZ leaves off after a start. The answer "done" is not taken for it: a blocked
// radio may say so too.
func switchOn(ctx context.Context, adapter dbus.BusObject) error {
	on, err := powered(ctx, adapter)
	if err != nil || on {
		return err
	}
	err = adapter.CallWithContext(ctx, properties+".Set", 0, adapterInterface, "Powered", dbus.MakeVariant(true)).Err
	if err != nil {
		return fmt.Errorf("ble: the adapter can't be switched on: %w", err)
	}
	if on, err = powered(ctx, adapter); err == nil && !on {
		err = errors.New("ble: the adapter stays off; is it blocked (rfkill)?")
	}
	return err
}

func powered(ctx context.Context, adapter dbus.BusObject) (on bool, err error) {
	var value dbus.Variant
	if err := adapter.CallWithContext(ctx, properties+".Get", 0, adapterInterface, "Powered").Store(&value); err != nil {
		return false, fmt.Errorf("ble: the adapter does not answer: %w", err)
	}
	on, _ = value.Value().(bool)
	return on, nil
}

// arrived notes a connected phone, so that its silence counts from now; one too many is sent away.
func (p *peripheral) arrived(device dbus.ObjectPath) {
	if p.phones.of(device) == nil {
		p.disconnect(device)
	}
}

func (p *peripheral) disconnectSilent() {
	for _, device := range p.phones.silentFor(p.CheckEvery, p.Idle, p.Greet) {
		p.Log.Info("a phone was silent and is disconnected")
		p.sendAway(device)
	}
}

// follow waits for the end of a session, and sends its phone away if that was not the phone's doing: it would keep others
// out. Its last write is answered before that: BlueZ takes its time.
func (p *peripheral) follow(device dbus.ObjectPath, begun *session) {
	p.crew.start(func() {
		<-begun.Done()
		if !begun.ended.Load() {
			p.Log.Info("a session is over and its phone is disconnected")
			p.sendAway(device)
		}
	})
}

// sendAway ends a phone's session and link. Until the link is gone the phone stays known as one that is no longer listened
// to: what it still writes begins nothing.
func (p *peripheral) sendAway(device dbus.ObjectPath) {
	if leaving := p.phones.known(device); leaving != nil {
		leaving.silent.Store(0) // should the link hold, it is cut once more
		p.crew.do(leaving.end)
	}
	p.disconnect(device)
}

// disconnect sends a phone away. BlueZ takes about two seconds for it, so nobody waits.
func (p *peripheral) disconnect(device dbus.ObjectPath) {
	conn := p.conn.Load()
	if conn == nil {
		return
	}
	p.crew.do(func() {
		ctx, cancel := context.WithTimeout(conn.Context(), maxCallWait)
		defer cancel()
		if err := conn.Object(bluez, device).CallWithContext(ctx, deviceInterface+".Disconnect", 0).Err; err != nil {
			p.Log.Debug("a phone was gone before it was disconnected", "reason", err)
		}
	})
}
