package onair

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lockhouse"
	"lockhouse/edge/ble"
)

// sighting is an advertisement or scan response as it came over the air.
type sighting struct {
	address string // as the air has it, with its type
	data    string // AD structures: length, type, bytes
}

// The kernel's monitor channel gives every HCI packet with a head of 6 bytes: what it is, whose, and how long (Linux,
// include/net/bluetooth/hci_mon.h). The events are those of Bluetooth Core, vol 4 part E, 7.7.65.
const (
	monitorHead     = 6
	monitorEvent    = 3
	metaEvent       = 0x3e
	advertReport    = 0x02
	extendedReport  = 0x0d
	extendedHead    = 24 // of one report, up to its data
	adUUIDs128      = 0x07
	adUUIDs128More  = 0x06
	adName          = 0x09
	adFlags         = 0x01
	addressIsPublic = 0
)

// sniff listens to the controllers, and gives what was on the air since.
func sniff(t *testing.T) func() []sighting {
	t.Helper()
	fd, err := unix.Socket(unix.AF_BLUETOOTH, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.BTPROTO_HCI)
	must(t, err)
	must(t, unix.Bind(fd, &unix.SockaddrHCI{Dev: 0xffff, Channel: unix.HCI_CHANNEL_MONITOR}))
	must(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 200_000}))
	var mu sync.Mutex
	seen := map[sighting]bool{}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for packet := make([]byte, 4096); ctx.Err() == nil; {
			n, err := unix.Read(fd, packet)
			if err != nil {
				continue // nothing came
			}
			mu.Lock()
			for _, s := range reports(packet[:n]) {
				seen[s] = true
			}
			mu.Unlock()
		}
	}()
	end := sync.OnceFunc(func() { stop(); <-done; _ = unix.Close(fd) })
	t.Cleanup(end)
	return func() []sighting {
		end()
		return slices.Collect(maps.Keys(seen))
	}
}

// reports reads the advertising reports of one packet; controllers of today give the extended form, one a packet.
func reports(packet []byte) (all []sighting) {
	if len(packet) < monitorHead+4 || binary.LittleEndian.Uint16(packet) != monitorEvent || packet[monitorHead] != metaEvent {
		return nil
	}
	event := packet[monitorHead+2:]
	switch body := event[2:]; {
	case event[0] == extendedReport && len(body) >= extendedHead:
		return []sighting{{address: addressOf(body[2:9]), data: string(body[extendedHead:])}}
	case event[0] == advertReport && len(body) >= 10:
		return []sighting{{address: addressOf(body[1:8]), data: string(body[9 : 9+int(body[8])])}}
	}
	return nil
}

// addressOf reads a type and an address, least byte first.
func addressOf(raw []byte) string {
	kind := "random "
	if raw[0] == addressIsPublic {
		kind = "public "
	}
	address := slices.Clone(raw[1:7])
	slices.Reverse(address)
	return kind + hex.EncodeToString(address)
}

// saysNothingElse holds all that was on the air against what may be.
func (s *stand) saysNothingElse(heard []sighting, monday lockhouse.Day) {
	s.t.Helper()
	if len(heard) == 0 {
		s.t.Error("nothing was heard on the air")
	}
	names := map[string]bool{}
	addresses := map[string]bool{}
	for _, h := range heard {
		addresses[h.address] = true
		for data := []byte(h.data); len(data) > 1 && len(data) > int(data[0]) && data[0] > 0; data = data[1+data[0]:] {
			kind, value := data[1], data[2:1+data[0]]
			switch {
			case kind == adFlags && len(value) == 1:
			case (kind == adUUIDs128 || kind == adUUIDs128More) && uuidOf(value) == ble.ServiceUUID:
			case kind == adName && (string(value) == s.name(monday) || string(value) == s.name(monday+1)):
				names[string(value)] = true
			default:
				s.t.Errorf("%s says %#x: %x", h.address, kind, value)
			}
		}
	}
	if len(names) != 2 {
		s.t.Errorf("the names on the air were %v", names)
	}
	for address := range addresses {
		if address[:len("public")] == "public" {
			s.t.Errorf("the address %s is the adapter's own", address)
		}
	}
	s.t.Logf("on the air: the service, the names %v, the addresses %v", slices.Collect(maps.Keys(names)), slices.Collect(maps.Keys(addresses)))
}

// uuidOf writes a UUID that came least byte first.
func uuidOf(raw []byte) string {
	if len(raw) != 16 {
		return ""
	}
	u := slices.Clone(raw)
	slices.Reverse(u)
	h := hex.EncodeToString(u)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}
