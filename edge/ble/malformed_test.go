package ble_test

import (
	"testing"

	"github.com/godbus/dbus/v5"

	"lockhouse/edge/ble"
	"lockhouse/sim/radio"
)

const (
	characteristic = "org.bluez.GattCharacteristic1"
	device         = dbus.ObjectPath("/org/bluez/hci0/dev_C0_00_00_00_00_01")
)

type options = map[string]dbus.Variant

// oddBluez is an org.bluez that takes every registration, so that the test can call the locker with anything.
type oddBluez struct{ advertised chan advertised }

// advertised is who registered an advertisement, and where it is.
type advertised struct {
	locker string
	path   dbus.ObjectPath
}

func (b oddBluez) RegisterApplication(dbus.ObjectPath, options) *dbus.Error { return nil }
func (b oddBluez) UnregisterAdvertisement(dbus.ObjectPath) *dbus.Error      { return nil }
func (b oddBluez) RegisterAdvertisement(caller dbus.Sender, path dbus.ObjectPath, _ options) *dbus.Error {
	b.advertised <- advertised{string(caller), path}
	return nil
}

func (b oddBluez) GetManagedObjects() (map[dbus.ObjectPath]map[string]options, *dbus.Error) {
	return map[dbus.ObjectPath]map[string]options{"/org/bluez/hci0": {
		"org.bluez.GattManager1": {}, "org.bluez.LEAdvertisingManager1": {}}}, nil
}

func (b oddBluez) Get(string, string) (dbus.Variant, *dbus.Error) { return dbus.MakeVariant(true), nil }

func startOddBluez(t *testing.T, bus *radio.Bus) (*dbus.Conn, oddBluez) {
	t.Helper()
	conn, err := dbus.Connect(bus.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	odd := oddBluez{make(chan advertised, 8)}
	for path, faces := range map[dbus.ObjectPath][]string{
		"/":               {"org.freedesktop.DBus.ObjectManager"},
		"/org/bluez/hci0": {"org.bluez.GattManager1", "org.bluez.LEAdvertisingManager1", "org.freedesktop.DBus.Properties"},
	} {
		for _, face := range faces {
			if err := conn.Export(odd, path, face); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := conn.RequestName("org.bluez", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return conn, odd
}

func startBus(t *testing.T) *radio.Bus {
	t.Helper()
	bus, err := radio.StartBus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	return bus
}

func access(changes options) options {
	all := options{"device": dbus.MakeVariant(device), "mtu": dbus.MakeVariant(uint16(247)), "offset": dbus.MakeVariant(uint16(0))}
	for name, value := range changes {
		all[name] = value
	}
	return all
}

func TestMalformedCallsOpenNothing(t *testing.T) {
	bus := startBus(t)
	conn, odd := startOddBluez(t, bus)
	latch := &echo{}
	serve(t, bus.Address(), withLatch(latch, "pseudonym"))
	locker := (<-odd.advertised).locker
	info, rx := conn.Object(locker, "/lockhouse/service/info"), conn.Object(locker, "/lockhouse/service/rx")
	for name, err := range map[string]error{
		"no options":         info.Call(characteristic+".ReadValue", 0, options{}).Err,
		"no arguments":       info.Call(characteristic+".ReadValue", 0).Err,
		"a device as string": info.Call(characteristic+".ReadValue", 0, access(options{"device": dbus.MakeVariant(string(device))})).Err,
		"a tiny MTU":         info.Call(characteristic+".ReadValue", 0, access(options{"mtu": dbus.MakeVariant(uint16(5))})).Err,
		"an offset first":    info.Call(characteristic+".ReadValue", 0, access(options{"offset": dbus.MakeVariant(uint16(22))})).Err,
		"a read of RX":       rx.Call(characteristic+".ReadValue", 0, access(nil)).Err,
		"a write of text":    rx.Call(characteristic+".WriteValue", 0, "text", access(nil)).Err,
		"a write before":     rx.Call(characteristic+".WriteValue", 0, []byte("frame"), access(nil)).Err,
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if opened, _ := latch.counts(); opened != 0 {
		t.Errorf("%d sessions were opened", opened)
	}
	if err := info.Call(characteristic+".ReadValue", 0, access(nil)).Err; err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"a command":        rx.Call(characteristic+".WriteValue", 0, []byte("f"), access(options{"type": dbus.MakeVariant("command")})).Err,
		"a later part":     rx.Call(characteristic+".WriteValue", 0, []byte("f"), access(options{"offset": dbus.MakeVariant(uint16(9))})).Err,
		"a huge frame":     rx.Call(characteristic+".WriteValue", 0, make([]byte, 513), access(nil)).Err,
		"beyond the INFO":  info.Call(characteristic+".ReadValue", 0, access(options{"offset": dbus.MakeVariant(uint16(47))})).Err,
		"a refused frame":  rx.Call(characteristic+".WriteValue", 0, []byte("no"), access(nil)).Err,
		"nobody is served": rx.Call(characteristic+".WriteValue", 0, []byte("echo"), access(nil)).Err,
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Another program on the machine's bus is no phone.
func TestOnlyBluetoothdIsListenedTo(t *testing.T) {
	bus := startBus(t)
	_, odd := startOddBluez(t, bus)
	latch := &echo{}
	serve(t, bus.Address(), withLatch(latch, "pseudonym"))
	locker := (<-odd.advertised).locker
	stranger, err := dbus.Connect(bus.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if err := stranger.Object(locker, "/lockhouse/service/info").Call(characteristic+".ReadValue", 0, access(nil)).Err; err == nil {
		t.Error("a stranger reads INFO")
	}
	if opened, _ := latch.counts(); opened != 0 {
		t.Error("a stranger has a session")
	}
}

// bluetoothd may take the advertisement down by itself; the locker puts it up again.
func TestAReleasedAdvertisementIsPutUpAgain(t *testing.T) {
	bus := startBus(t)
	conn, odd := startOddBluez(t, bus)
	serve(t, bus.Address(), ble.Options{Latch: &echo{}, Name: named("pseudonym")})
	for range 3 {
		registered := <-odd.advertised
		locker := conn.Object(registered.locker, registered.path)
		var said options
		if err := locker.Call("org.freedesktop.DBus.Properties.GetAll", 0, "org.bluez.LEAdvertisement1").Store(&said); err != nil {
			t.Fatal(err)
		}
		if said["LocalName"].Value() != "pseudonym" {
			t.Errorf("advertises %v", said)
		}
		if err := locker.Call("org.bluez.LEAdvertisement1.Release", 0).Err; err != nil {
			t.Fatal(err)
		}
	}
}
