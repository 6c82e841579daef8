package credential

import (
	"time"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxCommandBytes bounds what is read as a command; "report" has 144.
const (
	MaxCommandBytes = 192
	maxVerbChars    = 32
)

type commandClaims struct {
	Audience [8]byte `cbor:"3,keyasint"`
	Expires  uint64  `cbor:"4,keyasint"`
	Issued   uint64  `cbor:"6,keyasint"`
	ID       [8]byte `cbor:"7,keyasint"`
	Verb     string  `cbor:"-65540,keyasint"` // private use
}

// SignCommand signs a command in the network's name. Its times are whole seconds.
func SignCommand(by Authority, c lockhouse.Command) ([]byte, error) {
	audience, err := c.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	return issue(by, aadCommand, &commandClaims{
		Audience: audience, Expires: uint64(max(c.ExpiresAt.Unix(), 0)), Issued: uint64(max(c.IssuedAt.Unix(), 0)), ID: c.ID, Verb: string(c.Verb),
	})
}

// VerifyCommand reads a command in its one form and checks that the network said it to this locker. Whether it is in time is for its locker
// to say; one that would be good for longer than lockhouse.CommandLife is refused.
func VerifyCommand(trusted Trusted, data []byte) (lockhouse.Command, error) {
	payload, err := issued(trusted, aadCommand, data, MaxCommandBytes)
	if err != nil {
		return lockhouse.Command{}, err
	}
	var c commandClaims
	if err := strictcbor.Decode(payload, MaxCommandBytes, &c); err != nil {
		return lockhouse.Command{}, refused("command: %w", err)
	}
	if c.Expires > maxUnixS || c.Issued > c.Expires || c.Expires-c.Issued > uint64(lockhouse.CommandLife/time.Second) || len(c.Verb) > maxVerbChars {
		return lockhouse.Command{}, refused("command: from %d to %d", c.Issued, c.Expires)
	}
	return lockhouse.Command{
		ID: c.ID, Locker: lockhouse.LockerIDOf(c.Audience), Verb: lockhouse.CommandVerb(c.Verb),
		IssuedAt: time.Unix(int64(c.Issued), 0).UTC(), ExpiresAt: time.Unix(int64(c.Expires), 0).UTC(),
	}, nil
}
