package radio

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// Locker is one on the air, as a phone's list shows it.
type Locker struct {
	Name    string // the advertised one
	Address string
	Phones  int // connected to it now
}

// Lockers lists who can be found now, in the order of their addresses.
func (r *Radio) Lockers() []Locker {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lockersNow()
}

func (r *Radio) lockersNow() []Locker {
	list := []Locker{}
	for _, locker := range r.lockers {
		if r.onAir(locker) {
			list = append(list, Locker{Name: locker.advert.name, Address: addressText(locker.address()), Phones: len(locker.links)})
		}
	}
	slices.SortFunc(list, func(a, b Locker) int { return strings.Compare(a.Address, b.Address) })
	return list
}

// Await waits until the lockers on the air are as wanted, or ctx ends.
func (r *Radio) Await(ctx context.Context, wanted func([]Locker) bool) error {
	for {
		r.mu.Lock()
		list, news := r.lockersNow(), r.news
		r.mu.Unlock()
		if wanted(list) {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return fmt.Errorf("radio: the lockers on the air are %v: %w", list, ctx.Err())
		}
	}
}

// Named is for Await: there is a locker of this name.
func Named(name string) func([]Locker) bool {
	return func(list []Locker) bool {
		return slices.ContainsFunc(list, func(l Locker) bool { return l.Name == name })
	}
}

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
