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
	Doubt    *doubt  `cbor:"-65541,keyasint,omitempty"`
	Keyset   []byte  `cbor:"-65545,keyasint,omitempty"`
}

// doubt is what a release is about.
type doubt struct {
	_           struct{} `cbor:",toarray"`
	Compartment uint16
	Generation  uint32
	Ref         [8]byte
}

// SignCommand signs a command in the network's name. Its times are whole seconds.
func SignCommand(by Authority, c lockhouse.Command) ([]byte, error) {
	audience, err := c.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	claims := commandClaims{
		Audience: audience, Expires: uint64(max(c.ExpiresAt.Unix(), 0)), Issued: uint64(max(c.IssuedAt.Unix(), 0)), ID: c.ID, Verb: string(c.Verb),
	}
	if c.Verb == lockhouse.CommandRelease {
		claims.Doubt = &doubt{Compartment: uint16(c.Doubt.Compartment), Generation: c.Doubt.Generation, Ref: c.Doubt.Ref}
	}
	if namesKeyset(c.Verb) {
		claims.Keyset = c.Keyset[:]
	}
	return issue(by, aadCommand, &claims)
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
	if (c.Verb == string(lockhouse.CommandRelease)) != (c.Doubt != nil) {
		return lockhouse.Command{}, refused("command: a doubt with %q, or none", c.Verb)
	}
	if namesKeyset(lockhouse.CommandVerb(c.Verb)) != (len(c.Keyset) == len(lockhouse.KeysetName{})) || !namesKeyset(lockhouse.CommandVerb(c.Verb)) && c.Keyset != nil {
		return lockhouse.Command{}, refused("command: a keyset with %q, or none", c.Verb)
	}
	out := lockhouse.Command{
		ID: c.ID, Locker: lockhouse.LockerIDOf(c.Audience), Verb: lockhouse.CommandVerb(c.Verb),
		IssuedAt: time.Unix(int64(c.Issued), 0).UTC(), ExpiresAt: time.Unix(int64(c.Expires), 0).UTC(),
	}
	copy(out.Keyset[:], c.Keyset)
	if c.Doubt != nil {
		out.Doubt = lockhouse.Doubt{Compartment: int(c.Doubt.Compartment), Generation: c.Doubt.Generation, Ref: c.Doubt.Ref}
	}
	return out, nil
}

// namesKeyset tells whether a command is about one keyset.
func namesKeyset(verb lockhouse.CommandVerb) bool {
	return verb == lockhouse.CommandSwitch || verb == lockhouse.CommandKnown || verb == lockhouse.CommandForget
}
