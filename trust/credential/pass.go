package credential

import (
	"time"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxPassBytes bounds what is read as a paper pass; they have 144 to 152.
const MaxPassBytes = 160

// passClaims is a pass as a CWT. It names one parcel to collect and no key: whoever shows it may have it, once.
type passClaims struct {
	Audience [8]byte    `cbor:"3,keyasint"`
	Expires  uint64     `cbor:"4,keyasint"`
	Issued   uint64     `cbor:"6,keyasint"`
	ID       [8]byte    `cbor:"7,keyasint"`
	Parcel   passParcel `cbor:"-65541,keyasint"` // private use
}

type passParcel struct {
	_          struct{} `cbor:",toarray"`
	Ref        [8]byte
	Place      uint16
	Generation uint32
}

// SignPass signs a paper pass in the network's name: a grant without a phone's key, to collect one parcel. It is a statement of
// its own, so that no locker takes it for a grant by radio, nor a grant for it.
func SignPass(by Authority, g lockhouse.Grant) ([]byte, error) {
	locker, err := g.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	if len(g.Targets) != 1 || g.Targets[0].Verb != lockhouse.VerbCollect || len(g.PhoneKey) > 0 {
		return nil, refused("a pass is for collecting one parcel, without a phone")
	}
	t := targetOf(g.Targets[0])
	c := passClaims{Audience: locker, Expires: uint64(max(g.ExpiresAt.Unix(), 0)), Issued: uint64(max(g.IssuedAt.Unix(), 0)), ID: g.ID,
		Parcel: passParcel{Ref: t.Ref, Place: t.Place, Generation: t.Generation}}
	if _, err := c.grant(); err != nil { // what would be refused is not signed
		return nil, err
	}
	return issue(by, aadPass, &c)
}

// VerifyPass reads a paper pass in its one form and checks that the network said it to this locker. It comes back as a grant with one
// target and no phone's key.
func VerifyPass(trusted Trusted, data []byte) (lockhouse.Grant, error) {
	payload, err := issued(trusted, aadPass, data, MaxPassBytes)
	if err != nil {
		return lockhouse.Grant{}, err
	}
	var c passClaims
	if err := strictcbor.Decode(payload, MaxPassBytes, &c); err != nil {
		return lockhouse.Grant{}, refused("pass: %w", err)
	}
	return c.grant()
}

func (c passClaims) grant() (lockhouse.Grant, error) {
	if err := checkLife(c.Issued, c.Expires); err != nil {
		return lockhouse.Grant{}, err
	}
	t, err := target{Verb: uint8(lockhouse.VerbCollect), Ref: c.Parcel.Ref, Place: c.Parcel.Place, Generation: c.Parcel.Generation}.target()
	if err != nil {
		return lockhouse.Grant{}, err
	}
	return lockhouse.Grant{
		ID: c.ID, Locker: lockhouse.LockerIDOf(c.Audience), Targets: []lockhouse.Target{t},
		IssuedAt: time.Unix(int64(c.Issued), 0).UTC(), ExpiresAt: time.Unix(int64(c.Expires), 0).UTC(),
	}, nil
}
