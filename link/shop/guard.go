package shop

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"

	"lockhouse"
)

// maxURLBytes bounds a webhook's address.
const maxURLBytes = 1_000

// errPrivate is what a shop reads in its list of tries when its webhook leads inside.
var errPrivate = errors.New("the address is private or reserved; a webhook must be reachable from the internet")

// CheckURL refuses an address that could not be a webhook. What its name resolves to is checked at each try, because
// that can change after today.
func CheckURL(text string, allowPrivate bool) error {
	refuse := func(why string) error {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "url %s.", why).With("field", "url")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return refuse("is not an address such as https://shop.example/lockhouse")
	case len(text) > maxURLBytes:
		return refuse("is longer than 1000 bytes")
	case u.Scheme != "https" && !(allowPrivate && u.Scheme == "http"):
		return refuse("must begin with https://")
	case u.User != nil:
		return refuse("must not carry a name or password; the signature tells you that it is us")
	case u.Fragment != "":
		return refuse("must not have a part after #")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !allowPrivate && !public(ip) {
		return refuse("leads to a private or reserved address")
	}
	return nil
}

// client makes an HTTP client that follows no redirect, uses no proxy, and, unless private addresses are allowed, hangs
// up on them after the name was resolved and before a byte is sent: so a name that resolves to something else the
// second time gains nothing.
func client(allowPrivate bool) *http.Client {
	dialer := &net.Dialer{Timeout: tryTimeout / 2}
	if !allowPrivate {
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	return &http.Client{
		Timeout:       tryTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, MaxIdleConns: maxShops * maxAtShop, MaxIdleConnsPerHost: maxAtShop, MaxConnsPerHost: maxAtHost,
			IdleConnTimeout: tryTimeout, TLSHandshakeTimeout: tryTimeout / 2, MaxResponseHeaderBytes: maxAnswerBytes,
		},
	}
}

// allocated is all of IPv6 that is given out for the internet (RFC 4291 and IANA's address space registry). What lies
// outside is reserved, some of it as one more way of writing an IPv4 address.
var allocated = netip.MustParsePrefix("2000::/3")

// reserved are the blocks within that, and of IPv4, which netip's own questions leave out: shared address space,
// benchmarks, documentation, tunnels (IANA's special-purpose registries).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("3fff::/20"),
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" || ip.Is6() && !allocated.Contains(ip) {
		return false
	}
	for _, block := range reserved {
		if block.Contains(ip) {
			return false
		}
	}
	return true
}
