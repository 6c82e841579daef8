package radio

import (
	"github.com/godbus/dbus/v5"
)

// phone is a D-Bus client that has looked around: a browser, or a central of ours.
type phone struct {
	client      string
	number      int
	discovering bool
	found       map[*locker]sighting
	links       map[*locker]*link
}

// sighting is what a phone was last told of a locker's advertisement.
type sighting struct {
	name  string
	uuids []string
}

const rssiDBm = int16(-58) // at arm's length

func (p *phone) address() [6]byte      { return [6]byte{0xc0, 0, 0, 0, 2, byte(p.number)} }
func (p *phone) path() dbus.ObjectPath { return devicePath(p.address()) }

// asDevice is how a connected locker sees the phone.
func (p *phone) asDevice() propertyMap {
	return device(addressText(p.address()), "", []string{}, true)
}

// sees is how the phone sees a locker.
func (p *phone) sees(l *locker) propertyMap {
	link := p.links[l]
	seen := device(addressText(l.address()), p.found[l].name, p.found[l].uuids, link != nil && link.open)
	seen["RSSI"] = dbus.MakeVariant(rssiDBm)
	return seen
}

func (r *Radio) phoneOf(client string) *phone {
	if known := r.phones[client]; known != nil || len(r.phones) >= maxPhones {
		return known
	}
	taken := map[int]bool{}
	for _, other := range r.phones {
		taken[other.number] = true
	}
	r.phones[client] = &phone{client: client, number: lowestFree(taken), found: map[*locker]sighting{}, links: map[*locker]*link{}}
	return r.phones[client]
}

func (r *Radio) phoneLeft(client string) {
	r.mu.Lock()
	var links []*link
	if left := r.phones[client]; left != nil {
		for _, link := range left.links {
			links = append(links, link)
		}
	}
	delete(r.phones, client)
	r.mu.Unlock()
	r.drop(links...)
}

func (r *Radio) startDiscovery(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	phone := r.phoneOf(c.client)
	if !r.powered || phone == nil {
		c.fail(errNotReady)
		return
	}
	phone.discovering = true
	c.answer()
	r.tellChanged(c.client, adapterPath, adapterInterface, map[string]any{"Discovering": true})
	r.sightings()
	for locker := range phone.found {
		r.tellChanged(c.client, locker.path(), deviceInterface, map[string]any{"RSSI": rssiDBm})
	}
}

func (r *Radio) stopDiscovery(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	phone := r.phones[c.client]
	if phone == nil || !phone.discovering {
		c.fail(bluezError("Failed", "No discovery started"))
		return
	}
	phone.discovering = false
	c.answer()
	r.tellChanged(c.client, adapterPath, adapterInterface, map[string]any{"Discovering": false})
}

// removeDevice makes the phone forget a locker, until it looks around again.
func (r *Radio) removeDevice(c *call) {
	var path dbus.ObjectPath
	if !c.arguments(&path) {
		c.fail(errMalformed)
		return
	}
	r.mu.Lock()
	locker, phone := r.seenAt(c.client, path)
	if locker == nil {
		r.mu.Unlock()
		c.fail(errDoesNotExist)
		return
	}
	link := phone.links[locker]
	r.mu.Unlock()
	r.drop(link)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost(phone, locker)
	c.answer()
}

// seenAt finds the locker that a client sees at a path.
func (r *Radio) seenAt(client string, path dbus.ObjectPath) (*locker, *phone) {
	phone := r.phones[client]
	if phone == nil {
		return nil, nil
	}
	for locker := range phone.found {
		if locker.path() == path {
			return locker, phone
		}
	}
	return nil, nil
}
