package wire

import (
	"encoding/hex"

	"lockhouse"
)

// Phones whose browser has no Bluetooth reach a locker over its own line: a node of the network opens a session there in
// the phone's name, and passes frames on as they are. What they mean is between phone and locker.

// RelaySessionBytes is the length of the name that a node draws for a session.
const RelaySessionBytes = 16

// RelayMTU is the ATT MTU that stands in INFO where there is none: frames of the longest kind.
const RelayMTU = MaxFrameBytes + attHeadBytes

// RelayOpen asks a locker for a session. It answers with RelayInfo, or is Refused.
type RelayOpen struct {
	Kind    string `json:"kind"`
	Session Bytes  `json:"session"`
}

// RelayInfo is INFO of a session that was opened.
type RelayInfo struct {
	Kind string `json:"kind"`
	Info Bytes  `json:"info"`
}

// RelayWrite is a frame from the phone. It is answered with RelayTook.
type RelayWrite struct {
	Kind    string `json:"kind"`
	Session Bytes  `json:"session"`
	Frame   Bytes  `json:"frame"`
}

// RelayTook says how a frame was taken: 0, or an ATTError.
type RelayTook struct {
	Kind   string `json:"kind"`
	Status uint8  `json:"status"`
}

// RelayEnd says that the phone has gone.
type RelayEnd struct {
	Kind    string `json:"kind"`
	Session Bytes  `json:"session"`
}

// RelaySaid is a frame to the phone, on the session's own subject. Over says that it was the last: the session has ended.
type RelaySaid struct {
	Kind  string `json:"kind"`
	Frame Bytes  `json:"frame"`
	Over  bool   `json:"over"`
}

// RelayPattern is where a locker may say something to phones, whatever their sessions.
func RelayPattern(locker lockhouse.LockerID) string {
	return subjectRoot + "." + string(locker) + ".relay.*"
}

// RelaySubject is where it says something to one.
func RelaySubject(locker lockhouse.LockerID, session []byte) string {
	return subjectRoot + "." + string(locker) + ".relay." + hex.EncodeToString(session)
}

func relaySession(session Bytes) bool { return len(session) == RelaySessionBytes }

func relayFrame(frame Bytes) bool { return len(frame) > 0 && len(frame) <= MaxFrameBytes }
