package onair

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/sim/radio/central"
	"lockhouse/trust/credential"
	"lockhouse/wire"
	"lockhouse/wire/phone"
)

// person has a phone with a key and Bluetooth.
type person struct {
	*stand
	key   *ecdsa.PrivateKey
	phone *central.Phone
	grant []byte
	began time.Time // to look around, with success
}

const (
	dialTimes = 3 // as the pages do: a connection that does not come about is tried again
	// lookFor is how long a phone looks around before it begins anew. A virtual controller tells of an advertisement once, when
	// somebody begins to look, and the kernel may not listen yet at that moment; in the air there is one several times a second.
	lookFor = 2 * time.Second
)

// comes is somebody with a grant for these targets.
func (s *stand) comes(targets ...lockhouse.Target) *person {
	s.t.Helper()
	p := &person{stand: s, key: newKey(s.t)}
	public, err := credential.PublicKey(p.key)
	must(s.t, err)
	g := lockhouse.Grant{Locker: s.identity.ID, PhoneKey: public, IssuedAt: s.network.now(), ExpiresAt: s.network.now().Add(time.Hour), Targets: targets}
	_, err = rand.Read(g.ID[:])
	must(s.t, err)
	p.grant, err = credential.SignGrant(credential.Authority{Issuer: s.network.issuer, Shared: s.identity.Advert}, g)
	must(s.t, err)
	p.switchOn()
	return p
}

// switchOn gives the phone a BlueZ, anew after one that is gone.
func (p *person) switchOn() {
	p.t.Helper()
	var err error
	p.phone, err = central.OpenOn(limit(p.t), p.air.address(), p.air.adapter())
	must(p.t, err)
	p.t.Cleanup(p.phone.Close)
}

// dial finds the locker by its name of the day.
func (p *person) dial() *watched {
	p.t.Helper()
	link, err := p.tryDial(limit(p.t))
	must(p.t, err)
	return p.watch(link)
}

// watch follows a link of the phone's BlueZ. To leave it is also to forget the locker: the next one who comes finds it on the air, or not at all.
func (p *person) watch(link *central.Link) *watched {
	return watch(link, func() error {
		defer link.Close()
		return link.Device().Forget(limit(p.t))
	})
}

func (p *person) tryDial(ctx context.Context) (link *central.Link, err error) {
	for range dialTimes {
		var locker central.Device
		if locker, err = p.look(ctx, p.today()); err != nil {
			return nil, err
		}
		if link, err = locker.Connect(ctx); err == nil {
			return link, nil
		}
	}
	return nil, err
}

// look finds the locker by its name of a day.
func (p *person) look(ctx context.Context, day lockhouse.Day) (locker central.Device, err error) {
	for ctx.Err() == nil {
		p.began = time.Now()
		soon, cancel := context.WithTimeout(ctx, lookFor)
		locker, err = p.phone.Scan(soon, p.name(day))
		cancel()
		if err == nil {
			return locker, nil
		}
	}
	return locker, errors.Join(ctx.Err(), err)
}

// leave cuts the link.
func (p *person) leave(l *watched) {
	p.t.Helper()
	must(p.t, l.leave())
}

// begin shows the grant; open is negative for no door.
func (p *person) begin(l phone.Link, open int) (*phone.Visit, phone.News, error) {
	noun, err := p.identity.Noun()
	must(p.t, err)
	whom := phone.Locker{ID: noun.ID, StaticKey: noun.StaticKey, ReceiptKey: noun.ReceiptKey}
	return phone.Begin(limit(p.t), l, phone.Phone{Key: p.key, Random: rand.Reader}, whom, p.grant, open)
}

// hears waits for the next that a door does.
func (p *person) hears(v *phone.Visit, want wire.DoorEvent, kind lockhouse.ReceiptKind) phone.News {
	p.t.Helper()
	n, err := v.Next(limit(p.t))
	must(p.t, err)
	if n.Event != want || n.Receipt == nil || n.Receipt.Kind != kind {
		p.t.Fatalf("the door's news are %+v, not %d with a receipt that says %s", n, want, kind)
	}
	return n
}

// watched is a link whose frames are counted, with the bytes that each had.
type watched struct {
	link   phone.Link
	leave  func() error
	frames chan []byte
	wrote  []int
	heard  []int         // belongs to the reader of frames once they have come
	gone   chan struct{} // closed when the link is
	first  time.Time
}

func watch(l phone.Link, leave func() error) *watched {
	w := &watched{link: l, leave: leave, frames: make(chan []byte, 256), gone: make(chan struct{})}
	go func() { // ends with the link
		defer close(w.gone)
		defer close(w.frames)
		for f := range l.Frames() {
			w.heard = append(w.heard, len(f))
			w.frames <- f
		}
	}()
	return w
}

func (w *watched) Info(ctx context.Context) ([]byte, error) { return w.link.Info(ctx) }
func (w *watched) Frames() <-chan []byte                    { return w.frames }

func (w *watched) Write(ctx context.Context, frame []byte) error {
	if w.first.IsZero() {
		w.first = time.Now()
	}
	w.wrote = append(w.wrote, len(frame))
	return w.link.Write(ctx, frame)
}

// fits tells what does not fit into an MTU.
func (w *watched) fits(mtuBytes int) error {
	for _, n := range append(append([]int{}, w.wrote...), w.heard...) {
		if n > wire.FrameBytes(mtuBytes) {
			return fmt.Errorf("a frame has %d bytes, with an MTU of %d", n, mtuBytes)
		}
	}
	return nil
}

// parcels draws names for so many.
func parcels(t testing.TB, n int) []lockhouse.ParcelRef {
	t.Helper()
	all := make([]lockhouse.ParcelRef, n)
	for i := range all {
		all[i] = lockhouse.NewParcelRef(rand.Reader)
	}
	return all
}
