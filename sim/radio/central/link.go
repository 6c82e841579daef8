package central

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	lost         bool // with the phone's lock
}

// Connect connects, waits for the services and subscribes to TX.
func (d Device) Connect(ctx context.Context) (*Link, error) {
	l := &Link{device: d, frames: make(chan []byte, maxFramesUnread)}
	d.phone.mu.Lock()
	d.phone.links[d.path] = l
	d.phone.mu.Unlock()
	if err := l.open(ctx); err != nil {
		d.phone.mu.Lock()
		defer d.phone.mu.Unlock()
		l.drop()
		return nil, err
	}
	return l, nil
}

func (l *Link) open(ctx context.Context) error {
	p := l.device.phone
	if err := p.conn.Object(bluez, l.device.path).CallWithContext(ctx, deviceInterface+".Connect", 0).Err; err != nil {
		return fmt.Errorf("central: can't connect: %w", err)
	}
	if err := l.readServices(ctx); err != nil {
		return err
	}
	if err := p.conn.Object(bluez, l.tx).CallWithContext(ctx, characteristicInterface+".StartNotify", 0).Err; err != nil {
		return refused(err)
	}
	return nil
}

// readServices waits for the services, or the end of the link: a bluetoothd that was killed and is back says "connected" of
// what the kernel has not ended yet, and never reads its services.
func (l *Link) readServices(ctx context.Context) error {
	p, path := l.device.phone, l.device.path
	err := p.await(ctx, func() bool { return l.lost || p.objects[path][deviceInterface]["ServicesResolved"].Value() == true })
	if err != nil {
		return fmt.Errorf("central: the services can't be read: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.lost {
		return errors.New("central: the link was lost before its services were read")
	}
	l.info, l.rx, l.tx = p.named(path, ble.InfoUUID), p.named(path, ble.RXUUID), p.named(path, ble.TXUUID)
	mtu, _ := p.objects[l.rx][characteristicInterface]["MTU"].Value().(uint16)
	l.mtu = int(mtu)
	if l.info == "" || l.rx == "" || l.tx == "" {
		return errors.New("central: this is no locker: a characteristic is missing")
	}
	return nil
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
	// It may be gone already, which is as good. If not, its end is heard of before anybody connects anew.
	if p.conn.Object(bluez, l.device.path).CallWithContext(ctx, deviceInterface+".Disconnect", 0).Err == nil {
		_ = p.await(ctx, func() bool { return p.objects[l.device.path][deviceInterface]["Connected"].Value() != true })
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.drop()
}

// receive, drop and end are called with the phone's lock held.
func (l *Link) receive(frame []byte) {
	select {
	case l.frames <- frame:
	default:
		l.drop()
	}
}

// drop ends a link that nobody is to hear of any more.
func (l *Link) drop() {
	if links := l.device.phone.links; links[l.device.path] == l {
		delete(links, l.device.path)
	}
	l.end()
}

func (l *Link) end() {
	if !l.lost {
		l.lost = true
		close(l.frames)
	}
}

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
