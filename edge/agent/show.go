package agent

import (
	"lockhouse"
	"lockhouse/wire"
)

// View is how one compartment looks from outside: enough for a screen, and nothing about whose parcel it is.
type View struct {
	lockhouse.Compartment
	Door     lockhouse.Door
	Occupied bool // a parcel lies inside, or may
	Opening  bool // somebody is being let in
}

// Doors gives all compartments in the order of the table.
func (a *Agent) Doors() []View {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]View, 0, len(a.doors))
	for _, spec := range a.config.Compartments {
		c := a.state.at(spec.Number)
		out = append(out, View{
			Compartment: a.doors[spec.Number].Compartment, Door: a.doors[spec.Number].state, Occupied: c.Ref != lockhouse.ParcelRef{},
			Opening: c.Opening != nil && c.Opening.Stage != stuck,
		})
	}
	return out
}

// Health gives what the network is told of the locker.
func (a *Agent) Health() wire.Health {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := wire.Health{Doors: map[int]lockhouse.Door{}, Fault: a.fault(), UptimeS: int64(a.Now().Sub(a.started).Seconds()), Desired: a.desired, Doubtful: a.doubts(), FormerKeys: a.former != nil}
	p := a.hasPanel()
	h.Panel, h.PanelMM = p.Words(), p.HeightMM
	for number, d := range a.doors {
		h.Doors[number] = d.state
	}
	return h
}

// Watch gives a channel that says, some time after it, that there is a new receipt or that a door changed; several
// changes may come as one. Stop ends it.
func (a *Agent) Watch() (changed <-chan struct{}, stop func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := make(chan struct{}, 1)
	a.watchers[c] = struct{}{}
	return c, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.watchers, c)
	}
}

func (a *Agent) announce() {
	for c := range a.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
