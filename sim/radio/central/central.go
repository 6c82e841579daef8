// Package central is a phone without a browser: it finds a locker by its advertised name, connects, and carries frames,
// through BlueZ's D-Bus API. Tests and benches use it on package radio's bus; on a Linux machine with a real adapter it
// works alike.
package central

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"lockhouse/edge/ble"
)

const (
	bluez                   = "org.bluez"
	adapterInterface        = "org.bluez.Adapter1"
	deviceInterface         = "org.bluez.Device1"
	characteristicInterface = "org.bluez.GattCharacteristic1"
	properties              = "org.freedesktop.DBus.Properties"
	objectManager           = "org.freedesktop.DBus.ObjectManager"

	maxFramesUnread   = 256 // of one connection; a reader that is further behind loses it
	maxSignalsWaiting = 64
	maxGoodbye        = 5 * time.Second
)

type (
	propertyMap = map[string]dbus.Variant
	objectMap   = map[dbus.ObjectPath]map[string]propertyMap
)

// ErrBusLost is given when the message bus ends in the middle of something.
var ErrBusLost = errors.New("central: the message bus is gone")

// ATTError is a refusal as the phone sees it: of the locker (0x80..0x9f), or 0x0e when something else went wrong, such as
// a link that is lost.
type ATTError struct{ Code byte }

// Error gives the code.
func (e ATTError) Error() string { return fmt.Sprintf("central: ATT error 0x%02x", e.Code) }

// ATT gives the code, 0x80..0x9f for those of an application.
func (e ATTError) ATT() byte { return e.Code }

// Phone is one connection to the bus.
type Phone struct {
	conn    *dbus.Conn
	adapter dbus.ObjectPath

	mu      sync.Mutex
	news    chan struct{} // closed, and made anew, when something was told
	links   map[dbus.ObjectPath]*Link
	objects objectMap // as told
	done    sync.WaitGroup
}

// Open makes a phone on the message bus at address; empty means the system bus. It uses the first adapter.
func Open(ctx context.Context, address string) (*Phone, error) {
	return OpenOn(ctx, address, "")
}

// OpenOn is Open with a certain adapter, such as "hci1", which is switched on if it is off.
func OpenOn(ctx context.Context, address, adapter string) (*Phone, error) {
	conn, err := dial(address)
	if err != nil {
		return nil, fmt.Errorf("central: can't reach the message bus: %w", err)
	}
	p := &Phone{conn: conn, news: make(chan struct{}), links: map[dbus.ObjectPath]*Link{}}
	signals := make(chan *dbus.Signal, maxSignalsWaiting)
	conn.Signal(signals)
	if err := p.begin(ctx, adapter); err != nil {
		conn.Close()
		return nil, err
	}
	p.done.Go(func() {
		for signal := range signals {
			p.heard(signal)
		}
	})
	return p, nil
}

func dial(address string) (*dbus.Conn, error) {
	inOrder := dbus.WithSignalHandler(dbus.NewSequentialSignalHandler())
	if address == "" {
		return dbus.ConnectSystemBus(inOrder)
	}
	return dbus.Connect(address, inOrder)
}

// begin learns what is there and asks to hear what changes.
func (p *Phone) begin(ctx context.Context, adapter string) error {
	err := errors.Join(
		p.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(bluez), dbus.WithMatchInterface(objectManager)),
		p.conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(bluez), dbus.WithMatchInterface(properties)),
	)
	if err != nil {
		return fmt.Errorf("central: the message bus does not take a match: %w", err)
	}
	if err := p.conn.Object(bluez, "/").CallWithContext(ctx, objectManager+".GetManagedObjects", 0).Store(&p.objects); err != nil {
		return fmt.Errorf("central: bluetoothd does not answer: %w", err)
	}
	for path, interfaces := range p.objects {
		_, is := interfaces[adapterInterface]
		if is && strings.HasSuffix(string(path), adapter) && (p.adapter == "" || path < p.adapter) {
			p.adapter = path
		}
	}
	if p.adapter == "" {
		return errors.New("central: there is no such Bluetooth adapter")
	}
	if p.objects[p.adapter][adapterInterface]["Powered"].Value() == true {
		return nil
	}
	on := p.conn.Object(bluez, p.adapter).CallWithContext(ctx, properties+".Set", 0, adapterInterface, "Powered", dbus.MakeVariant(true))
	if on.Err != nil {
		return fmt.Errorf("central: the adapter can't be switched on: %w", on.Err)
	}
	return nil
}

// Close ends all connections.
func (p *Phone) Close() {
	p.conn.Close()
	p.done.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, link := range p.links {
		link.end()
	}
}

// Address is that of the phone's adapter.
func (p *Phone) Address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	address, _ := p.objects[p.adapter][adapterInterface]["Address"].Value().(string)
	return address
}

// Scan looks around until a locker of this name is found, or ctx ends.
func (p *Phone) Scan(ctx context.Context, name string) (Device, error) {
	adapter := p.conn.Object(bluez, p.adapter)
	filter := map[string]any{"Transport": "le", "UUIDs": []string{ble.ServiceUUID}}
	if err := adapter.CallWithContext(ctx, adapterInterface+".SetDiscoveryFilter", 0, variants(filter)).Err; err != nil {
		return Device{}, fmt.Errorf("central: can't look around: %w", err)
	}
	if err := adapter.CallWithContext(ctx, adapterInterface+".StartDiscovery", 0).Err; err != nil {
		return Device{}, fmt.Errorf("central: can't look around: %w", err)
	}
	defer p.lookNoMore(ctx, adapter)
	var found Device
	err := p.await(ctx, func() bool {
		for path, interfaces := range p.objects {
			ours := strings.HasPrefix(string(path), string(p.adapter)+"/")
			if ours && interfaces[deviceInterface]["Name"].Value() == name {
				found = Device{p, path}
				return true
			}
		}
		return false
	})
	if err != nil {
		return Device{}, fmt.Errorf("central: no locker %q in reach: %w", name, err)
	}
	return found, nil
}

// lookNoMore ends looking around, also when ctx has ended. Whether it ends now or with the connection makes no difference to
// what was found.
func (p *Phone) lookNoMore(ctx context.Context, adapter dbus.BusObject) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxGoodbye)
	defer cancel()
	_ = adapter.CallWithContext(ctx, adapterInterface+".StopDiscovery", 0).Err
}

// await waits until told says true of what has been told.
func (p *Phone) await(ctx context.Context, told func() bool) error {
	for {
		p.mu.Lock()
		yes, news := told(), p.news
		p.mu.Unlock()
		if yes {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		case <-p.conn.Context().Done():
			return ErrBusLost
		}
	}
}

func variants(values map[string]any) propertyMap {
	made := make(propertyMap, len(values))
	for name, value := range values {
		made[name] = dbus.MakeVariant(value)
	}
	return made
}

// named finds the object below a device that has a UUID.
func (p *Phone) named(device dbus.ObjectPath, uuid string) dbus.ObjectPath {
	for path, interfaces := range p.objects {
		if strings.HasPrefix(string(path), string(device)+"/") && interfaces[characteristicInterface]["UUID"].Value() == uuid {
			return path
		}
	}
	return ""
}
