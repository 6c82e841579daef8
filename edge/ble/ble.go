// Package ble puts the locker on the air: a Bluetooth peripheral by way of BlueZ, the Linux Bluetooth service, and its
// D-Bus API (measured with bluetoothd 5.66).
//
// A phone finds the locker by the pseudonym in its advertisement, connects, subscribes to TX, reads INFO and writes
// frames to RX. What the frames mean is nobody's business here: each phone gets a Session of the Latch at its INFO read,
// frames go in and out, and the session ends when the phone is gone or silent.
//
// The locker stays on the air by itself. An adapter that is switched off is switched on, a bluetoothd that restarts gets
// the application again, a bus that breaks is dialled again; the waits in between grow up to a limit. Nobody stands at a
// locker to press a button, so only the end of the context ends Serve.
package ble

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// The locker's GATT service and its three characteristics.
const (
	ServiceUUID = "6c6f636b-686f-7573-6500-000000000001"
	InfoUUID    = "6c6f636b-686f-7573-6500-000000000002" // read: who this locker is, and a nonce
	RXUUID      = "6c6f636b-686f-7573-6500-000000000003" // write with response: frames to the locker
	TXUUID      = "6c6f636b-686f-7573-6500-000000000004" // notify: frames from the locker
)

// The limits of this package.
const (
	minMTUBytes         = 23  // Bluetooth Core, vol 3 part F, 3.2.8
	maxMTUBytes         = 517 // an attribute of 512 bytes and its header
	attHeaderBytes      = 3   // opcode and handle before each value
	maxValueBytes       = 512 // Bluetooth Core, vol 3 part F, 3.2.9
	minAdvertMS         = 100 // between two advertisements; BlueZ's own 1,280 are for those who live on a battery
	maxAdvertMS         = 150
	maxNameBytes        = 29 // a scan response holds 31, two of them say what follows
	maxPhones           = 8
	maxSessions         = 8  // of one connection, one after the other
	maxWaitingCalls     = 16 // of one phone; ATT allows it one
	maxCallWait         = 10 * time.Second
	minRetryWait        = 100 * time.Millisecond
	maxRetryWait        = 30 * time.Second
	defaultIdle         = 2 * time.Minute
	defaultGreet        = 30 * time.Second
	defaultCheckEvery   = time.Second
	maxSignalsUnhandled = 64
	maxReleasesUnread   = 8
)

// Latch is what answers the phones.
type Latch interface {
	// Connect opens a session for a phone. The peer names the phone's connection and nothing more, mtu is in bytes,
	// 23..517. Frames given to send reach every phone that listens, each at most mtu-3 bytes; send may be called from
	// any goroutine until Close has returned, and fails when nobody listens any more.
	Connect(peer string, mtu int, send func(frame []byte) error) (Session, error)
}

// Session is one phone's conversation with the locker. Its methods are called one at a time.
type Session interface {
	// Info is what a read of INFO gives, at most 512 bytes, the same for the whole session.
	Info() []byte
	// Write takes one frame. An error with a method ATT() byte (0x80..0x9f) reaches the phone as that ATT application
	// error, any other as "unlikely error".
	Write(frame []byte) error
	// Done is closed when the session is over, at the latest by Close. The phone of one that ended by itself is
	// disconnected.
	Done() <-chan struct{}
	// Close ends the session; it is called once.
	Close()
}

// Options say what is served. Latch and Name are needed.
type Options struct {
	Latch Latch
	// Name gives the pseudonym to advertise, 1..29 bytes. It is asked every CheckEvery, and advertised again when it has
	// changed.
	Name func() string
	// Idle is how long a connected phone may be silent before it is disconnected (default two minutes): a silent phone
	// keeps others out. What is refused is no word.
	Idle time.Duration
	// Greet is the same for a phone that has not read INFO yet (default 30 s, never more than Idle).
	Greet time.Duration
	// CheckEvery is how often name and silence are looked at (default one second).
	CheckEvery time.Duration
	// OnAir, if set, is told nil each time phones can find the locker, and each time they cannot, the reason.
	OnAir func(reason error)
	// Log, if set, hears what an operator may want to know; never who a phone is.
	Log *slog.Logger
}

// Serve keeps the locker on the air until ctx ends, and returns nil then. The address is that of the D-Bus message bus
// with org.bluez on it, such as "unix:path=/run/dbus/system_bus_socket"; empty means the system bus. An error is
// returned only for Options that nothing can be made of.
func Serve(ctx context.Context, address string, options Options) error {
	options, err := options.complete()
	if err != nil {
		return err
	}
	p := newPeripheral(options)
	defer p.crew.dismiss()
	for failures := 0; ctx.Err() == nil; failures++ {
		served, err := p.serveBus(ctx, address)
		if ctx.Err() != nil {
			break
		}
		if served {
			failures = 0
		}
		p.report(err)
		pause(ctx, retryWait(failures))
	}
	return nil
}

func (o Options) complete() (Options, error) {
	if o.Latch == nil || o.Name == nil {
		return o, errors.New("ble: Options need a Latch and a Name")
	}
	if o.Idle < 0 || o.Greet < 0 || o.CheckEvery < 0 {
		return o, errors.New("ble: Idle, Greet and CheckEvery can't be negative")
	}
	if o.Idle == 0 {
		o.Idle = defaultIdle
	}
	if o.Greet == 0 {
		o.Greet = defaultGreet
	}
	o.Greet = min(o.Greet, o.Idle)
	if o.CheckEvery == 0 {
		o.CheckEvery = defaultCheckEvery
	}
	if o.OnAir == nil {
		o.OnAir = func(error) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// retryWait doubles with each failure in a row.
func retryWait(failures int) time.Duration {
	wait := minRetryWait
	for ; failures > 0 && wait < maxRetryWait; failures-- {
		wait *= 2
	}
	return min(wait, maxRetryWait)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
