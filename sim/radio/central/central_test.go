package central_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

const (
	adapter = dbus.ObjectPath("/org/bluez/hci0")
	locker  = adapter + "/dev_C0_00_00_00_00_01"
	device  = "org.bluez.Device1"
)

type properties = map[string]dbus.Variant

// returned is a bluetoothd that was killed and is back: it says that a locker is connected, because the kernel has not ended that
// link yet, and never reads its services.
type returned struct{ connected chan struct{} }

func (returned) GetManagedObjects() (map[dbus.ObjectPath]map[string]properties, *dbus.Error) {
	return map[dbus.ObjectPath]map[string]properties{
		adapter: {"org.bluez.Adapter1": {"Powered": dbus.MakeVariant(true)}},
		locker:  {device: {"Name": dbus.MakeVariant("pseudonym"), "Connected": dbus.MakeVariant(true)}},
	}, nil
}

func (returned) SetDiscoveryFilter(properties) *dbus.Error { return nil }
func (returned) StartDiscovery() *dbus.Error               { return nil }
func (returned) StopDiscovery() *dbus.Error                { return nil }

func (r returned) Connect() *dbus.Error {
	close(r.connected)
	return nil
}

// A link that ends while its services are waited for is an error at once, so that the phone connects anew.
func TestALinkThatEndsBeforeItsServicesAreRead(t *testing.T) {
	for name, end := range map[string]func(*dbus.Conn) error{
		"disconnected": func(conn *dbus.Conn) error {
			return conn.Emit(locker, "org.freedesktop.DBus.Properties.PropertiesChanged", device, properties{"Connected": dbus.MakeVariant(false)}, []string{})
		},
		"forgotten": func(conn *dbus.Conn) error {
			return conn.Emit("/", "org.freedesktop.DBus.ObjectManager.InterfacesRemoved", locker, []string{device})
		},
	} {
		t.Run(name, func(t *testing.T) {
			bus, err := radio.StartBus(t.Context())
			must(t, err)
			t.Cleanup(bus.Close)
			conn, service := comeBack(t, bus)
			phone, err := central.Open(t.Context(), bus.Address())
			must(t, err)
			t.Cleanup(phone.Close)
			found, err := phone.Scan(t.Context(), "pseudonym")
			must(t, err)
			ended := make(chan error, 1)
			go func() { <-service.connected; ended <- end(conn) }()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if _, err = found.Connect(ctx); err == nil || ctx.Err() != nil {
				t.Errorf("the connect gave %v", err)
			}
			must(t, <-ended)
		})
	}
}

func comeBack(t *testing.T, bus *radio.Bus) (*dbus.Conn, returned) {
	t.Helper()
	conn, err := dbus.Connect(bus.Address())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	r := returned{make(chan struct{})}
	must(t, errors.Join(conn.Export(r, "/", "org.freedesktop.DBus.ObjectManager"), conn.Export(r, adapter, "org.bluez.Adapter1"), conn.Export(r, locker, device)))
	_, err = conn.RequestName("org.bluez", dbus.NameFlagDoNotQueue)
	must(t, err)
	return conn, r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
