package wire

import "lockhouse"

// Status is how a locker answers inside the channel: 0, or the number of a refusal. Numbers never change their meaning.
type Status uint8

// StatusOK says yes.
const StatusOK Status = 0

// statuses numbers the codes that a locker refuses with.
var statuses = map[Status]lockhouse.Code{
	1:  lockhouse.CodeMalformed,
	2:  lockhouse.CodeGrantInvalid,
	3:  lockhouse.CodeWrongLocker,
	4:  lockhouse.CodeWrongPhone,
	5:  lockhouse.CodeLapsed,
	6:  lockhouse.CodeUsed,
	7:  lockhouse.CodeSuperseded,
	8:  lockhouse.CodeNotHere,
	9:  lockhouse.CodeAlreadyHere,
	10: lockhouse.CodeBusy,
	11: lockhouse.CodeFull,
	12: lockhouse.CodeTooMany,
	13: lockhouse.CodeClockUnsure,
	14: lockhouse.CodeBoardSilent,
	15: lockhouse.CodeConflict,
	16: lockhouse.CodeUnavailable,
	17: lockhouse.CodeClosed,
	18: lockhouse.CodeWrongPresence,
	19: lockhouse.CodeWaitPresence,
	20: lockhouse.CodeStale,
}

// StatusOf gives the status of an error: 0 for nil, and for one that has no number the status of "unavailable", so that
// a cause that was not meant for outside stays inside.
func StatusOf(err error) Status {
	if err == nil {
		return StatusOK
	}
	code := lockhouse.CodeOf(err)
	for status, c := range statuses {
		if c == code {
			return status
		}
	}
	return StatusOf(lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable))
}

// Err gives the refusal with the sentence for the person at the door, and nil for StatusOK.
func (s Status) Err() error {
	if s == StatusOK {
		return nil
	}
	code, ok := statuses[s]
	if !ok {
		code = lockhouse.CodeConflict
	}
	return lockhouse.RefuseAtDoor(code).With("status", int(s))
}
