package central

import (
	"slices"

	"github.com/godbus/dbus/v5"
)

// heard keeps the objects as bluetoothd tells of them, and hands frames to their link.
func (p *Phone) heard(signal *dbus.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch signal.Name {
	case objectManager + ".InterfacesAdded":
		var path dbus.ObjectPath
		var added map[string]propertyMap
		if dbus.Store(signal.Body, &path, &added) == nil {
			p.added(path, added)
		}
	case objectManager + ".InterfacesRemoved":
		var path dbus.ObjectPath
		var removed []string
		if dbus.Store(signal.Body, &path, &removed) == nil {
			p.removed(path, removed)
		}
	case properties + ".PropertiesChanged":
		var iface string
		var changed propertyMap
		var invalid []string
		if dbus.Store(signal.Body, &iface, &changed, &invalid) == nil {
			p.changed(signal.Path, iface, changed)
		}
	}
	close(p.news)
	p.news = make(chan struct{})
}

func (p *Phone) added(path dbus.ObjectPath, added map[string]propertyMap) {
	if p.objects[path] == nil {
		p.objects[path] = map[string]propertyMap{}
	}
	for name, properties := range added {
		p.objects[path][name] = properties
	}
}

func (p *Phone) removed(path dbus.ObjectPath, removed []string) {
	for _, name := range removed {
		delete(p.objects[path], name)
	}
	if link := p.links[path]; link != nil && slices.Contains(removed, deviceInterface) {
		link.drop()
	}
	if len(p.objects[path]) == 0 {
		delete(p.objects, path)
	}
}

func (p *Phone) changed(path dbus.ObjectPath, iface string, changed propertyMap) {
	if known := p.objects[path][iface]; known != nil {
		for name, value := range changed {
			known[name] = value
		}
	}
	if link := p.links[path]; link != nil && iface == deviceInterface && changed["Connected"].Value() == false {
		link.drop()
	}
	frame, isValue := changed["Value"].Value().([]byte)
	for _, link := range p.links {
		if isValue && path == link.tx {
			link.receive(frame)
		}
	}
}
