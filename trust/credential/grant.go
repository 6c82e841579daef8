package credential

import (
	"crypto/elliptic"
	"fmt"
	"time"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxGrantBytes bounds what is read as a grant.
const MaxGrantBytes = 1_536

// MaxGrantLife bounds how long a grant may be good: one that is signed for longer is refused by every locker, whoever
// signed it.
const MaxGrantLife = 45 * 24 * time.Hour

// claims is a grant as a CWT (RFC 8392). The audience is the locker's 8 bytes where the RFC has text: a grant is read by
// lockers and nobody else, and 12 bytes are a frame at the smallest MTU.
type claims struct {
	Audience [8]byte      `cbor:"3,keyasint"`
	Expires  uint64       `cbor:"4,keyasint"`
	Issued   uint64       `cbor:"6,keyasint"`
	ID       [8]byte      `cbor:"7,keyasint"`
	Confirm  confirmation `cbor:"8,keyasint"`
	Targets  []target     `cbor:"-65537,keyasint"` // private use
}

// confirmation is cnf (RFC 8747) with a COSE_Key.
type confirmation struct {
	Key coseKey `cbor:"1,keyasint"`
}

// coseKey is an EC2 key (RFC 9053, 7.1.1) whose y is the sign bit: half the size, and checked to be on the curve by
// being computed.
type coseKey struct {
	Type  uint8  `cbor:"1,keyasint"`
	Curve int8   `cbor:"-1,keyasint"`
	X     []byte `cbor:"-2,keyasint"`
	YOdd  bool   `cbor:"-3,keyasint"`
}

const (
	keyTypeEC2 = 2
	curveP256  = 1
)

type target struct {
	_          struct{} `cbor:",toarray"`
	Verb       uint8
	Ref        [8]byte
	Place      uint16 // the compartment; to store, the rank
	Generation uint32 // 0 to store
}

// SignGrant signs a grant in the network's name: 192 bytes with one target of a parcel, 13 to 19 more for each further one.
func SignGrant(by Authority, g lockhouse.Grant) ([]byte, error) {
	c, err := claimsOf(g)
	if err != nil {
		return nil, err
	}
	return issue(by, aadGrant, &c)
}

// VerifyGrant reads a grant in its one form and checks that the network said it to this locker. Whether it is for this locker, this phone
// and this hour is trust/access's to say.
func VerifyGrant(trusted Trusted, data []byte) (lockhouse.Grant, error) {
	payload, err := issued(trusted, aadGrant, data, MaxGrantBytes)
	if err != nil {
		return lockhouse.Grant{}, err
	}
	var c claims
	if err := strictcbor.Decode(payload, MaxGrantBytes, &c); err != nil {
		return lockhouse.Grant{}, refused("grant: %w", err)
	}
	return c.grant()
}

func claimsOf(g lockhouse.Grant) (claims, error) {
	locker, err := g.Locker.Bytes()
	if err != nil {
		return claims{}, err
	}
	if _, err := ParseKey(g.PhoneKey); err != nil {
		return claims{}, err
	}
	c := claims{
		Audience: locker, Expires: uint64(g.ExpiresAt.Unix()), Issued: uint64(g.IssuedAt.Unix()), ID: g.ID,
		Confirm: confirmation{coseKey{Type: keyTypeEC2, Curve: curveP256, X: g.PhoneKey[1:33], YOdd: g.PhoneKey[64]&1 == 1}},
	}
	for _, t := range g.Targets {
		c.Targets = append(c.Targets, targetOf(t))
	}
	_, err = c.grant() // what would be refused is not signed
	return c, err
}

func targetOf(t lockhouse.Target) target {
	place := t.Compartment
	if t.Verb == lockhouse.VerbStore {
		place = t.Rank
	}
	if place < 0 || place > maxPlace {
		place = 0 // out of range, and refused as such
	}
	return target{Verb: uint8(t.Verb), Ref: t.Ref, Place: uint16(place), Generation: t.Generation}
}

const maxPlace = 65_535

func (c claims) grant() (lockhouse.Grant, error) {
	if len(c.Targets) < 1 || len(c.Targets) > lockhouse.MaxTargets {
		return lockhouse.Grant{}, refused("%d targets; a grant has 1 to %d", len(c.Targets), lockhouse.MaxTargets)
	}
	if err := checkLife(c.Issued, c.Expires); err != nil {
		return lockhouse.Grant{}, err
	}
	key, err := c.Confirm.Key.uncompressed()
	if err != nil {
		return lockhouse.Grant{}, err
	}
	g := lockhouse.Grant{
		ID: c.ID, Locker: lockhouse.LockerIDOf(c.Audience), PhoneKey: key,
		IssuedAt: time.Unix(int64(c.Issued), 0).UTC(), ExpiresAt: time.Unix(int64(c.Expires), 0).UTC(),
	}
	for i, t := range c.Targets {
		out, err := t.target()
		if err == nil && out.Verb == lockhouse.VerbService && len(c.Targets) > 1 {
			err = refused("for service: one of %d targets; it has a grant of its own", len(c.Targets))
		}
		if err != nil {
			return lockhouse.Grant{}, fmt.Errorf("target %d: %w", i, err)
		}
		g.Targets = append(g.Targets, out)
	}
	return g, nil
}

// checkLife refuses what is good for no time, or for too long.
func checkLife(issuedS, expiresS uint64) error {
	if expiresS <= issuedS || expiresS-issuedS > uint64(MaxGrantLife/time.Second) || expiresS > maxUnixS {
		return refused("good from %d until %d", issuedS, expiresS)
	}
	return nil
}

// maxUnixS is the last second that INFO's four bytes can say, in the year 2106.
const maxUnixS = 1<<32 - 1

func (t target) target() (lockhouse.Target, error) {
	out := lockhouse.Target{Ref: t.Ref, Verb: lockhouse.Verb(t.Verb), Generation: t.Generation}
	if t.Place == 0 || t.Ref == (lockhouse.ParcelRef{}) {
		return lockhouse.Target{}, refused("no place, or no parcel")
	}
	switch out.Verb {
	case lockhouse.VerbCollect, lockhouse.VerbTakeOut:
		if t.Generation == 0 {
			return lockhouse.Target{}, refused("no generation")
		}
		out.Compartment = int(t.Place)
	case lockhouse.VerbService:
		if t.Generation != 0 {
			return lockhouse.Target{}, refused("for service: generation %d", t.Generation)
		}
		out.Compartment = int(t.Place)
	case lockhouse.VerbStore:
		if t.Generation != 0 || t.Place > maxRank {
			return lockhouse.Target{}, refused("to store: generation %d, rank %d", t.Generation, t.Place)
		}
		out.Rank = int(t.Place)
	default:
		return lockhouse.Target{}, refused("verb %d", t.Verb)
	}
	return out, nil
}

// maxRank bounds ranks: they travel in a byte.
const maxRank = 255

func (k coseKey) uncompressed() ([]byte, error) {
	if k.Type != keyTypeEC2 || k.Curve != curveP256 || len(k.X) != 32 {
		return nil, refused("a phone key that is not P-256")
	}
	sign := byte(2)
	if k.YOdd {
		sign = 3
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), append([]byte{sign}, k.X...))
	if x == nil {
		return nil, refused("a phone key that is no point of P-256")
	}
	out := make([]byte, KeyBytes)
	out[0] = 4
	x.FillBytes(out[1:33])
	y.FillBytes(out[33:])
	return out, nil
}
