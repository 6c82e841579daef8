package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"lockhouse/edge/uplink"
)

// ends tells when what the network is known by ends soon: then no locker reaches it, all on one day.
func (p *Patient) ends(shown uplink.Shown) {
	first, authority := shown.EndsSoon()
	if first == nil {
		return
	}
	what, do := "certificate", "Whoever runs the network renews it there; it is shown as soon as its file is replaced. No locker has to be visited."
	if authority {
		what = "authority"
		do = "Put its successor beside it (ca_file may hold several, and is read anew at each call; without it, update ca-certificates), before the network changes."
	}
	p.say("certificates", Warning, fmt.Sprintf("The %s by which the network is known (%s) ends on %s, in %d days: then this locker's line stays down.",
		what, cmp.Or(first.Subject.CommonName, strings.Join(first.DNSNames, ", ")), first.NotAfter.UTC().Format(time.DateOnly), int(first.NotAfter.Sub(shown.At)/(24*time.Hour))), do)
}
