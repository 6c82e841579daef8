package radio

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// services calls with each GATT object that the phone sees of the locker, in the order of their handles.
func (l *link) services(each func(dbus.ObjectPath, interfaces)) {
	for _, service := range l.app.services {
		at := l.locker.path() + dbus.ObjectPath(fmt.Sprintf("/service%04x", service.handle))
		each(at, interfaces{serviceInterface: variants(map[string]any{
			"UUID": service.uuid, "Primary": service.primary, "Device": l.locker.path(), "Includes": []dbus.ObjectPath{},
		})})
		for _, characteristic := range service.characteristics {
			l.characteristic(at, characteristic, each)
		}
	}
}

func (l *link) characteristic(service dbus.ObjectPath, c *characteristic, each func(dbus.ObjectPath, interfaces)) {
	at := service + c.name()
	said := map[string]any{"UUID": c.uuid, "Service": service, "Flags": c.flags, "Value": []byte{}, "MTU": uint16(l.mtu)}
	if c.can("notify") {
		said["Notifying"] = l.subscribed[c]
	}
	each(at, interfaces{characteristicInterface: variants(said)})
	if c.can("notify") {
		each(at+dbus.ObjectPath(fmt.Sprintf("/desc%04x", c.handle+2)), interfaces{descriptorInterface: variants(map[string]any{
			"UUID": subscription, "Characteristic": at, "Value": []byte{},
		})})
	}
}

func (c *characteristic) name() dbus.ObjectPath {
	return dbus.ObjectPath(fmt.Sprintf("/char%04x", c.handle))
}

// at finds the characteristic at a path that the phone sees.
func (l *link) at(path dbus.ObjectPath) *characteristic {
	for _, service := range l.app.services {
		for _, characteristic := range service.characteristics {
			if path == l.pathOf(service, characteristic) {
				return characteristic
			}
		}
	}
	return nil
}

func (l *link) pathOf(s *service, c *characteristic) dbus.ObjectPath {
	return l.locker.path() + dbus.ObjectPath(fmt.Sprintf("/service%04x", s.handle)) + c.name()
}
