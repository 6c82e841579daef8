package network

import (
	"context"

	"lockhouse/store"
	"lockhouse/watch"
)

// gauges shows what is at hand in the house: how many lockers are up, how fresh searches are, how the bus is.
func (n *Network) gauges() {
	w, m := n.watching, n.watching.meters
	m.Gauge("ready", "1 when work may be sent here.", func() float64 {
		state, _ := w.ready.Look(context.Background()) // which has a limit of its own
		return one(state != watch.Failing)
	})
	m.Gauge("lockers", "Lockers that are registered.", w.locker(func(l store.LockersNow) int { return l.All }))
	m.Gauge("lockers_up", "Lockers whose line was up within the last 90 s.", w.locker(func(l store.LockersNow) int { return l.Up }))
	m.Gauge("lockers_at_fault", "Lockers that say that something fails, or whose receipts do not fit together.",
		w.locker(func(l store.LockersNow) int { return l.AtFault }))
	m.Gauge("lockers_uptime_ratio", "Yesterday, by UTC: the share of the time in which any door of a locker could have been opened, as the lockers measured it. What they have not told counts as not.", w.uptime)
	m.ByVersion(w.byVersion)
	m.Gauge("search_sites", "Sites that searches know of.", func() float64 { return float64(n.rooms.checkout.Known()) })
	m.Gauge("search_age_seconds", "How old what searches know may be; -1 before they know anything.", n.searchAgeS)
	m.Gauge("bus_connected", "1 when this node is connected to NATS.", func() float64 { return one(n.BusStatus().Connected) })
	m.Counter("bus_reconnects_total", "How often this node found NATS again.", func() float64 { return float64(n.BusStatus().Reconnects) })
	m.Counter("spans_told_total", "Spans that the collector took.", func() float64 { told, _ := w.tracer.Told(); return told })
	m.Counter("spans_dropped_total", "Spans that the collector did not take, or before which too many waited.",
		func() float64 { _, dropped := w.tracer.Told(); return dropped })
}

func (n *Network) searchAgeS() float64 {
	asOf := n.rooms.checkout.AsOf()
	if asOf.IsZero() {
		return -1
	}
	return max(0, n.parts.Now().Sub(asOf).Seconds())
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
