package radio

import (
	"context"

	"github.com/godbus/dbus/v5"
)

func (r *Radio) startNotify(c *call) {
	r.on(c, func(l *link, to *characteristic) ([]any, *dbus.Error) {
		if !to.can("notify") {
			return nil, errNotSupported
		}
		err := r.exchange(l, func(ctx context.Context) *dbus.Error {
			if !r.subscribe(l, to) {
				return nil
			}
			call := r.conn.Object(l.locker.client, to.path).CallWithContext(ctx, characteristicInterface+".StartNotify", 0)
			return seenByPhone(call.Err)
		})
		if err == nil {
			r.tellChanged(c.client, c.path, characteristicInterface, map[string]any{"Notifying": true})
		}
		return nil, err
	})
}

func (r *Radio) stopNotify(c *call) {
	r.on(c, func(l *link, from *characteristic) ([]any, *dbus.Error) {
		err := r.exchange(l, func(context.Context) *dbus.Error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.unsubscribed(l, from)
			return nil
		})
		if err == nil {
			r.tellChanged(c.client, c.path, characteristicInterface, map[string]any{"Notifying": false})
		}
		return nil, err
	})
}

// subscribe notes a subscription and says whether it is the locker's first.
func (r *Radio) subscribe(l *link, to *characteristic) (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first = !subscribedByAny(l.locker, to)
	l.subscribed[to] = true
	return first
}

// unsubscribed ends a subscription, and tells the locker when it was the last one.
func (r *Radio) unsubscribed(l *link, from *characteristic) {
	if !l.subscribed[from] {
		return
	}
	delete(l.subscribed, from)
	if !subscribedByAny(l.locker, from) {
		r.conn.Object(l.locker.client, from.path).Go(characteristicInterface+".StopNotify", dbus.FlagNoReplyExpected, nil)
	}
}

func subscribedByAny(l *locker, to *characteristic) bool {
	for link := range l.links {
		if link.subscribed[to] {
			return true
		}
	}
	return false
}

// notified takes a locker's changed Value to every phone that has subscribed to it.
func (r *Radio) notified(signal *dbus.Signal) {
	changed, ok := signal.Body[1].(propertyMap)
	value, isBytes := changed["Value"].Value().([]byte)
	r.mu.Lock()
	defer r.mu.Unlock()
	locker := r.lockers[signal.Sender]
	if !ok || !isBytes || locker == nil || len(value) > maxValueBytes {
		return
	}
	for link := range locker.links {
		link.queue(r, signal.Path, value)
	}
}

// queue puts a notification on its way, cut to what fits as bluetoothd does. A phone that takes no more is cut off: to
// leave one out would be worse.
func (l *link) queue(r *Radio, path dbus.ObjectPath, value []byte) {
	for _, service := range l.app.services {
		for _, characteristic := range service.characteristics {
			if characteristic.path != path || !l.subscribed[characteristic] {
				continue
			}
			select {
			case l.notes <- note{l.pathOf(service, characteristic), value[:min(len(value), l.mtu-attHeaderBytes)]}:
			default:
				if l.breakOff() {
					r.spawnLocked(func() { r.bury(l) })
				}
			}
		}
	}
}

// carryNotes takes notifications across, one after the other, until the link breaks.
func (r *Radio) carryNotes(l *link) {
	for {
		select {
		case <-l.ctx.Done():
			return
		case note := <-l.notes:
			if !r.air.cross(l.ctx.Done()) {
				return
			}
			r.tellChanged(l.phone.client, note.path, characteristicInterface, map[string]any{"Value": note.value})
		}
	}
}
