package radio

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Drop breaks every link now, and returns when phones and lockers have been told.
func (r *Radio) Drop() {
	r.mu.Lock()
	var links []*link
	for _, phone := range r.phones {
		for _, link := range phone.links {
			links = append(links, link)
		}
	}
	r.mu.Unlock()
	r.drop(links...)
}

// SetOutOfRange takes the locker that advertises a name out of everybody's range, or back. Links to it break.
func (r *Radio) SetOutOfRange(name string, out bool) error {
	r.mu.Lock()
	var links []*link
	found := false
	for _, locker := range r.lockers {
		if locker.advert != nil && locker.advert.name == name {
			locker.outOfRange, found = out, true
			if out {
				links = append(links, linksOf(locker)...)
			}
		}
	}
	r.sightings()
	r.mu.Unlock()
	r.drop(links...)
	if !found {
		return fmt.Errorf("radio: no locker advertises %q", name)
	}
	return nil
}

// SetPowered switches the adapter on or off. Off breaks all links and forgets the advertisements, after telling their
// owners; applications stay registered.
func (r *Radio) SetPowered(on bool) {
	r.mu.Lock()
	changed := r.powered != on
	r.powered = on
	if !on {
		r.releaseAdverts()
	}
	r.sightings()
	if changed {
		for _, client := range r.clients() {
			r.tellChanged(client, adapterPath, adapterInterface, map[string]any{"Powered": on})
		}
	}
	r.mu.Unlock()
	if !on {
		r.Drop()
	}
}

func (r *Radio) releaseAdverts() {
	for _, locker := range r.lockers {
		if locker.advert != nil {
			r.conn.Object(locker.client, locker.advert.path).Go(advertInterface+".Release", dbus.FlagNoReplyExpected, nil)
			locker.advert = nil
		}
	}
}

func (r *Radio) clients() (all []string) {
	for client := range r.lockers {
		all = append(all, client)
	}
	for client := range r.phones {
		all = append(all, client)
	}
	return all
}

// RefusePower lets the adapter refuse to be switched on so many times.
func (r *Radio) RefusePower(times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = times
}

func (r *Radio) refusesPower() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse == 0 {
		return false
	}
	r.refuse--
	return true
}

// Down is the end of bluetoothd: the name org.bluez is given up, and every registration forgotten.
func (r *Radio) Down() error {
	r.Drop()
	r.mu.Lock()
	r.up = false
	clear(r.lockers)
	clear(r.phones)
	r.sightings()
	r.mu.Unlock()
	if _, err := r.conn.ReleaseName(bluez); err != nil {
		return fmt.Errorf("radio: the bus does not take the name back: %w", err)
	}
	return nil
}

// Up is the start of bluetoothd: it knows nobody.
func (r *Radio) Up() error {
	r.mu.Lock()
	r.up = true
	r.mu.Unlock()
	reply, err := r.conn.RequestName(bluez, dbus.NameFlagDoNotQueue)
	if err != nil {
		return fmt.Errorf("radio: the bus does not give the name: %w", err)
	}
	if reply != dbus.RequestNameReplyPrimaryOwner && reply != dbus.RequestNameReplyAlreadyOwner {
		return fmt.Errorf("radio: somebody else on the bus is %s", bluez)
	}
	return nil
}
