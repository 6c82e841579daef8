package access

import (
	"time"

	"lockhouse"
)

// Revoked tells whether the network took a grant back before its end: the grant itself, or all that the phone had by then. Phone is
// the thumbprint of its key, zero for a pass, which has none: it ends with all that its parcel had without a phone. A grant that was issued later is not meant: whoever signed in anew with
// the same phone goes on. What is over by the floor is over for the grant, too, and forgotten.
func Revoked(g lockhouse.Grant, phone [8]byte, list []lockhouse.Revocation, floor time.Time) bool {
	for _, r := range list {
		if (r.Name == [8]byte(g.ID) || r.Name == phone || r.Name == onPaper(g, phone)) && !g.IssuedAt.After(r.At) && floor.Before(r.Until) {
			return true
		}
	}
	return false
}

// onPaper is the parcel of a pass; of a phone's grant, which is not on paper, it is the phone.
func onPaper(g lockhouse.Grant, phone [8]byte) [8]byte {
	if phone != ([8]byte{}) || len(g.Targets) != 1 {
		return phone
	}
	return g.Targets[0].Ref
}
