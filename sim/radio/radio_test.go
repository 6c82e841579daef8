package radio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"lockhouse/sim/radio"
	"lockhouse/sim/radio/central"
)

func TestEightLockersOnOneBus(t *testing.T) {
	air := start(t, radio.Options{})
	for n := range 8 {
		serve(t, air, fmt.Sprint("locker ", n))
	}
	seen := map[string]bool{}
	for _, locker := range air.Lockers() {
		seen[locker.Address] = true
	}
	if len(seen) != 8 {
		t.Fatalf("addresses: %v", seen)
	}
	for n := range 8 {
		link := dialNamed(t, air, fmt.Sprint("locker ", n))
		if _, err := link.Info(limit(t)); err != nil {
			t.Fatal(err)
		}
		if err := link.Write(limit(t), []byte("hello")); err != nil {
			t.Fatal(err)
		}
		if got := string(<-link.Frames()); got != "1:hello" {
			t.Errorf("locker %d echoes %q", n, got)
		}
	}
}

func TestOutOfRange(t *testing.T) {
	air := start(t, radio.Options{})
	serve(t, air, "near")
	serve(t, air, "far")
	near, far := dialNamed(t, air, "near"), dialNamed(t, air, "far")
	if err := air.SetOutOfRange("far", true); err != nil {
		t.Fatal(err)
	}
	if _, open := <-far.Frames(); open {
		t.Error("a link out of range is alive")
	}
	if _, err := near.Info(limit(t)); err != nil {
		t.Errorf("the other locker: %v", err)
	}
	phone, err := central.Open(limit(t), air.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := phone.Scan(soon, "far"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("out of range, and the scan gives %v", err)
	}
	if err := air.SetOutOfRange("far", false); err != nil {
		t.Fatal(err)
	}
	if _, err := phone.Scan(limit(t), "far"); err != nil {
		t.Error(err)
	}
	if err := air.SetOutOfRange("nobody", true); err == nil {
		t.Error("a locker that is not there is out of range")
	}
}

// What is pending at the locker when the link breaks fails, and then the phone is told that it is disconnected.
func TestDropFailsWhatIsPending(t *testing.T) {
	air := start(t, radio.Options{})
	latch := serve(t, air, "pseudonym")
	link := dial(t, air)
	failed := make(chan error, 1)
	go func() { failed <- link.Write(limit(t), []byte("hold")) }()
	<-latch.held
	air.Drop()
	if err := <-failed; !errors.Is(err, central.ATTError{Code: 0x0e}) {
		t.Errorf("the pending write gave %v", err)
	}
	if _, open := <-link.Frames(); open {
		t.Error("the phone is not told")
	}
	close(latch.release)
}

// What is on its way across the air is lost with the link, however slow the air is.
func TestDropOnTheWay(t *testing.T) {
	air := start(t, radio.Options{})
	serve(t, air, "pseudonym")
	link := dial(t, air)
	if err := air.SetLatency(time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	air.DropAfter(1, radio.Request)
	if err := link.Write(limit(t), []byte("lost")); !errors.Is(err, central.ATTError{Code: 0x0e}) {
		t.Errorf("the lost write gave %v", err)
	}
}

func TestKnobsRefuseNonsense(t *testing.T) {
	air := start(t, radio.Options{})
	for _, mtu := range []int{-1, 0, 22, 518} {
		if err := air.SetMTU(mtu); err == nil {
			t.Errorf("an MTU of %d is taken", mtu)
		}
	}
	if air.SetLatency(-1, 0) == nil || air.SetLatency(0, -1) == nil {
		t.Error("a negative latency is taken")
	}
	if _, err := radio.Start(t.Context(), radio.Options{MTUBytes: 5}); err == nil {
		t.Error("the radio starts with an MTU of 5")
	}
}

func TestWithoutDBusDaemon(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := radio.Start(t.Context(), radio.Options{}); err == nil || !strings.Contains(err.Error(), "apt-get install dbus-daemon") {
		t.Errorf("the radio says %v", err)
	}
}

// The radio refuses what bluetoothd refuses, so that a locker which works here works there.
func TestRegistrationsAreChecked(t *testing.T) {
	air := start(t, radio.Options{})
	conn, err := dbus.Connect(air.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	hci0 := conn.Object("org.bluez", "/org/bluez/hci0")
	app := func(path dbus.ObjectPath, objects map[dbus.ObjectPath]map[string]map[string]dbus.Variant) error {
		root := func() (map[dbus.ObjectPath]map[string]map[string]dbus.Variant, *dbus.Error) { return objects, nil }
		if err := conn.ExportMethodTable(map[string]any{"GetManagedObjects": root}, path, "org.freedesktop.DBus.ObjectManager"); err != nil {
			t.Fatal(err)
		}
		return hci0.Call("org.bluez.GattManager1.RegisterApplication", 0, path, map[string]dbus.Variant{}).Err
	}
	advert := func(path dbus.ObjectPath, said map[string]any) error {
		all := map[string]dbus.Variant{}
		for name, value := range said {
			all[name] = dbus.MakeVariant(value)
		}
		getAll := func(string) (map[string]dbus.Variant, *dbus.Error) { return all, nil }
		if err := conn.ExportMethodTable(map[string]any{"GetAll": getAll}, path, "org.freedesktop.DBus.Properties"); err != nil {
			t.Fatal(err)
		}
		return hci0.Call("org.bluez.LEAdvertisingManager1.RegisterAdvertisement", 0, path, map[string]dbus.Variant{}).Err
	}
	service := map[string]map[string]dbus.Variant{"org.bluez.GattService1": {
		"UUID": dbus.MakeVariant("6c6f636b-686f-7573-6500-000000000001"), "Primary": dbus.MakeVariant(true)}}
	odd := map[string]map[string]dbus.Variant{"org.bluez.GattCharacteristic1": {
		"UUID": dbus.MakeVariant("x"), "Service": dbus.MakeVariant(dbus.ObjectPath("/a/s")), "Flags": dbus.MakeVariant([]string{"shout"})}}
	stray := map[string]map[string]dbus.Variant{"org.bluez.GattCharacteristic1": {
		"UUID": dbus.MakeVariant("x"), "Service": dbus.MakeVariant(dbus.ObjectPath("/elsewhere"))}}
	type objects = map[dbus.ObjectPath]map[string]map[string]dbus.Variant
	for name, err := range map[string]error{
		"an application without a service": app("/b", objects{}),
		"an unknown flag":                  app("/c", objects{"/a/s": service, "/a/c": odd}),
		"a characteristic in no service":   app("/d", objects{"/a/s": service, "/a/c": stray}),
		"an advertisement without a type":  advert("/e", map[string]any{"LocalName": "name"}),
		"a name that is too long":          advert("/f", map[string]any{"Type": "peripheral", "LocalName": strings.Repeat("n", 30)}),
		"too many services":                advert("/g", map[string]any{"Type": "peripheral", "ServiceUUIDs": []string{"a", "b"}}),
		"no object at all":                 hci0.Call("org.bluez.GattManager1.RegisterApplication", 0, dbus.ObjectPath("/none"), map[string]dbus.Variant{}).Err,
		"arguments of other types":         hci0.Call("org.bluez.GattManager1.RegisterApplication", 0, "text").Err,
		"a removal of nothing":             hci0.Call("org.bluez.LEAdvertisingManager1.UnregisterAdvertisement", 0, dbus.ObjectPath("/none")).Err,
		"an unknown method":                hci0.Call("org.bluez.Adapter1.Explode", 0).Err,
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := app("/a", objects{"/a/s": service}); err != nil {
		t.Error(err)
	}
	if err := app("/a2", objects{"/a/s": service}); err == nil {
		t.Error("a second application is taken")
	}
	if err := advert("/ad", map[string]any{"Type": "peripheral", "LocalName": "fine"}); err != nil {
		t.Error(err)
	}
	if names := air.Lockers(); len(names) != 1 || names[0].Name != "fine" {
		t.Errorf("on the air: %v", names)
	}
}

func TestNotificationsKeepTheirOrder(t *testing.T) {
	air := start(t, radio.Options{Jitter: time.Millisecond, Seed: 7})
	serve(t, air, "pseudonym")
	link := dial(t, air)
	var sent, got []string
	for n := range 100 {
		frame := fmt.Sprint("frame ", n)
		sent = append(sent, "1:"+frame)
		if err := link.Write(limit(t), []byte(frame)); err != nil {
			t.Fatal(err)
		}
	}
	for range sent {
		select {
		case frame := <-link.Frames():
			got = append(got, string(frame))
		case <-limit(t).Done():
			t.Fatalf("received %d of %d", len(got), len(sent))
		}
	}
	if !slices.Equal(got, sent) {
		t.Errorf("received %v", got)
	}
}

func dialNamed(t testing.TB, air *radio.Radio, name string) *central.Link {
	t.Helper()
	phone, err := central.Open(limit(t), air.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	link, err := phone.Dial(limit(t), name)
	if err != nil {
		t.Fatal(err)
	}
	return link
}
