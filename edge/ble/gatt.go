package ble

import (
	"errors"
	"slices"

	"github.com/godbus/dbus/v5"
)

// application is the root of our GATT objects: bluetoothd asks it once what there is.
type application struct{}

// GetManagedObjects describes the service and its characteristics.
//
// RX is `write` and nothing else. With `write-without-response` beside it, BlueZ acknowledges every write by itself: no
// refusal, no back-pressure and no order would be left.
func (application) GetManagedObjects() (objectMap, *dbus.Error) {
	return objectMap{
		servicePath: {serviceInterface: {
			"UUID":    dbus.MakeVariant(ServiceUUID),
			"Primary": dbus.MakeVariant(true),
		}},
		infoPath: characteristic(InfoUUID, "read"),
		rxPath:   characteristic(RXUUID, "write"),
		txPath:   characteristic(TXUUID, "notify"),
	}, nil
}

func characteristic(uuid, flag string) map[string]propertyMap {
	return map[string]propertyMap{characteristicInterface: {
		"UUID":    dbus.MakeVariant(uuid),
		"Service": dbus.MakeVariant(servicePath),
		"Flags":   dbus.MakeVariant([]string{flag}),
	}}
}

// readable is INFO.
type readable struct{ *peripheral }

// ReadValue is org.bluez.GattCharacteristic1.ReadValue.
func (r readable) ReadValue(msg dbus.Message, options propertyMap) ([]byte, *dbus.Error) {
	var value []byte
	err := r.inTurn(msg, options, func(from *phone, at access) (err *dbus.Error) {
		value, err = r.phones.read(from, at)
		return err
	})
	return value, err
}

// writable is RX.
type writable struct{ *peripheral }

// WriteValue is org.bluez.GattCharacteristic1.WriteValue.
func (w writable) WriteValue(msg dbus.Message, frame []byte, options propertyMap) *dbus.Error {
	return w.inTurn(msg, options, func(from *phone, at access) *dbus.Error {
		if !isWholeRequest(options, at.offset) {
			return errInvalidOffset
		}
		return w.phones.write(from, frame)
	})
}

// inTurn does one phone's read or write when those before it are done.
func (p *peripheral) inTurn(msg dbus.Message, options propertyMap, do func(*phone, access) *dbus.Error) *dbus.Error {
	if !p.isBluetoothd(&msg) {
		return errNotPermitted
	}
	if _, ok := deviceOf(options); !ok {
		return errMalformed
	}
	from := p.line.take(msg.Serial())
	if from == nil {
		return failed("too many phones, or too many calls of this one")
	}
	defer p.line.leave(from)
	at, malformed := readAccess(options)
	if malformed != nil {
		return malformed
	}
	return do(from, at)
}

// notifying is TX. Its calls have been noted on arrival: one phone's StopNotify must not overtake the next one's StartNotify.
type notifying struct{}

// StartNotify is called when the first phone subscribes.
func (notifying) StartNotify() *dbus.Error { return nil }

// StopNotify is called when the last phone has unsubscribed.
func (notifying) StopNotify() *dbus.Error { return nil }

var errNobodyListens = errors.New("ble: no phone is subscribed to TX")

// notify sends a frame to every subscribed phone: bluetoothd turns a changed Value into a notification.
func (p *peripheral) notify(frame []byte) error {
	if !p.listened.Load() {
		return errNobodyListens
	}
	conn := p.conn.Load()
	if conn == nil {
		return errEnded
	}
	changed := propertyMap{"Value": dbus.MakeVariant(slices.Clone(frame))}
	return conn.Emit(txPath, properties+".PropertiesChanged", characteristicInterface, changed, []string{})
}

// export puts our objects on the connection.
func (p *peripheral) export(conn *dbus.Conn) error {
	return errors.Join(
		conn.Export(application{}, appPath, objectManager),
		conn.Export(readable{p}, infoPath, characteristicInterface),
		conn.Export(writable{p}, rxPath, characteristicInterface),
		conn.Export(notifying{}, txPath, characteristicInterface),
	)
}
