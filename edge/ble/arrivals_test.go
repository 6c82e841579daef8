package ble

import (
	"slices"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"pgregory.net/rapid"
)

// However godbus schedules the goroutines of calls, they pass in the order in which they joined.
func TestCallsPassInOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var line line
		caller := &phone{}
		count := rapid.IntRange(1, maxWaitingCalls).Draw(t, "calls")
		serials := rapid.SliceOfNDistinct(rapid.Uint32Range(1, 1000), count, count, rapid.ID).Draw(t, "serials")
		for _, serial := range serials {
			line.join(caller, serial)
		}
		started := rapid.Permutation(serials).Draw(t, "started")
		var passed []uint32
		var all sync.WaitGroup
		for _, serial := range started {
			all.Go(func() {
				line.take(serial)
				passed = append(passed, serial) // the line is the lock
				line.leave(caller)
			})
		}
		all.Wait()
		if !slices.Equal(passed, serials) {
			t.Fatalf("joined %v, passed %v", serials, passed)
		}
		if len(line.places) > 0 || len(caller.line) > 0 {
			t.Fatal("places are left over")
		}
	})
}

func TestAPhoneWithTooManyCallsGetsNoMorePlaces(t *testing.T) {
	var line line
	caller, other := &phone{}, &phone{}
	for serial := range uint32(maxWaitingCalls + 1) {
		line.join(caller, serial)
	}
	if line.take(maxWaitingCalls) != nil {
		t.Error("one call more than the limit has a place")
	}
	line.join(other, 1000)
	if line.take(1000) != other {
		t.Error("another phone has to wait for it")
	}
}

// The last phone leaves as the next one comes: whatever goroutine is late, somebody listens.
func TestWhoListensIsWhatWasSaidLast(t *testing.T) {
	bluetoothd, stranger := ":1.7", ":1.8"
	p := newPeripheral(Options{})
	p.owner.Store(&bluetoothd)
	say := func(sender, member string, path dbus.ObjectPath) {
		p.note(&dbus.Message{Type: dbus.TypeMethodCall, Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldSender: dbus.MakeVariant(sender), dbus.FieldPath: dbus.MakeVariant(path),
			dbus.FieldInterface: dbus.MakeVariant(characteristicInterface), dbus.FieldMember: dbus.MakeVariant(member),
		}})
	}
	for _, said := range []struct {
		sender, member string
		path           dbus.ObjectPath
		listened       bool
	}{
		{stranger, "StartNotify", txPath, false},
		{bluetoothd, "StartNotify", rxPath, false},
		{bluetoothd, "StartNotify", txPath, true},
		{bluetoothd, "StopNotify", txPath, false},
		{bluetoothd, "StartNotify", txPath, true},
		{stranger, "StopNotify", txPath, true},
	} {
		say(said.sender, said.member, said.path)
		_ = notifying{}.StopNotify() // one that is late
		if p.listened.Load() != said.listened {
			t.Errorf("after %s of %s at %s: %v", said.member, said.sender, said.path, p.listened.Load())
		}
	}
}

func TestAccess(t *testing.T) {
	good := func() propertyMap {
		return propertyMap{
			"device": dbus.MakeVariant(dbus.ObjectPath("/org/bluez/hci0/dev_C0_00_00_00_00_01")),
			"mtu":    dbus.MakeVariant(uint16(247)),
			"offset": dbus.MakeVariant(uint16(22)),
			"link":   dbus.MakeVariant("LE"),
		}
	}
	at, err := readAccess(good())
	if err != nil || at.mtu != 247 || at.offset != 22 || peerOf(at.device) != "dev_C0_00_00_00_00_01" {
		t.Errorf("read %+v, %v", at, err)
	}
	bare := good()
	delete(bare, "mtu")
	delete(bare, "offset")
	if at, err = readAccess(bare); err != nil || at.mtu != minMTUBytes || at.offset != 0 {
		t.Errorf("without MTU and offset: %+v, %v", at, err)
	}
	for name, bad := range map[string]struct {
		option string
		value  any
	}{
		"device of another type": {"device", "/org/bluez/hci0/dev_C0_00_00_00_00_01"},
		"no device":              {"device", dbus.ObjectPath("/org/bluez/hci0")},
		"path that is none":      {"device", dbus.ObjectPath("dev_//")},
		"MTU of another type":    {"mtu", uint32(247)},
		"MTU below 23":           {"mtu", uint16(22)},
		"offset of another type": {"offset", "22"},
	} {
		options := good()
		options[bad.option] = dbus.MakeVariant(bad.value)
		if at, err := readAccess(options); err == nil {
			t.Errorf("%s: read as %+v", name, at)
		}
	}
	if _, err := readAccess(nil); err == nil {
		t.Error("no options at all are read")
	}
}

func TestOnlyWholeRequestsAreFrames(t *testing.T) {
	for name, c := range map[string]struct {
		options propertyMap
		offset  int
		whole   bool
	}{
		"request":     {propertyMap{"type": dbus.MakeVariant("request")}, 0, true},
		"no type":     {propertyMap{}, 0, true},
		"command":     {propertyMap{"type": dbus.MakeVariant("command")}, 0, false},
		"reliable":    {propertyMap{"type": dbus.MakeVariant("reliable")}, 0, false},
		"other type":  {propertyMap{"type": dbus.MakeVariant(1)}, 0, false},
		"continued":   {propertyMap{}, 5, false},
		"preparation": {propertyMap{"prepare-authorize": dbus.MakeVariant(true)}, 0, false},
	} {
		if got := isWholeRequest(c.options, c.offset); got != c.whole {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRetryWaitGrowsToItsLimit(t *testing.T) {
	if retryWait(0) != minRetryWait || retryWait(1) != 2*minRetryWait || retryWait(1000) != maxRetryWait {
		t.Errorf("waits %s, %s, ..., %s", retryWait(0), retryWait(1), retryWait(1000))
	}
}
