package radio

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// locker is a D-Bus client that has registered an application or an advertisement.
type locker struct {
	client     string
	number     int
	app        *application
	advert     *advert
	alias      string // what it calls the adapter: whoever connects reads that as its device name
	outOfRange bool
	links      map[*link]bool
}

// advert is what a locker sends out.
type advert struct {
	path  dbus.ObjectPath
	name  string
	uuids []string
}

func (l *locker) address() [6]byte      { return [6]byte{0xc0, 0, 0, 0, 1, byte(l.number)} }
func (l *locker) path() dbus.ObjectPath { return devicePath(l.address()) }

// onAir says whether phones can find the locker.
func (r *Radio) onAir(l *locker) bool {
	return r.powered && r.lockers[l.client] == l && l.app != nil && l.advert != nil && !l.outOfRange
}

// lockerOf finds the locker of a client or begins to know it; nil when there are too many.
func (r *Radio) lockerOf(client string) *locker {
	if known := r.lockers[client]; known != nil || len(r.lockers) >= maxLockers {
		return known
	}
	taken := map[int]bool{}
	for _, other := range r.lockers {
		taken[other.number] = true
	}
	r.lockers[client] = &locker{client: client, number: lowestFree(taken), links: map[*link]bool{}}
	return r.lockers[client]
}

// lockerLeft forgets a client that has left the bus.
func (r *Radio) lockerLeft(client string) {
	r.mu.Lock()
	left := r.lockers[client]
	delete(r.lockers, client)
	links := linksOf(left)
	if left != nil {
		r.log.Info("a locker left", "address", addressText(left.address()))
		r.sightings()
	}
	r.mu.Unlock()
	r.drop(links...)
}

func linksOf(l *locker) (links []*link) {
	if l == nil {
		return nil
	}
	for link := range l.links {
		links = append(links, link)
	}
	return links
}

// registerApplication asks the locker for its objects first, as bluetoothd does.
func (r *Radio) registerApplication(c *call) {
	var root dbus.ObjectPath
	var options propertyMap
	if !c.arguments(&root, &options) {
		c.fail(errMalformed)
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, maxCallWait)
	defer cancel()
	var objects objectMap
	err := r.conn.Object(c.client, root).CallWithContext(ctx, objectManager+".GetManagedObjects", 0).Store(&objects)
	if err != nil {
		c.fail(bluezError("Failed", "No object received"))
		return
	}
	app, err := readApplication(root, objects)
	if err != nil {
		c.fail(bluezError("InvalidArguments", err.Error()))
		return
	}
	c.finish(r.keepApplication(c.client, app))
}

func (r *Radio) keepApplication(client string, app *application) *dbus.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	locker := r.lockerOf(client)
	switch {
	case locker == nil:
		return errNotPermitted
	case locker.app != nil:
		return errAlreadyExists
	}
	locker.app = app
	r.sightings()
	return nil
}

func (r *Radio) unregisterApplication(c *call) {
	var root dbus.ObjectPath
	if !c.arguments(&root) {
		c.fail(errMalformed)
		return
	}
	r.mu.Lock()
	locker := r.lockers[c.client]
	if locker == nil || locker.app == nil || locker.app.root != root {
		r.mu.Unlock()
		c.fail(errDoesNotExist)
		return
	}
	locker.app = nil
	r.sightings()
	links := linksOf(locker)
	r.mu.Unlock()
	r.drop(links...)
	c.answer()
}

// registerAdvertisement reads the locker's LEAdvertisement1 and puts it on the air.
func (r *Radio) registerAdvertisement(c *call) {
	var path dbus.ObjectPath
	var options propertyMap
	if !c.arguments(&path, &options) {
		c.fail(errMalformed)
		return
	}
	ctx, cancel := context.WithTimeout(r.ctx, maxCallWait)
	defer cancel()
	var said propertyMap
	err := r.conn.Object(c.client, path).CallWithContext(ctx, properties+".GetAll", 0, advertInterface).Store(&said)
	if err != nil {
		c.fail(bluezError("Failed", "Failed to parse advertisement."))
		return
	}
	advert, refused := readAdvert(path, said)
	if refused == nil {
		refused = r.keepAdvert(c.client, advert)
	}
	c.finish(refused)
}

func (r *Radio) keepAdvert(client string, advert *advert) *dbus.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	locker := r.lockerOf(client)
	switch {
	case locker == nil:
		return errNotPermitted
	case locker.advert != nil:
		return errAlreadyExists
	case !r.powered:
		return bluezError("Failed", "Failed to register advertisement")
	}
	locker.advert = advert
	r.log.Info("a locker advertises", "name", advert.name, "address", addressText(locker.address()))
	r.sightings()
	return nil
}

func (r *Radio) unregisterAdvertisement(c *call) {
	var path dbus.ObjectPath
	if !c.arguments(&path) {
		c.fail(errMalformed)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	locker := r.lockers[c.client]
	if locker == nil || locker.advert == nil || locker.advert.path != path {
		c.fail(errDoesNotExist)
		return
	}
	locker.advert = nil
	r.sightings()
	c.answer()
}
