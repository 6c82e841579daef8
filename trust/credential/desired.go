package credential

import (
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxDesiredBytes bounds what is read as a desired state; with all of 256 compartments out of service, 64 revocations and 8
// issuer keys and the longest name of a zone it has 2,795.
const MaxDesiredBytes = 2_816

type desiredClaims struct {
	Audience     [8]byte  `cbor:"3,keyasint"`
	Version      uint64   `cbor:"-65538,keyasint"` // private use
	OutOfService []uint16 `cbor:"-65539,keyasint"`
	Channel      string   `cbor:"-65542,keyasint,omitempty"` // left out where there is none: agents before it knew no such claim
	Issuers      [][]byte `cbor:"-65544,keyasint,omitempty"`
	Zone         string   `cbor:"-65546,keyasint,omitempty"` // likewise

	At      uint64       `cbor:"6,keyasint,omitempty"`
	Nonce   []byte       `cbor:"10,keyasint,omitempty"`
	Revoked []revocation `cbor:"-65543,keyasint,omitempty"`
}

type revocation struct {
	_     struct{} `cbor:",toarray"`
	Name  [8]byte
	At    uint64
	Until uint64
}

// SignDesired signs in the network's name how a locker is to be.
func SignDesired(by Authority, locker lockhouse.LockerID, d lockhouse.Desired) ([]byte, error) {
	audience, err := locker.Bytes()
	if err != nil {
		return nil, err
	}
	c := desiredClaims{Audience: audience, Version: d.Version, OutOfService: make([]uint16, len(d.OutOfService)), Channel: d.Channel, Issuers: d.Issuers, Zone: d.Zone}
	for i, n := range d.OutOfService {
		c.OutOfService[i] = uint16(n)
	}
	if !d.At.IsZero() {
		c.At = unixS(d.At)
	}
	if d.Nonce != ([16]byte{}) {
		c.Nonce = d.Nonce[:]
	}
	for _, r := range d.Revoked {
		c.Revoked = append(c.Revoked, revocation{Name: r.Name, At: unixS(r.At), Until: unixS(r.Until)})
	}
	if len(d.Revoked) > lockhouse.MaxRevocations {
		return nil, fmt.Errorf("%d revocations, at most %d are kept", len(d.Revoked), lockhouse.MaxRevocations)
	}
	return issue(by, aadDesired, &c)
}

// VerifyDesired reads a desired state in its one form, checks that the network said it to this locker, and says whose it is. Compartments
// that are not in rising order are refused.
func VerifyDesired(trusted Trusted, data []byte) (locker lockhouse.LockerID, d lockhouse.Desired, err error) {
	payload, err := issued(trusted, aadDesired, data, MaxDesiredBytes)
	if err != nil {
		return "", d, err
	}
	var c desiredClaims
	if err := strictcbor.Decode(payload, MaxDesiredBytes, &c); err != nil {
		return "", d, refused("desired state: %w", err)
	}
	if d, err = c.untimed(); err != nil {
		return "", lockhouse.Desired{}, err
	}
	if err := c.timed(&d); err != nil {
		return "", lockhouse.Desired{}, err
	}
	return lockhouse.LockerIDOf(c.Audience), d, nil
}

// untimed reads what has no moment.
func (c desiredClaims) untimed() (d lockhouse.Desired, err error) {
	if err := lockhouse.CheckChannel(c.Channel); err != nil {
		return d, refused("desired state: %w", err)
	}
	if c.Zone != "" && lockhouse.CheckZone(c.Zone) != nil {
		return d, refused("desired state: no time zone is called so")
	}
	d.Version, d.Channel, d.Issuers, d.Zone = c.Version, c.Channel, c.Issuers, c.Zone
	if len(c.Issuers) > 0 {
		if _, err := NewIssuers(c.Issuers...); err != nil {
			return d, refused("desired state: %w", err)
		}
	}
	for i, n := range c.OutOfService {
		if i > 0 && n <= c.OutOfService[i-1] {
			return d, refused("desired state: compartment %d after %d", n, c.OutOfService[i-1])
		}
		d.OutOfService = append(d.OutOfService, int(n))
	}
	return d, nil
}

// timed reads when it was said, and what is revoked until when.
func (c desiredClaims) timed(d *lockhouse.Desired) error {
	if c.At > maxUnixS || len(c.Nonce) != 0 && len(c.Nonce) != len(d.Nonce) || len(c.Revoked) > lockhouse.MaxRevocations {
		return refused("desired state: said at %d with a nonce of %d bytes, %d revocations", c.At, len(c.Nonce), len(c.Revoked))
	}
	if c.At != 0 {
		d.At = time.Unix(int64(c.At), 0).UTC()
	}
	copy(d.Nonce[:], c.Nonce)
	for _, r := range c.Revoked {
		if r.At > r.Until || r.Until > maxUnixS {
			return refused("desired state: revoked at %d until %d", r.At, r.Until)
		}
		d.Revoked = append(d.Revoked, lockhouse.Revocation{Name: r.Name, At: time.Unix(int64(r.At), 0).UTC(), Until: time.Unix(int64(r.Until), 0).UTC()})
	}
	return nil
}

func unixS(t time.Time) uint64 { return uint64(max(t.Unix(), 0)) }
