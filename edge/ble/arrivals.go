package ble

import (
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// godbus answers each call in a goroutine of its own and queues signals apart from them. So two fragments could overtake
// each other on the way to the session, and the disconnect of a phone could end the session that it began when it was
// back. Therefore everything that concerns a phone is noted here as it comes off the bus, before it goes separate ways:
// a call gets its place in its phone's line, a phone that disconnects is nobody's from then on, and whether anybody listens
// is what bluetoothd said last.

// note sees every message in order of arrival. It must not wait for anything.
func (p *peripheral) note(msg *dbus.Message) {
	if !p.isBluetoothd(msg) {
		return // no other program of this machine plays phone
	}
	switch msg.Type {
	case dbus.TypeMethodCall:
		p.noteCall(msg)
		p.noteListening(msg)
	case dbus.TypeSignal:
		p.noteSignal(msg)
	}
}

func (p *peripheral) isBluetoothd(msg *dbus.Message) bool {
	owner := p.owner.Load()
	return owner != nil && msg.Headers[dbus.FieldSender].Value() == *owner
}

// noteCall takes a place for a read or write. A call that no handler will see, because its arguments are of other types,
// gets none that nobody would give back.
func (p *peripheral) noteCall(msg *dbus.Message) {
	signature, _ := msg.Headers[dbus.FieldSignature].Value().(dbus.Signature)
	if len(msg.Body) == 0 || !isAccess(msg, signature.String()) {
		return
	}
	options, _ := msg.Body[len(msg.Body)-1].(propertyMap)
	device, ok := deviceOf(options)
	if !ok {
		return
	}
	if phone := p.phones.of(device); phone != nil {
		p.line.join(phone, msg.Serial())
	}
}

// noteListening follows the first phone that subscribes to TX, and the last one that is subscribed no more.
func (p *peripheral) noteListening(msg *dbus.Message) {
	if msg.Headers[dbus.FieldPath].Value() != txPath || msg.Headers[dbus.FieldInterface].Value() != characteristicInterface {
		return
	}
	switch msg.Headers[dbus.FieldMember].Value() {
	case "StartNotify":
		p.listened.Store(true)
	case "StopNotify":
		p.listened.Store(false)
	}
}

// isAccess says whether godbus will hand msg to readable.ReadValue or writable.WriteValue.
func isAccess(msg *dbus.Message, signature string) bool {
	if msg.Headers[dbus.FieldInterface].Value() != characteristicInterface {
		return false
	}
	path, member := msg.Headers[dbus.FieldPath].Value(), msg.Headers[dbus.FieldMember].Value()
	return path == infoPath && member == "ReadValue" && signature == "a{sv}" ||
		path == rxPath && member == "WriteValue" && signature == "aya{sv}"
}

// noteSignal follows the phones that connect and disconnect.
func (p *peripheral) noteSignal(msg *dbus.Message) {
	if len(msg.Body) < 2 {
		return
	}
	path, _ := msg.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	about, _ := msg.Body[0].(dbus.ObjectPath)
	switch body := msg.Body[1].(type) {
	case propertyMap: // PropertiesChanged
		if msg.Body[0] == deviceInterface {
			p.connection(path, body["Connected"].Value())
		}
	case map[string]propertyMap: // InterfacesAdded
		p.connection(about, body[deviceInterface]["Connected"].Value())
	case []string: // InterfacesRemoved
		p.connection(about, false)
	}
}

// connection is told what became of a device's property Connected, or nil if it is not about that. Devices of another
// adapter are not our phones.
func (p *peripheral) connection(device dbus.ObjectPath, connected any) {
	if hci := p.hci.Load(); hci == nil || !strings.HasPrefix(string(device), *hci+"dev_") {
		return
	}
	switch connected {
	case true:
		p.arrived(device)
	case false:
		if left := p.phones.leave(device); left != nil {
			p.crew.do(left.end)
		}
	}
}

// line lets the calls of each phone through one at a time, in the order in which they joined.
type line struct {
	mu     sync.Mutex
	places map[uint32]*place // by the serial of the call
}

// place is one call's place in its phone's line.
type place struct {
	phone *phone
	ready chan struct{} // closed when it is this call's turn
}

func (l *line) join(phone *phone, serial uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(phone.line) >= maxWaitingCalls {
		return
	}
	joined := &place{phone: phone, ready: make(chan struct{})}
	if len(phone.line) == 0 {
		close(joined.ready)
	}
	phone.line = append(phone.line, joined)
	if l.places == nil {
		l.places = map[uint32]*place{}
	}
	l.places[serial] = joined
}

// take waits until it is this call's turn and says whose it is; nil when it has no place, because too many wait already.
func (l *line) take(serial uint32) *phone {
	l.mu.Lock()
	taken := l.places[serial]
	delete(l.places, serial)
	l.mu.Unlock()
	if taken == nil {
		return nil
	}
	<-taken.ready
	return taken.phone
}

// leave ends the turn that was taken and begins the next.
func (l *line) leave(phone *phone) {
	l.mu.Lock()
	defer l.mu.Unlock()
	phone.line = phone.line[1:]
	if len(phone.line) > 0 {
		close(phone.line[0].ready)
	}
}
