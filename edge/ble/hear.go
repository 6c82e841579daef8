package ble

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// hear follows what bluetoothd and the bus tell, and says whether something may have to be done to be on the air again.
func (p *peripheral) hear(ctx context.Context, signal *dbus.Signal) (again bool) {
	if signal.Name == "org.freedesktop.DBus.NameOwnerChanged" {
		return p.heardOwner(signal)
	}
	if owner := p.owner.Load(); owner == nil || signal.Sender != *owner || len(signal.Body) < 2 {
		return false
	}
	switch signal.Name {
	case properties + ".PropertiesChanged":
		return p.heardChange(ctx, signal)
	case objectManager + ".InterfacesAdded":
		return p.heardAdded(ctx, signal)
	case objectManager + ".InterfacesRemoved":
		return p.heardRemoved(signal)
	}
	return false
}

// heardOwner is told that bluetoothd has come or gone.
func (p *peripheral) heardOwner(signal *dbus.Signal) (again bool) {
	var name, before, now string
	if dbus.Store(signal.Body, &name, &before, &now) != nil || name != bluez {
		return false
	}
	p.bluetoothdGone()
	return true
}

// bluetoothdGone forgets all that bluetoothd held of ours.
func (p *peripheral) bluetoothdGone() {
	p.owner.Store(nil)
	p.adapterGone()
}

func (p *peripheral) adapterGone() {
	p.adapter, p.registered, p.advertised = "", false, ""
	p.listened.Store(false)
	p.phones.allGone()
}

func (p *peripheral) heardChange(ctx context.Context, signal *dbus.Signal) (again bool) {
	changed, _ := signal.Body[1].(propertyMap)
	switch signal.Body[0] {
	case deviceInterface:
		switch changed["Connected"].Value() {
		case true:
			p.arrived(ctx, signal.Path)
		case false:
			p.phones.gone(signal.Path)
		}
	case adapterInterface:
		if changed["Powered"].Value() == false && signal.Path == p.adapter {
			p.advertised = ""
			p.phones.allGone()
			return true
		}
	}
	return false
}

func (p *peripheral) heardAdded(ctx context.Context, signal *dbus.Signal) (again bool) {
	path, _ := signal.Body[0].(dbus.ObjectPath)
	added, _ := signal.Body[1].(map[string]propertyMap)
	if added[deviceInterface]["Connected"].Value() == true {
		p.arrived(ctx, path)
	}
	_, adapter := added[advertManager]
	return adapter
}

func (p *peripheral) heardRemoved(signal *dbus.Signal) (again bool) {
	path, _ := signal.Body[0].(dbus.ObjectPath)
	if path == p.adapter {
		p.adapterGone()
		return true
	}
	p.phones.gone(path)
	return false
}
