package radio

import "github.com/godbus/dbus/v5"

// handle answers every call that a client makes.
func (r *Radio) handle(c *call) {
	r.mu.Lock()
	up := r.up
	r.mu.Unlock()
	answer, known := methods[c.method]
	if !known || !up {
		c.fail(errNoMethod)
		return
	}
	answer(r, c)
}

// methods is what this BlueZ can do. Agents and profiles are for pairing, which Latch does not use; Chromium registers
// them before anything else.
var methods = map[string]func(*Radio, *call){
	objectManager + ".GetManagedObjects": (*Radio).getManagedObjects,
	properties + ".Get":                  (*Radio).getProperty,
	properties + ".GetAll":               (*Radio).getAllProperties,
	properties + ".Set":                  (*Radio).setProperty,

	adapterInterface + ".StartDiscovery":       (*Radio).startDiscovery,
	adapterInterface + ".StopDiscovery":        (*Radio).stopDiscovery,
	adapterInterface + ".SetDiscoveryFilter":   (*Radio).accept,
	adapterInterface + ".RemoveDevice":         (*Radio).removeDevice,
	gattManager + ".RegisterApplication":       (*Radio).registerApplication,
	gattManager + ".UnregisterApplication":     (*Radio).unregisterApplication,
	advertManager + ".RegisterAdvertisement":   (*Radio).registerAdvertisement,
	advertManager + ".UnregisterAdvertisement": (*Radio).unregisterAdvertisement,

	deviceInterface + ".Connect":             (*Radio).connect,
	deviceInterface + ".Disconnect":          (*Radio).disconnect,
	characteristicInterface + ".ReadValue":   (*Radio).readValue,
	characteristicInterface + ".WriteValue":  (*Radio).writeValue,
	characteristicInterface + ".StartNotify": (*Radio).startNotify,
	characteristicInterface + ".StopNotify":  (*Radio).stopNotify,

	agentManager + ".RegisterAgent":       (*Radio).accept,
	agentManager + ".RequestDefaultAgent": (*Radio).accept,
	agentManager + ".UnregisterAgent":     (*Radio).accept,
	profileManager + ".RegisterProfile":   (*Radio).accept,
	profileManager + ".UnregisterProfile": (*Radio).accept,
}

func (r *Radio) accept(c *call) { c.answer() }

func (r *Radio) getManagedObjects(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.path != "/" {
		c.fail(errNoObject)
		return
	}
	c.answer(r.objectsFor(c.client))
}

func (r *Radio) getProperty(c *call) {
	var iface, name string
	if !c.arguments(&iface, &name) {
		c.fail(errMalformed)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	value, ok := r.objectsFor(c.client)[c.path][iface][name]
	if !ok {
		c.fail(errNoProperty)
		return
	}
	c.answer(value)
}

func (r *Radio) getAllProperties(c *call) {
	var iface string
	if !c.arguments(&iface) {
		c.fail(errMalformed)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	all, ok := r.objectsFor(c.client)[c.path][iface]
	if !ok {
		c.fail(errNoObject)
		return
	}
	c.answer(all)
}

// setProperty knows the two properties that matter here. Powered goes for everybody, for the adapter is one; Alias is the
// locker's own, whose machine the adapter would be in.
func (r *Radio) setProperty(c *call) {
	var iface, name string
	var value dbus.Variant
	if !c.arguments(&iface, &name, &value) {
		c.fail(errMalformed)
		return
	}
	if alias, ok := value.Value().(string); ok && c.path == adapterPath && iface == adapterInterface && name == "Alias" {
		c.finish(r.setAlias(c.client, alias))
		return
	}
	on, ok := value.Value().(bool)
	if c.path != adapterPath || iface != adapterInterface || name != "Powered" || !ok {
		c.fail(errNotSupported)
		return
	}
	if on && r.refusesPower() {
		c.fail(bluezError("Failed", "Failed"))
		return
	}
	r.SetPowered(on)
	c.answer()
}

func (r *Radio) setAlias(client, alias string) *dbus.Error {
	r.mu.Lock()
	defer r.mu.Unlock()
	locker := r.lockers[client]
	if locker == nil {
		return errNotSupported
	}
	locker.alias = alias
	return nil
}
