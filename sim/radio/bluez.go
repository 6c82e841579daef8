package radio

import "github.com/godbus/dbus/v5"

// Names of BlueZ's D-Bus API: doc/org.bluez.*.rst in its sources.
const (
	bluez                   = "org.bluez"
	adapterInterface        = "org.bluez.Adapter1"
	deviceInterface         = "org.bluez.Device1"
	serviceInterface        = "org.bluez.GattService1"
	characteristicInterface = "org.bluez.GattCharacteristic1"
	descriptorInterface     = "org.bluez.GattDescriptor1"
	gattManager             = "org.bluez.GattManager1"
	advertInterface         = "org.bluez.LEAdvertisement1"
	advertManager           = "org.bluez.LEAdvertisingManager1"
	agentManager            = "org.bluez.AgentManager1"
	profileManager          = "org.bluez.ProfileManager1"

	properties    = "org.freedesktop.DBus.Properties"
	objectManager = "org.freedesktop.DBus.ObjectManager"

	servicePath = dbus.ObjectPath("/org/bluez")
	adapterPath = servicePath + "/hci0"

	adapterAddress = "00:AA:01:00:00:00" // as btvirt gives
	adapterName    = "lockhouse radio"
	subscription   = "00002902-0000-1000-8000-00805f9b34fb"
)

type (
	propertyMap = map[string]dbus.Variant
	interfaces  = map[string]propertyMap
	objectMap   = map[dbus.ObjectPath]interfaces
)

func bluezError(name, text string) *dbus.Error {
	return dbus.NewError("org.bluez.Error."+name, []any{text})
}

var (
	errMalformed     = bluezError("InvalidArguments", "Invalid arguments in method call")
	errAlreadyExists = bluezError("AlreadyExists", "Already Exists")
	errDoesNotExist  = bluezError("DoesNotExist", "Does Not Exist")
	errNotReady      = bluezError("NotReady", "Resource Not Ready")
	errNotPermitted  = bluezError("NotPermitted", "Not permitted")
	errNotSupported  = bluezError("NotSupported", "Operation is not supported")
	errNotConnected  = bluezError("Failed", "Not connected")
	errLinkLost      = bluezError("Failed", "Operation failed with ATT error: 0x0e")
	errNoObject      = dbus.NewError("org.freedesktop.DBus.Error.UnknownObject", []any{"Unknown object"})
	errNoMethod      = dbus.NewError("org.freedesktop.DBus.Error.UnknownMethod", []any{"Unknown method"})
	errNoProperty    = dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", []any{"No such property"})
)

func variants(values map[string]any) propertyMap {
	made := make(propertyMap, len(values))
	for name, value := range values {
		made[name] = dbus.MakeVariant(value)
	}
	return made
}
