package ble

import (
	"sync"

	"github.com/godbus/dbus/v5"
)

// turns lets the calls for one phone through one at a time, in the order in which they came off the bus. godbus answers
// each call in a goroutine of its own, so that two fragments could overtake each other on the way to the session.
type turns struct {
	mu      sync.Mutex
	waiting map[dbus.ObjectPath][]turn
}

type turn struct {
	serial uint32
	ready  chan struct{}
}

// note is called with every message in order of arrival and takes a place for each read and write. A call that no
// handler will see, because its arguments are of other types, gets no place that nobody would give back.
func (t *turns) note(msg *dbus.Message) {
	if msg.Type != dbus.TypeMethodCall || len(msg.Body) == 0 {
		return
	}
	signature, _ := msg.Headers[dbus.FieldSignature].Value().(dbus.Signature)
	if !isAccess(msg, signature.String()) {
		return
	}
	options, _ := msg.Body[len(msg.Body)-1].(propertyMap)
	if device, ok := options["device"].Value().(dbus.ObjectPath); ok {
		t.join(device, msg.Serial())
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

func (t *turns) join(device dbus.ObjectPath, serial uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue := t.waiting[device]
	if len(queue) >= maxWaitingCalls {
		return
	}
	ready := make(chan struct{})
	if len(queue) == 0 {
		close(ready)
	}
	if t.waiting == nil {
		t.waiting = map[dbus.ObjectPath][]turn{}
	}
	t.waiting[device] = append(queue, turn{serial, ready})
}

// take waits until it is this call's turn. It says false when the call has no place: too many wait already.
func (t *turns) take(device dbus.ObjectPath, serial uint32) bool {
	t.mu.Lock()
	var ready chan struct{}
	for _, turn := range t.waiting[device] {
		if turn.serial == serial {
			ready = turn.ready
		}
	}
	t.mu.Unlock()
	if ready == nil {
		return false
	}
	<-ready
	return true
}

// leave ends the turn that was taken and begins the next.
func (t *turns) leave(device dbus.ObjectPath) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue := t.waiting[device][1:]
	if len(queue) == 0 {
		delete(t.waiting, device)
		return
	}
	t.waiting[device] = queue
	close(queue[0].ready)
}
