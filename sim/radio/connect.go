package radio

import (
	"time"

	"github.com/godbus/dbus/v5"
)

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

// disconnect is asked for by a phone, or by a locker that has had enough of one. BlueZ leaves what is under way two seconds
// to arrive; here it is a tenth of that.
func (r *Radio) disconnect(c *call) {
	r.mu.Lock()
	var found *link
	theirs := false
	if locker, phone := r.seenAt(c.client, c.path); locker != nil {
		found = phone.links[locker]
	}
	if locker := r.lockers[c.client]; locker != nil {
		for link := range locker.links {
			if link.phone.path() == c.path {
				found, theirs = link, true
			}
		}
	}
	r.mu.Unlock()
	if found == nil {
		c.fail(bluezError("NotConnected", "Not Connected"))
		return
	}
	if theirs {
		select {
		case <-found.ctx.Done():
		case <-time.After(partingWait):
		}
	}
	r.drop(found)
	c.answer()
}
