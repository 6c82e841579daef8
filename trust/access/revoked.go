package access

import (
	"time"

	"lockhouse"
)

// Revoked tells whether the network took a grant back before its end: the grant itself, or all that the phone had by then. Phone is
// the thumbprint of its key, zero for a grant without one. A grant that was issued later is not meant: whoever signed in anew with
// the same phone goes on. What is over by the floor is over for the grant, too, and forgotten.
func Revoked(g lockhouse.Grant, phone [8]byte, list []lockhouse.Revocation, floor time.Time) bool {
	for _, r := range list {
		if (r.Name == [8]byte(g.ID) || r.Name == phone) && !g.IssuedAt.After(r.At) && floor.Before(r.Until) {
			return true
		}
	}
	return false
}
