package credential

import (
	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxDesiredBytes bounds what is read as a desired state; with all of 256 compartments out of service and a channel it has 872.
const MaxDesiredBytes = 1_024

type desiredClaims struct {
	Audience     [8]byte  `cbor:"3,keyasint"`
	Version      uint64   `cbor:"-65538,keyasint"` // private use
	OutOfService []uint16 `cbor:"-65539,keyasint"`
	Channel      string   `cbor:"-65542,keyasint,omitempty"` // left out where there is none: agents before it knew no such claim
}

// SignDesired signs in the network's name how a locker is to be.
func SignDesired(by Authority, locker lockhouse.LockerID, d lockhouse.Desired) ([]byte, error) {
	audience, err := locker.Bytes()
	if err != nil {
		return nil, err
	}
	c := desiredClaims{Audience: audience, Version: d.Version, OutOfService: make([]uint16, len(d.OutOfService)), Channel: d.Channel}
	for i, n := range d.OutOfService {
		c.OutOfService[i] = uint16(n)
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
	if err := lockhouse.CheckChannel(c.Channel); err != nil {
		return "", d, refused("desired state: %w", err)
	}
	d.Version, d.Channel = c.Version, c.Channel
	for i, n := range c.OutOfService {
		if i > 0 && n <= c.OutOfService[i-1] {
			return "", lockhouse.Desired{}, refused("desired state: compartment %d after %d", n, c.OutOfService[i-1])
		}
		d.OutOfService = append(d.OutOfService, int(n))
	}
	return lockhouse.LockerIDOf(c.Audience), d, nil
}
