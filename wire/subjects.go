package wire

import (
	"strings"

	"lockhouse"
)

// The subjects of the line. A locker may publish below its own Up, subscribe to its own Down and its own inbox, and answer
// what came down; nothing else in the world of NATS is there for it.
const (
	subjectRoot = "lk"
	// UpPattern is what all lockers say.
	UpPattern = subjectRoot + ".*.up.*"
)

// UpSubject is where a locker says a kind of message; "*" stands for every kind.
func UpSubject(locker lockhouse.LockerID, kind string) string {
	return subjectRoot + "." + string(locker) + ".up." + kind
}

// DownSubject is where a locker is told a kind of message unasked.
func DownSubject(locker lockhouse.LockerID, kind string) string {
	return subjectRoot + "." + string(locker) + ".down." + kind
}

// InboxPrefix is what the subjects begin with at which a locker is answered. Whoever answers looks at it: else a locker
// could have its answers sent to anybody.
func InboxPrefix(locker lockhouse.LockerID) string { return "_INBOX." + string(locker) }

// ReadUp tells who says what on a subject of UpPattern.
func ReadUp(subject string) (locker lockhouse.LockerID, kind string, ok bool) {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 || parts[0] != subjectRoot || parts[2] != "up" {
		return "", "", false
	}
	locker = lockhouse.LockerID(parts[1])
	_, err := locker.Bytes()
	return locker, parts[3], err == nil
}
