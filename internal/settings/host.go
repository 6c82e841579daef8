package settings

import "net/netip"

// ThisMachine tells whether a host can only be reached from here. An empty host means every address, so it is not.
func ThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
