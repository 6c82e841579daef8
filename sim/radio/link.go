package radio

import (
	"context"
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
