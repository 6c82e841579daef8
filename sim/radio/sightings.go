package radio

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Locker is one on the air, as a phone's list shows it.
type Locker struct {
	Name    string // the advertised one
	Address string
	Alias   string // what whoever connects can read as its device name
	Phones  int    // connected to it now
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
			list = append(list, Locker{Name: locker.advert.name, Address: addressText(locker.address()), Alias: locker.alias, Phones: len(locker.links)})
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

// sightings tells every phone which lockers it sees now that it did not, sees no more, or sees changed. It is called
// with the lock held after every change on the air.
func (r *Radio) sightings() {
	for _, phone := range r.phones {
		for locker := range phone.found {
			if !r.onAir(locker) && phone.links[locker] == nil {
				r.lost(phone, locker)
			}
		}
		for _, locker := range r.lockers {
			if r.onAir(locker) {
				r.sighted(phone, locker)
			}
		}
	}
	close(r.news)
	r.news = make(chan struct{})
}

func (r *Radio) sighted(p *phone, l *locker) {
	before, known := p.found[l]
	if !known && !p.discovering {
		return
	}
	p.found[l] = sighting{l.advert.name, l.advert.uuids}
	switch {
	case !known:
		r.tellAdded(p.client, l.path(), interfaces{deviceInterface: p.sees(l)})
		r.tellChanged(p.client, l.path(), deviceInterface, map[string]any{"RSSI": rssiDBm})
	case before.name != l.advert.name:
		r.tellChanged(p.client, l.path(), deviceInterface, map[string]any{"Name": l.advert.name, "Alias": l.advert.name})
	}
}

func (r *Radio) lost(p *phone, l *locker) {
	if _, known := p.found[l]; known {
		delete(p.found, l)
		r.tellRemoved(p.client, l.path(), deviceInterface)
	}
}
