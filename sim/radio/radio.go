// Package radio is a Bluetooth radio for rehearsals: a program that owns org.bluez on a private D-Bus, where lockers
// register their GATT application and advertisement exactly as on a real Linux machine, and phones find them there:
// a real Chromium through Web Bluetooth (start it with DBUS_SYSTEM_BUS_ADDRESS set to Address), or package central.
//
// Real BlueZ sits between one machine and the air; this one is the air too. Each D-Bus client that registers an
// application and an advertisement is a locker with an address of its own. Each client that looks around is a phone, and
// sees the lockers as Device1 objects below hci0. The objects a client sees are its own: one phone's connection, services
// and notifications are told to that phone alone (by signals with a destination), so that several phones may hold one
// locker at once, as several real ones may. The locker in turn sees a Device1 for each phone that is connected to it.
//
// What a radio does to people can be set while it runs: how long a crossing takes, how much fits into one, when the link
// breaks and on which leg, who is out of range, an adapter that is off, a bluetoothd that is gone. All of it is exact, so
// that a test which breaks the link at the third answer breaks it there every time.
package radio

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
)

// The limits of the radio.
const (
	DefaultMTUBytes = 247 // what current phones ask for
	MinMTUBytes     = 23
	MaxMTUBytes     = 517

	attHeaderBytes     = 3   // opcode and handle before each value
	prepareHeaderBytes = 5   // the same and an offset
	maxValueBytes      = 512 // Bluetooth Core, vol 3 part F, 3.2.9
	maxLockers         = 64
	maxPhones          = 64
	maxLinksEach       = 8   // of one locker, as a good controller has
	maxNoticesQueued   = 256 // of one link; a phone that takes no more is cut off
	maxCallWait        = 10 * time.Second
	partingWait        = 200 * time.Millisecond
	maxSignalsWaiting  = 64
)

// Options say how the radio begins; the zero value is an ideal one.
type Options struct {
	MTUBytes  int           // MinMTUBytes..MaxMTUBytes; 0 means DefaultMTUBytes
	Crossing  time.Duration // how long one crossing of the air takes, see SetLatency
	Jitter    time.Duration // up to this much more, evenly spread
	Seed      uint64        // of the jitter
	SwitchOff bool          // begin with the adapter off, as BlueZ does
	Modalias  string        // what the adapter is called, which has BlueZ's version; empty: as of 5.66
	OnDemand  string        // a command that the bus runs when somebody asks for bluetoothd and it is not there; empty: none
	Log       *slog.Logger  // what happens on the air; nil for nobody
}

// Radio is a running radio. Its methods may be called from any goroutine.
type Radio struct {
	log  *slog.Logger
	bus  *Bus
	conn *dbus.Conn
	air  air
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup

	modalias string

	mu      sync.Mutex // everything below
	up      bool       // org.bluez is owned
	powered bool
	closing bool
	refuse  int           // so many more times the adapter is not switched on
	news    chan struct{} // closed, and made anew, when lockers come, go or change
	lockers map[string]*locker
	phones  map[string]*phone
}

// Start starts a private message bus and the radio on it. It ends with ctx or Close, whichever comes first. It fails when
// dbus-daemon is not installed, and says so.
func Start(ctx context.Context, options Options) (*Radio, error) {
	if options.MTUBytes == 0 {
		options.MTUBytes = DefaultMTUBytes
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Modalias == "" {
		options.Modalias = "usb:v1D6Bp0246d0542"
	}
	r := &Radio{log: options.Log, modalias: options.Modalias, powered: !options.SwitchOff,
		lockers: map[string]*locker{}, phones: map[string]*phone{}, news: make(chan struct{})}
	r.air.random = rand.New(rand.NewPCG(options.Seed, 0))
	if err := r.SetMTU(options.MTUBytes); err != nil {
		return nil, err
	}
	if err := r.SetLatency(options.Crossing, options.Jitter); err != nil {
		return nil, err
	}
	bus, err := startBus(ctx, options.OnDemand)
	if err != nil {
		return nil, err
	}
	r.bus = bus
	r.ctx, r.stop = context.WithCancel(ctx)
	if err := r.join(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// join connects to the bus and takes the name of BlueZ.
func (r *Radio) join() error {
	conn, err := dbus.Connect(r.bus.Address(), dbus.WithContext(r.ctx), dbus.WithHandler(switchboard{r}),
		dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return fmt.Errorf("radio: can't reach the private bus: %w", err)
	}
	r.conn = conn
	signals := make(chan *dbus.Signal, maxSignalsWaiting)
	conn.Signal(signals)
	for _, match := range [][]dbus.MatchOption{
		{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged")},
		{dbus.WithMatchInterface(properties), dbus.WithMatchMember("PropertiesChanged"), dbus.WithMatchArg(0, characteristicInterface)},
	} {
		if err := conn.AddMatchSignal(match...); err != nil {
			return fmt.Errorf("radio: the private bus does not take a match: %w", err)
		}
	}
	r.work.Go(func() {
		for signal := range signals {
			r.heard(signal)
		}
	})
	return r.Up()
}

// Address is that of the message bus, for edge/ble, package central and Chromium's DBUS_SYSTEM_BUS_ADDRESS.
func (r *Radio) Address() string { return r.bus.Address() }

// Close ends all links, the radio and its bus.
func (r *Radio) Close() {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	r.stop()
	if r.conn != nil {
		r.conn.Close()
	}
	r.work.Wait()
	r.bus.Close()
}

// spawn runs work that Close waits for.
func (r *Radio) spawn(work func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spawnLocked(work)
}

func (r *Radio) spawnLocked(work func()) {
	if !r.closing {
		r.work.Go(work)
	}
}

// heard is told what lockers notify, and which clients have left the bus.
func (r *Radio) heard(signal *dbus.Signal) {
	switch signal.Name {
	case properties + ".PropertiesChanged":
		r.notified(signal)
	case "org.freedesktop.DBus.NameOwnerChanged":
		var name, before, now string
		if dbus.Store(signal.Body, &name, &before, &now) == nil && now == "" {
			r.clientLeft(name)
		}
	}
}

func (r *Radio) clientLeft(client string) {
	r.lockerLeft(client)
	r.phoneLeft(client)
}
