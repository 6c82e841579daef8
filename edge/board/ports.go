package board

import (
	"path/filepath"

	"go.bug.st/serial"
)

const byID = "/dev/serial/by-id"

// Ports lists the serial ports of this machine. One that has a name below /dev/serial/by-id goes by that name, which stays
// the same when adapters are plugged in another order.
func Ports() ([]string, error) {
	ports, err := serial.GetPortsList()
	if err != nil {
		return nil, err
	}
	return lasting(ports, byID), nil
}

// lasting names ports by the links in a directory, where there are any.
func lasting(ports []string, dir string) []string {
	links, _ := filepath.Glob(filepath.Join(dir, "*")) // the pattern is good
	names := map[string]string{}
	for _, link := range links {
		if port, err := filepath.EvalSymlinks(link); err == nil {
			names[port] = link
		}
	}
	for i, port := range ports {
		if name, ok := names[port]; ok {
			ports[i] = name
		}
	}
	return ports
}
