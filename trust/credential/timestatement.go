package credential

import (
	"time"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxTimeBytes bounds what is read as a time statement; they have 131.
const MaxTimeBytes = 160

// Time is the network's signed word for what time it is, to one locker. The nonce was the locker's: an answer that
// carries it was made after the question, so it can only be late by as long as the locker waited.
type Time struct {
	Locker lockhouse.LockerID
	At     time.Time
	Nonce  [16]byte
}

type timeClaims struct {
	Audience [8]byte  `cbor:"3,keyasint"`
	Issued   uint64   `cbor:"6,keyasint"`
	Nonce    [16]byte `cbor:"10,keyasint"` // RFC 9711, 4.1
}

// SignTime signs a time statement in the network's name.
func SignTime(by Authority, t Time) ([]byte, error) {
	locker, err := t.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	return issue(by, aadTime, &timeClaims{Audience: locker, Issued: uint64(max(t.At.Unix(), 0)), Nonce: t.Nonce})
}

// VerifyTime reads a time statement in its one form and checks that the network said it to this locker.
func VerifyTime(trusted Trusted, data []byte) (Time, error) {
	payload, err := issued(trusted, aadTime, data, MaxTimeBytes)
	if err != nil {
		return Time{}, err
	}
	var c timeClaims
	if err := strictcbor.Decode(payload, MaxTimeBytes, &c); err != nil {
		return Time{}, refused("time: %w", err)
	}
	if c.Issued > maxUnixS {
		return Time{}, refused("time: %d", c.Issued)
	}
	return Time{Locker: lockhouse.LockerIDOf(c.Audience), At: time.Unix(int64(c.Issued), 0).UTC(), Nonce: c.Nonce}, nil
}
