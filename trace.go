package lockhouse

import (
	"crypto/sha256"
	"encoding/hex"
)

// TraceID names what traces and log lines say of one thing's journey (W3C Trace Context: 16 bytes). It is derived from the
// thing's id, so that everybody who knows the thing knows its trace, although no signed message carries one; and nobody
// gets from the trace to the thing.
type TraceID [16]byte

// TraceOf gives the trace of a hold or a parcel.
func TraceOf[ID HoldID | ParcelID](id ID) (t TraceID) {
	sum := sha256.Sum256(append([]byte("lockhouse trace "), id...))
	copy(t[:], sum[:])
	return t
}

// String gives it in hex, as tracing tools show it.
func (t TraceID) String() string { return hex.EncodeToString(t[:]) }
