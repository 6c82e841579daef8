package ble

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/godbus/dbus/v5"
)

// peripheral is the locker as bluetoothd knows it. What BlueZ holds of ours (registered, advertised) belongs to the
// goroutine of Serve; the calls of phones come in others.
type peripheral struct {
	Options
	phones phones
	line   line
	conn   atomic.Pointer[dbus.Conn]
	owner  atomic.Pointer[string] // the unique name of bluetoothd
	hci    atomic.Pointer[string] // the path of our adapter and a slash, for other goroutines

	listened atomic.Bool          // somebody is subscribed to TX
	released chan dbus.ObjectPath // advertisements that bluetoothd took down

	adapter    dbus.ObjectPath
	registered bool
	advert     *advertisement // the last one
	adverts    int            // so many there were
	advertised string         // the name that is on the air, as far as we know

	crew crew
}

func newPeripheral(options Options) *peripheral {
	p := &peripheral{Options: options, released: make(chan dbus.ObjectPath, maxReleasesUnread)}
	p.phones = phones{latch: options.Latch, notify: p.notify, follow: p.follow}
	return p
}

var (
	errBusLost      = errors.New("ble: the message bus is gone")
	errNoBluetoothd = errors.New("ble: bluetoothd is not running")
	errNoAdapter    = errors.New("ble: there is no Bluetooth adapter that can advertise")
)

// serveBus serves as long as one connection to the bus lasts. It says whether the locker was on the air meanwhile.
func (p *peripheral) serveBus(ctx context.Context, address string) (served bool, err error) {
	conn, err := dial(ctx, address, p.note)
	if err != nil {
		return false, fmt.Errorf("ble: can't reach the message bus: %w", err)
	}
	p.conn.Store(conn)
	defer p.leave(conn)
	signals := make(chan *dbus.Signal, maxSignalsUnhandled)
	conn.Signal(signals)
	if err := errors.Join(p.export(conn), listen(ctx, conn)); err != nil {
		return false, fmt.Errorf("ble: the message bus does not take us: %w", err)
	}
	return p.stayOnAir(ctx, signals)
}

func dial(ctx context.Context, address string, note dbus.Interceptor) (*dbus.Conn, error) {
	options := []dbus.ConnOption{
		dbus.WithContext(ctx),
		dbus.WithIncomingInterceptor(note),
		dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()),
	}
	if address == "" {
		return dbus.ConnectSystemBus(options...)
	}
	return dbus.Connect(address, options...)
}

// listen asks the bus for what bluetoothd tells everybody.
func listen(ctx context.Context, conn *dbus.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, maxCallWait)
	defer cancel()
	return errors.Join(
		conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface("org.freedesktop.DBus"),
			dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, bluez)),
		conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(bluez), dbus.WithMatchInterface(objectManager)),
		conn.AddMatchSignalContext(ctx, dbus.WithMatchSender(bluez), dbus.WithMatchInterface(properties),
			dbus.WithMatchPathNamespace("/org/bluez")),
	)
}

// leave ends everything that hung on the connection. bluetoothd drops application and advertisement by itself.
func (p *peripheral) leave(conn *dbus.Conn) {
	p.conn.Store(nil)
	conn.Close()
	p.bluetoothdGone()
	p.advert = nil
}

// stayOnAir is the loop of the locker's life on one bus: it hears what happens, looks at name and silence, and whenever
// something of what it wants is missing, tries to get it.
func (p *peripheral) stayOnAir(ctx context.Context, signals <-chan *dbus.Signal) (served bool, err error) {
	check := time.NewTicker(p.CheckEvery)
	defer check.Stop()
	try := time.NewTimer(0)
	defer try.Stop()
	failures := 0
	for {
		again := false
		select {
		case <-ctx.Done():
			return served, nil
		case signal, open := <-signals:
			if !open {
				return served, errBusLost
			}
			again = p.hear(signal)
		case path := <-p.released:
			again = p.heardRelease(path)
		case <-check.C:
			again = p.onAir() && p.Name() != p.advertised
			p.disconnectSilent()
		case <-try.C:
			if err := p.goOnAir(ctx); err != nil {
				p.report(err)
				try.Reset(retryWait(failures))
				failures++
				continue
			}
			served, failures = true, 0
			p.report(nil)
		}
		if again {
			failures = 0 // whatever was away for long is there: what it refuses yet is asked for again soon
			try.Reset(0)
		}
	}
}

func (p *peripheral) onAir() bool { return p.registered && p.advertised != "" }

func (p *peripheral) report(reason error) {
	if reason == nil {
		p.Log.Info("air: up")
	} else {
		p.Log.Warn("air: down", "reason", reason)
	}
	p.OnAir(reason)
}

// goOnAir does what is still missing.
func (p *peripheral) goOnAir(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, maxCallWait)
	defer cancel()
	conn := p.conn.Load()
	err := p.findBluetoothd(ctx, conn)
	if err == errNoBluetoothd && wake(ctx, conn) == nil {
		err = p.findBluetoothd(ctx, conn)
	}
	if err != nil {
		return err
	}
	adapter := conn.Object(bluez, p.adapter)
	if err := switchOn(ctx, adapter); err != nil {
		return err
	}
	if err := p.register(ctx, adapter); err != nil {
		return err
	}
	return p.advertise(ctx, conn, adapter)
}

// register hands our GATT application to bluetoothd, which asks for its objects before it answers.
func (p *peripheral) register(ctx context.Context, adapter dbus.BusObject) error {
	if p.registered {
		return nil
	}
	err := adapter.CallWithContext(ctx, gattManager+".RegisterApplication", 0, appPath, propertyMap{}).Err
	if err != nil && !isBluezError(err, "AlreadyExists") {
		return fmt.Errorf("ble: bluetoothd does not take the application: %w", err)
	}
	p.registered = true
	return nil
}
