package radio

import (
	"context"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
)

// link is one phone's connection to one locker. It holds until it is dropped, once: then what is pending fails, and after
// that both sides are told.
type link struct {
	phone  *phone
	locker *locker
	app    *application // as it was when the phone connected
	mtu    int
	ctx    context.Context // ends when the link breaks
	lose   context.CancelFunc
	turn   chan struct{} // ATT allows one exchange at a time; whoever sends into it has it
	gone   chan struct{} // closed when both sides have been told
	notes  chan note

	mu      sync.Mutex
	broken  bool
	pending sync.WaitGroup // calls of the phone that are not answered yet

	open       bool                     // both sides know of it; with Radio.mu
	subscribed map[*characteristic]bool // with Radio.mu
}

// note is a notification on its way to the phone.
type note struct {
	path  dbus.ObjectPath
	value []byte
}

func newLink(ctx context.Context, p *phone, l *locker, mtu int) *link {
	made := &link{phone: p, locker: l, app: l.app, mtu: mtu,
		turn: make(chan struct{}, 1), gone: make(chan struct{}), notes: make(chan note, maxNoticesQueued),
		subscribed: map[*characteristic]bool{}}
	made.ctx, made.lose = context.WithCancel(ctx)
	return made
}

// begin counts a call in, unless the link is broken; whoever began ends with pending.Done.
func (l *link) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return false
	}
	l.pending.Add(1)
	return true
}

// breakOff breaks the link and says whether it was whole.
func (l *link) breakOff() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return false
	}
	l.broken = true
	l.lose()
	return true
}

// drop breaks links and waits until everybody concerned has been told. It must not be called by a call that is pending
// on one of them, nor with the radio's lock held.
func (r *Radio) drop(links ...*link) {
	for _, link := range links {
		if link != nil && link.breakOff() {
			r.spawn(func() { r.bury(link) })
		}
	}
	for _, link := range links {
		if link == nil {
			continue
		}
		select {
		case <-link.gone:
		case <-r.ctx.Done():
		}
	}
}

// snap breaks a link in the middle of a call that is pending on it.
func (r *Radio) snap(l *link) {
	if l.breakOff() {
		r.spawn(func() { r.bury(l) })
	}
}

// bury tells both sides that a broken link is gone, when every pending call has failed: a browser that hears of the
// disconnect first waits for its answers for ever.
func (r *Radio) bury(l *link) {
	l.pending.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(l.gone)
	delete(l.phone.links, l.locker)
	delete(l.locker.links, l)
	if l.open {
		r.log.Info("a link ended", "phone", addressText(l.phone.address()), "locker", addressText(l.locker.address()))
		r.tellGone(l)
	}
	l.open = false
	r.sightings()
}

func (r *Radio) tellGone(l *link) {
	phone, locker := l.phone.client, l.locker.client
	r.tellChanged(phone, l.locker.path(), deviceInterface, map[string]any{"Connected": false, "ServicesResolved": false})
	l.services(func(path dbus.ObjectPath, removed interfaces) {
		for name := range removed {
			r.tellRemoved(phone, path, name)
		}
	})
	r.tellChanged(locker, l.phone.path(), deviceInterface, map[string]any{"Connected": false, "ServicesResolved": false})
	r.tellRemoved(locker, l.phone.path(), deviceInterface)
	for characteristic := range l.subscribed {
		r.unsubscribed(l, characteristic)
	}
}

// connect makes a link. It crosses the air four times before anybody is told: advertisement, connect request, and one
// exchange each for the MTU and the services.
func (r *Radio) connect(c *call) {
	made, refused := r.newLink(c)
	if refused != nil {
		c.fail(refused)
		return
	}
	if made == nil {
		c.answer() // it is connected already
		return
	}
	defer made.pending.Done()
	for range 4 {
		if !r.air.cross(made.ctx.Done()) {
			c.fail(bluezError("Failed", "le-connection-abort-by-local"))
			return
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if made.ctx.Err() != nil {
		c.fail(bluezError("Failed", "le-connection-abort-by-local"))
		return
	}
	r.tellOpen(made)
	c.answer()
}

// newLink finds out whether the phone may connect. The link it makes has one call pending: the connect.
func (r *Radio) newLink(c *call) (*link, *dbus.Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	locker, phone := r.seenAt(c.client, c.path)
	switch {
	case locker == nil:
		return nil, errNoObject
	case phone.links[locker] != nil && phone.links[locker].open:
		return nil, nil
	case phone.links[locker] != nil:
		return nil, bluezError("InProgress", "In Progress")
	case !r.onAir(locker) || len(locker.links) >= maxLinksEach || r.closing:
		return nil, bluezError("Failed", "le-connection-abort-by-local")
	}
	made := newLink(r.ctx, phone, locker, r.air.mtuNow())
	made.begin()
	phone.links[locker], locker.links[made] = made, true
	return made, nil
}

func (r *Radio) tellOpen(l *link) {
	l.open = true
	r.log.Info("a link begins", "phone", addressText(l.phone.address()), "locker", addressText(l.locker.address()), "mtu", l.mtu)
	r.tellAdded(l.locker.client, l.phone.path(), interfaces{deviceInterface: l.phone.asDevice()})
	r.tellChanged(l.phone.client, l.locker.path(), deviceInterface, map[string]any{"Connected": true})
	l.services(func(path dbus.ObjectPath, added interfaces) { r.tellAdded(l.phone.client, path, added) })
	r.tellChanged(l.phone.client, l.locker.path(), deviceInterface, map[string]any{"ServicesResolved": true})
	r.spawnLocked(func() { r.carryNotes(l) })
}

// disconnect is asked for by a phone, or by a locker that has had enough of one.
func (r *Radio) disconnect(c *call) {
	r.mu.Lock()
	var found *link
	if locker, phone := r.seenAt(c.client, c.path); locker != nil {
		found = phone.links[locker]
	}
	if locker := r.lockers[c.client]; locker != nil {
		for link := range locker.links {
			if link.phone.path() == c.path {
				found = link
			}
		}
	}
	r.mu.Unlock()
	if found == nil {
		c.fail(bluezError("NotConnected", "Not Connected"))
		return
	}
	r.drop(found)
	c.answer()
}

// services calls with each GATT object that the phone sees of the locker, in the order of their handles.
func (l *link) services(each func(dbus.ObjectPath, interfaces)) {
	for _, service := range l.app.services {
		at := l.locker.path() + dbus.ObjectPath(fmt.Sprintf("/service%04x", service.handle))
		each(at, interfaces{serviceInterface: variants(map[string]any{
			"UUID": service.uuid, "Primary": service.primary, "Device": l.locker.path(), "Includes": []dbus.ObjectPath{},
		})})
		for _, characteristic := range service.characteristics {
			l.characteristic(at, characteristic, each)
		}
	}
}

func (l *link) characteristic(service dbus.ObjectPath, c *characteristic, each func(dbus.ObjectPath, interfaces)) {
	at := service + c.name()
	said := map[string]any{"UUID": c.uuid, "Service": service, "Flags": c.flags, "Value": []byte{}, "MTU": uint16(l.mtu)}
	if c.can("notify") {
		said["Notifying"] = l.subscribed[c]
	}
	each(at, interfaces{characteristicInterface: variants(said)})
	if c.can("notify") {
		each(at+dbus.ObjectPath(fmt.Sprintf("/desc%04x", c.handle+2)), interfaces{descriptorInterface: variants(map[string]any{
			"UUID": subscription, "Characteristic": at, "Value": []byte{},
		})})
	}
}

func (c *characteristic) name() dbus.ObjectPath {
	return dbus.ObjectPath(fmt.Sprintf("/char%04x", c.handle))
}

// at finds the characteristic at a path that the phone sees.
func (l *link) at(path dbus.ObjectPath) *characteristic {
	for _, service := range l.app.services {
		for _, characteristic := range service.characteristics {
			if path == l.pathOf(service, characteristic) {
				return characteristic
			}
		}
	}
	return nil
}

func (l *link) pathOf(s *service, c *characteristic) dbus.ObjectPath {
	return l.locker.path() + dbus.ObjectPath(fmt.Sprintf("/service%04x", s.handle)) + c.name()
}
