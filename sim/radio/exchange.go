package radio

import (
	"context"
	"fmt"
	"strconv"

	"github.com/godbus/dbus/v5"
)

// on does a phone's call on a characteristic of a link, and answers it before the link may be told gone.
func (r *Radio) on(c *call, do func(*link, *characteristic) ([]any, *dbus.Error)) {
	r.mu.Lock()
	link, characteristic := r.linkAt(c.client, c.path)
	r.mu.Unlock()
	if link == nil {
		c.fail(errNoObject)
		return
	}
	if !link.begin() {
		c.fail(errNotConnected)
		return
	}
	defer link.pending.Done()
	values, err := do(link, characteristic)
	c.finish(err, values...)
}

func (r *Radio) linkAt(client string, path dbus.ObjectPath) (*link, *characteristic) {
	phone := r.phones[client]
	if phone == nil {
		return nil, nil
	}
	for _, link := range phone.links {
		if found := link.at(path); found != nil && link.open {
			return link, found
		}
	}
	return nil, nil
}

// exchange crosses the air, does something at the locker, and crosses back; the link may break on either way.
func (r *Radio) exchange(l *link, do func(context.Context) *dbus.Error) *dbus.Error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-l.ctx.Done():
		return errLinkLost
	}
	lost := r.air.exchange()
	if lost == Request {
		r.snap(l)
	}
	if !r.air.cross(l.ctx.Done()) {
		return errLinkLost
	}
	err := do(l.ctx)
	if lost == Answer {
		r.snap(l)
	}
	if !r.air.cross(l.ctx.Done()) {
		return errLinkLost
	}
	return err
}

// readValue reads in pieces of MTU-1 bytes until one is shorter, as a phone does.
func (r *Radio) readValue(c *call) {
	var options propertyMap
	if !c.arguments(&options) {
		c.fail(errMalformed)
		return
	}
	r.on(c, func(l *link, from *characteristic) ([]any, *dbus.Error) {
		if !from.can("read") {
			return nil, errNotSupported
		}
		offset, _ := options["offset"].Value().(uint16)
		value := []byte{}
		for {
			var piece []byte
			err := r.exchange(l, func(ctx context.Context) (err *dbus.Error) {
				piece, err = r.readPiece(ctx, l, from, int(offset)+len(value))
				return err
			})
			if err != nil {
				return nil, err
			}
			value = append(value, piece...)
			if len(piece) < l.mtu-1 || len(value) >= maxValueBytes {
				return []any{value}, nil
			}
		}
	})
}

// readPiece asks the locker. bluetoothd cuts what is too long.
func (r *Radio) readPiece(ctx context.Context, l *link, from *characteristic, offset int) (piece []byte, _ *dbus.Error) {
	call := r.conn.Object(l.locker.client, from.path).CallWithContext(ctx, characteristicInterface+".ReadValue", 0, variants(map[string]any{
		"device": l.phone.path(), "link": "LE", "mtu": uint16(l.mtu), "offset": uint16(offset),
	}))
	if err := call.Store(&piece); err != nil {
		return nil, seenByPhone(err)
	}
	return piece[:min(len(piece), l.mtu-1)], nil
}

func (r *Radio) writeValue(c *call) {
	var value []byte
	var options propertyMap
	if !c.arguments(&value, &options) {
		c.fail(errMalformed)
		return
	}
	r.on(c, func(l *link, to *characteristic) ([]any, *dbus.Error) {
		if !to.can("write") || options["type"].Value() == "command" {
			return nil, errNotSupported
		}
		if len(value) > maxValueBytes {
			return nil, bluezError("InvalidArguments", "Invalid Length")
		}
		kind, err := "request", (*dbus.Error)(nil)
		if len(value) > l.mtu-attHeaderBytes {
			kind, err = "reliable", r.prepare(l, len(value))
		}
		if err != nil {
			return nil, err
		}
		return nil, r.exchange(l, func(ctx context.Context) *dbus.Error {
			return r.writeWhole(ctx, l, to, value, kind)
		})
	})
}

// prepare sends the pieces of a long write, which stay in bluetoothd's queue until the exchange that executes it.
func (r *Radio) prepare(l *link, length int) *dbus.Error {
	for sent := 0; sent < length; sent += l.mtu - prepareHeaderBytes {
		if err := r.exchange(l, func(context.Context) *dbus.Error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

func (r *Radio) writeWhole(ctx context.Context, l *link, to *characteristic, value []byte, kind string) *dbus.Error {
	err := r.conn.Object(l.locker.client, to.path).CallWithContext(ctx, characteristicInterface+".WriteValue", 0, value, variants(map[string]any{
		"device": l.phone.path(), "link": "LE", "mtu": uint16(l.mtu), "offset": uint16(0), "type": kind,
	})).Err
	return seenByPhone(err)
}

// seenByPhone is what becomes of a locker's error on the way through two bluetoothds and the air: D-Bus error, ATT error,
// D-Bus error (src/gatt-database.c and src/gatt-client.c of BlueZ 5.66).
func seenByPhone(err error) *dbus.Error {
	if err == nil {
		return nil
	}
	at, ok := err.(dbus.Error)
	if !ok {
		return errLinkLost
	}
	switch at.Name {
	case "org.bluez.Error.NotPermitted":
		return errNotPermitted
	case "org.bluez.Error.NotAuthorized":
		return bluezError("NotAuthorized", "Operation Not Authorized")
	case "org.bluez.Error.InvalidOffset":
		return bluezError("InvalidArguments", "Invalid offset")
	case "org.bluez.Error.InvalidValueLength":
		return bluezError("InvalidArguments", "Invalid Length")
	case "org.bluez.Error.Failed":
		if code, err := strconv.ParseUint(at.Error(), 0, 8); err == nil && code >= 0x80 && code <= 0x9f {
			return bluezError("Failed", fmt.Sprintf("Operation failed with ATT error: 0x%02x", code))
		}
	}
	return bluezError("Failed", "Operation failed with ATT error: 0x0e")
}
