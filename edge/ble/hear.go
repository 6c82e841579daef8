package ble

import "github.com/godbus/dbus/v5"

// hear follows bluetoothd and its adapter, and says whether something may have to be done to be on the air again. What
// concerns phones has been noted on arrival.
func (p *peripheral) hear(signal *dbus.Signal) (again bool) {
	if signal.Name == "org.freedesktop.DBus.NameOwnerChanged" {
		return p.heardOwner(signal)
	}
	if owner := p.owner.Load(); owner == nil || signal.Sender != *owner || len(signal.Body) < 2 {
		return false
	}
	switch signal.Name {
	case properties + ".PropertiesChanged":
		return p.heardPower(signal)
	case objectManager + ".InterfacesAdded":
		added, _ := signal.Body[1].(map[string]propertyMap)
		_, adapter := added[advertManager]
		return adapter
	case objectManager + ".InterfacesRemoved":
		if signal.Body[0] == p.adapter {
			p.adapterGone()
			return true
		}
	}
	return false
}

// heardOwner is told that bluetoothd has come or gone. The news that it has come may be late: a try that followed the
// news before may have found it already.
func (p *peripheral) heardOwner(signal *dbus.Signal) (again bool) {
	var name, before, now string
	if dbus.Store(signal.Body, &name, &before, &now) != nil || name != bluez {
		return false
	}
	if owner := p.owner.Load(); owner != nil && *owner == now {
		return false
	}
	p.bluetoothdGone()
	return true
}

// heardPower is told that the adapter was switched off, which takes the advertisement down.
func (p *peripheral) heardPower(signal *dbus.Signal) (again bool) {
	changed, _ := signal.Body[1].(propertyMap)
	if signal.Body[0] != adapterInterface || signal.Path != p.adapter || changed["Powered"].Value() != false {
		return false
	}
	p.advertised = ""
	p.phones.allGone()
	return true
}

// heardRelease is told that an advertisement was taken down; it matters if it is the present one.
func (p *peripheral) heardRelease(path dbus.ObjectPath) (again bool) {
	if p.advert == nil || path != p.advert.path {
		return false
	}
	p.advertised = ""
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
