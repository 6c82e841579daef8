package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"lockhouse/edge/uplink"
)

// How long before the end of a certificate it is told: endsDays, or the last part of a life that is too short for that. One that
// a machine renews each month is not complained of while all goes well.
const (
	endsDays    = 60
	endsOfLife  = 4 // the last quarter
	hoursOfADay = 24
)

// ends tells when what the network is known by ends soon: then no locker reaches it, all on one day.
func (p *Patient) ends(shown uplink.Shown) {
	first := uplink.FirstToEnd(shown.Chain)
	if first == nil {
		return
	}
	left := first.NotAfter.Sub(shown.At)
	if left > min(endsDays*hoursOfADay*time.Hour, first.NotAfter.Sub(first.NotBefore)/endsOfLife) {
		return
	}
	what, do := "certificate", "Whoever runs the network renews it there; it is shown as soon as its file is replaced. No locker has to be visited."
	if first != shown.Chain[0] || len(shown.Chain) == 1 { // one alone is its own authority
		what = "authority"
		do = "Put its successor beside it (ca_file may hold several, and is read anew at each call; without it, update ca-certificates), before the network changes."
	}
	p.say("certificates", Warning, fmt.Sprintf("The %s by which the network is known (%s) ends on %s, in %d days: then this locker's line stays down.",
		what, cmp.Or(first.Subject.CommonName, strings.Join(first.DNSNames, ", ")), first.NotAfter.UTC().Format(time.DateOnly), int(left/(hoursOfADay*time.Hour))), do)
}
