package central

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"

	"lockhouse/edge/ble"
)

// Device is a locker that was found.
type Device struct {
	phone *Phone
	path  dbus.ObjectPath
}

// Link is a connection to a locker, subscribed to its TX.
type Link struct {
	device       Device
	info, rx, tx dbus.ObjectPath
	mtu          int
	frames       chan []byte
	ended        sync.Once
}

// Connect connects, waits for the services and subscribes to TX.
func (d Device) Connect(ctx context.Context) (*Link, error) {
	p := d.phone
	if err := p.conn.Object(bluez, d.path).CallWithContext(ctx, deviceInterface+".Connect", 0).Err; err != nil {
		return nil, fmt.Errorf("central: can't connect: %w", err)
	}
	l := &Link{device: d, frames: make(chan []byte, maxFramesUnread)}
	if err := p.await(ctx, func() bool { return p.objects[d.path][deviceInterface]["ServicesResolved"].Value() == true }); err != nil {
		return nil, fmt.Errorf("central: the services can't be read: %w", err)
	}
	p.mu.Lock()
	l.info, l.rx, l.tx = p.named(d.path, ble.InfoUUID), p.named(d.path, ble.RXUUID), p.named(d.path, ble.TXUUID)
	mtu, _ := p.objects[l.rx][characteristicInterface]["MTU"].Value().(uint16)
	l.mtu = int(mtu)
	p.links[d.path] = l
	p.mu.Unlock()
	if l.info == "" || l.rx == "" || l.tx == "" {
		return nil, errors.New("central: this is no locker: a characteristic is missing")
	}
	if err := p.conn.Object(bluez, l.tx).CallWithContext(ctx, characteristicInterface+".StartNotify", 0).Err; err != nil {
		return nil, refused(err)
	}
	return l, nil
}

// Address is what the locker has on the air just now, and its type: "public" or "random".
func (d Device) Address() (address, kind string) {
	p := d.phone
	p.mu.Lock()
	defer p.mu.Unlock()
	said := p.objects[d.path][deviceInterface]
	address, _ = said["Address"].Value().(string)
	kind, _ = said["AddressType"].Value().(string)
	return address, kind
}

// Forget lets bluetoothd forget the locker, which also ends a connection to it: the next Scan has to find it on the air.
func (d Device) Forget(ctx context.Context) error {
	p := d.phone
	err := p.conn.Object(bluez, p.adapter).CallWithContext(ctx, adapterInterface+".RemoveDevice", 0, d.path).Err
	if said, ok := errors.AsType[dbus.Error](err); err != nil && !(ok && said.Name == bluez+".Error.DoesNotExist") {
		return fmt.Errorf("central: a locker can't be forgotten: %w", err)
	}
	return p.await(ctx, func() bool { return p.objects[d.path] == nil })
}

// Device is the locker to which the link goes.
func (l *Link) Device() Device { return l.device }

// Dial finds the locker of a name and connects to it.
func (p *Phone) Dial(ctx context.Context, name string) (*Link, error) {
	device, err := p.Scan(ctx, name)
	if err != nil {
		return nil, err
	}
	return device.Connect(ctx)
}

// Info reads INFO, which begins a new session with the locker.
func (l *Link) Info(ctx context.Context) (info []byte, err error) {
	call := l.device.phone.conn.Object(bluez, l.info).CallWithContext(ctx, characteristicInterface+".ReadValue", 0, propertyMap{})
	if err := call.Store(&info); err != nil {
		return nil, refused(err)
	}
	return info, nil
}

// Write writes a frame to RX and waits for the locker's answer; its refusal is an ATTError.
func (l *Link) Write(ctx context.Context, frame []byte) error {
	rx := l.device.phone.conn.Object(bluez, l.rx)
	options := variants(map[string]any{"type": "request"})
	return refused(rx.CallWithContext(ctx, characteristicInterface+".WriteValue", 0, frame, options).Err)
}

// Frames gives what the locker sends; it is closed when the link is lost, or its reader is too far behind.
func (l *Link) Frames() <-chan []byte { return l.frames }

// MTU is that of the link in bytes, 0 if bluetoothd does not say.
func (l *Link) MTU() int { return l.mtu }

// Close disconnects.
func (l *Link) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), maxGoodbye)
	defer cancel()
	p := l.device.phone
	// It may be gone already, which is as good.
	_ = p.conn.Object(bluez, l.device.path).CallWithContext(ctx, deviceInterface+".Disconnect", 0).Err
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.links[l.device.path] == l {
		delete(p.links, l.device.path)
	}
	l.end()
}

// receive and end are called with the phone's lock held.
func (l *Link) receive(frame []byte) {
	select {
	case l.frames <- frame:
	default:
		l.end()
		delete(l.device.phone.links, l.device.path)
	}
}

func (l *Link) end() { l.ended.Do(func() { close(l.frames) }) }

// refused reads the ATT error out of bluetoothd's sentence.
func refused(err error) error {
	said, ok := errors.AsType[dbus.Error](err)
	if !ok {
		return err
	}
	if _, code, found := strings.Cut(said.Error(), "ATT error: "); found {
		var att ATTError
		if _, err := fmt.Sscanf(code, "0x%x", &att.Code); err == nil {
			return att
		}
	}
	return fmt.Errorf("central: bluetoothd says %s: %w", said.Name, err)
}
