package radio

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// objectsFor gives all that one client sees: the adapter, the lockers it has found, the services of those it is
// connected to, and, to a locker, the phones that are connected to it.
func (r *Radio) objectsFor(client string) objectMap {
	objects := objectMap{
		servicePath: {agentManager: {}, profileManager: {}},
		adapterPath: {adapterInterface: r.adapterProperties(client), gattManager: {}, advertManager: advertManagerProperties()},
	}
	if phone := r.phones[client]; phone != nil {
		for locker := range phone.found {
			path := locker.path()
			objects[path] = interfaces{deviceInterface: phone.sees(locker)}
			if link := phone.links[locker]; link != nil && link.open {
				link.services(func(path dbus.ObjectPath, added interfaces) { objects[path] = added })
			}
		}
	}
	if locker := r.lockers[client]; locker != nil {
		for link := range locker.links {
			if link.open {
				objects[link.phone.path()] = interfaces{deviceInterface: link.phone.asDevice()}
			}
		}
	}
	return objects
}

func (r *Radio) adapterProperties(client string) propertyMap {
	discovering := r.phones[client] != nil && r.phones[client].discovering
	alias := adapterName
	if locker := r.lockers[client]; locker != nil && locker.alias != "" {
		alias = locker.alias
	}
	return variants(map[string]any{
		"Address":             adapterAddress,
		"AddressType":         "public",
		"Name":                adapterName,
		"Alias":               alias,
		"Class":               uint32(0),
		"Powered":             r.powered,
		"Discoverable":        false,
		"DiscoverableTimeout": uint32(180),
		"Pairable":            false,
		"PairableTimeout":     uint32(0),
		"Discovering":         discovering,
		"UUIDs":               []string{},
		"Modalias":            r.modalias,
		"Roles":               []string{"central", "peripheral"},
	})
}

func advertManagerProperties() propertyMap {
	return variants(map[string]any{
		"ActiveInstances":    byte(0),
		"SupportedInstances": byte(5),
		"SupportedIncludes":  []string{"tx-power", "appearance", "local-name"},
	})
}

// device gives the properties that every Device1 has.
func device(address, name string, uuids []string, connected bool) propertyMap {
	return variants(map[string]any{
		"Adapter":          adapterPath,
		"Address":          address,
		"AddressType":      "random",
		"Name":             name,
		"Alias":            name,
		"Paired":           false,
		"Bonded":           false,
		"Trusted":          false,
		"Blocked":          false,
		"LegacyPairing":    false,
		"UUIDs":            uuids,
		"Connected":        connected,
		"ServicesResolved": connected,
	})
}

func devicePath(address [6]byte) dbus.ObjectPath {
	return adapterPath + dbus.ObjectPath(fmt.Sprintf("/dev_%02X_%02X_%02X_%02X_%02X_%02X",
		address[0], address[1], address[2], address[3], address[4], address[5]))
}

func addressText(address [6]byte) string {
	return fmt.Sprintf("%02X:%02X:%02X:%02X:%02X:%02X", address[0], address[1], address[2], address[3], address[4], address[5])
}

// lowestFree gives the smallest number from 1 that is not taken: a locker that restarts finds its own address free.
func lowestFree(taken map[int]bool) int {
	number := 1
	for taken[number] {
		number++
	}
	return number
}
