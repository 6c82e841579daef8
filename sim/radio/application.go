package radio

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/godbus/dbus/v5"
)

// application is a locker's GATT service tree, with the handles that bluetoothd gives out.
type application struct {
	root     dbus.ObjectPath
	services []*service
}

type service struct {
	path            dbus.ObjectPath
	uuid            string
	primary         bool
	handle          int
	characteristics []*characteristic
}

type characteristic struct {
	path   dbus.ObjectPath
	uuid   string
	flags  []string
	handle int
}

func (c *characteristic) can(flag string) bool { return slices.Contains(c.flags, flag) }

const firstHandle = 0x000a // after the generic services that BlueZ has of its own

var knownFlags = []string{"broadcast", "read", "write-without-response", "write", "notify", "indicate",
	"authenticated-signed-writes", "extended-properties", "reliable-write", "writable-auxiliaries",
	"encrypt-read", "encrypt-write", "encrypt-authenticated-read", "encrypt-authenticated-write", "authorize"}

// readApplication reads what a locker's object manager gave. Descriptors of its own are not looked at; the one for
// subscriptions is BlueZ's.
func readApplication(root dbus.ObjectPath, objects objectMap) (*application, error) {
	app := &application{root: root}
	for _, path := range slices.Sorted(maps.Keys(objects)) {
		if said, ok := objects[path][serviceInterface]; ok {
			uuid, _ := said["UUID"].Value().(string)
			primary, _ := said["Primary"].Value().(bool)
			app.services = append(app.services, &service{path: path, uuid: uuid, primary: primary})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(objects)) {
		if said, ok := objects[path][characteristicInterface]; ok {
			if err := app.add(path, said); err != nil {
				return nil, err
			}
		}
	}
	if len(app.services) == 0 {
		return nil, errors.New("No valid service object found")
	}
	app.giveHandles()
	return app, nil
}

func (a *application) add(path dbus.ObjectPath, said propertyMap) error {
	uuid, _ := said["UUID"].Value().(string)
	in, _ := said["Service"].Value().(dbus.ObjectPath)
	flags, _ := said["Flags"].Value().([]string)
	for _, flag := range flags {
		if !slices.Contains(knownFlags, flag) {
			return fmt.Errorf("unknown flag %q at %s", flag, path)
		}
	}
	for _, service := range a.services {
		if service.path == in {
			service.characteristics = append(service.characteristics, &characteristic{path: path, uuid: uuid, flags: flags})
			return nil
		}
	}
	return fmt.Errorf("%s is in no service", path)
}

// giveHandles counts as an attribute table does: a service, and for each characteristic a declaration, a value and a
// subscription.
func (a *application) giveHandles() {
	handle := firstHandle
	for _, service := range a.services {
		service.handle = handle
		handle++
		for _, characteristic := range service.characteristics {
			characteristic.handle = handle
			handle += 3
		}
	}
}

// readAdvert reads what a locker's advertisement object said, and refuses what does not fit on the air: 31 bytes of
// advertisement, three of them flags, and 31 of scan response for the name.
func readAdvert(path dbus.ObjectPath, said propertyMap) (*advert, *dbus.Error) {
	kind, _ := said["Type"].Value().(string)
	name, _ := said["LocalName"].Value().(string)
	uuids, _ := said["ServiceUUIDs"].Value().([]string)
	if kind != "peripheral" {
		return nil, bluezError("Failed", "Failed to parse advertisement.")
	}
	if 3+2+16*len(uuids) > 31 || 2+len(name) > 31 {
		return nil, bluezError("InvalidLength", "Advertising data too long")
	}
	return &advert{path: path, name: name, uuids: uuids}, nil
}
