package settings

import "net/url"

// CheckLine refuses an address of a NATS server by which others could listen: TLS, unless it ends on this very machine.
func CheckLine(key, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Port() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return RefuseKey(key, "must look like tls://parcels.example:7422")
	}
	if u.Scheme != "tls" && !(u.Scheme == "nats" && ThisMachine(u.Hostname())) {
		return RefuseKey(key, "must begin with tls://")
	}
	return nil
}
