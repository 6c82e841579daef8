package api

import (
	"fmt"
	"io"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// lockerView is what a phone needs to find a locker, to know that it is the right one, and to draw it.
type lockerView struct {
	ID           lockhouse.LockerID `json:"id"`
	Name         string             `json:"name" doc:"Painted on it, such as A."`
	StaticKey    string             `json:"static_key" doc:"P-256, uncompressed, base64url: what the handshake is made with."`
	ReceiptKey   string             `json:"receipt_key" doc:"P-256, uncompressed, base64url: what its receipts are checked with."`
	FormerKey    string             `json:"former_receipt_key,omitempty" doc:"What those are checked with that it signed before it changed its keys, for some weeks after that."`
	AdvertNames  []string           `json:"advert_names" doc:"The names under which it may advertise today and tomorrow (UTC)."`
	Compartments []CompartmentView  `json:"compartments"`
}

// CompartmentView is a compartment as it is drawn on the locker's front.
type CompartmentView struct {
	Number   int    `json:"number"`
	Size     string `json:"size"`
	Column   int    `json:"column" doc:"From the left, from 1."`
	Row      int    `json:"row" doc:"From the ground, from 1."`
	FloorMM  int    `json:"floor_mm" doc:"Height of its floor above the ground."`
	WidthMM  int    `json:"width_mm"`
	HeightMM int    `json:"height_mm"`
}

func (a *API) viewLocker(l lockhouse.Locker, boxes []lockhouse.Compartment) lockerView {
	return lockerView{
		ID: l.ID, Name: l.Name, StaticKey: b64(l.StaticKey), ReceiptKey: b64(l.ReceiptKey), FormerKey: b64(l.FormerReceiptKey), AdvertNames: a.advertNames(l),
		Compartments: listOf(boxes, a.viewCompartment),
	}
}

func (a *API) viewCompartment(c lockhouse.Compartment) CompartmentView {
	v := CompartmentView{Number: c.Number, Size: c.Size, Column: c.Column, Row: c.Row, FloorMM: c.FloorMM}
	if z, ok := a.Sizes.Named(c.Size); ok {
		v.WidthMM, v.HeightMM = z.Inner.WidthMM, z.Inner.HeightMM
	}
	return v
}

// advertNames gives the locker's names of today and tomorrow, so that a phone that goes offline overnight finds it. One that has changed its
// keys keeps the names of the former ones for a day or two.
func (a *API) advertNames(l lockhouse.Locker) []string {
	raw, err := l.ID.Bytes()
	if err != nil {
		return []string{}
	}
	today := lockhouse.DayOf(a.Now().UTC())
	names := []string{wire.AdvertName(l.AdvertKey, raw, today), wire.AdvertName(l.AdvertKey, raw, today+1)}
	if l.FormerAdvertKey != nil {
		names = append(names, wire.AdvertName(l.FormerAdvertKey, raw, today), wire.AdvertName(l.FormerAdvertKey, raw, today+1))
	}
	return names
}

// How long grants are good. A recipient's is good offline for a day; a courier's for a shift.
const (
	recipientGrantLife = 24 * time.Hour
	courierGrantLife   = 12 * time.Hour
	passGrace          = 24 * time.Hour // beyond the holding time, or beyond now where that is over
)

// grant signs what a phone may do at a locker, and gives it as it travels.
func (a *API) grant(locker lockhouse.Locker, phoneKey []byte, life time.Duration, targets ...lockhouse.Target) (
	text string, until time.Time, err error,
) {
	now := a.Now().UTC().Truncate(time.Second)
	g := lockhouse.Grant{Locker: locker.ID, PhoneKey: phoneKey, IssuedAt: now, ExpiresAt: now.Add(life), Targets: targets}
	if _, err := io.ReadFull(a.Random, g.ID[:]); err != nil {
		return "", until, fmt.Errorf("drawing a grant's id: %w", err)
	}
	raw, err := credential.SignGrant(a.authority(locker), g)
	if err != nil {
		return "", until, fmt.Errorf("signing a grant: %w", err)
	}
	return b64(raw), g.ExpiresAt, nil
}

// authority is in whose name a locker is told something.
func (a *API) authority(l lockhouse.Locker) credential.Authority {
	return credential.Authority{Issuer: a.Issuer, Shared: l.AdvertKey}
}

// pass signs a paper pass for a parcel, and gives the digits that are printed. It outlives the holding time by a day: an
// overdue parcel may be collected while it is there.
func (a *API) pass(locker lockhouse.Locker, now, collectBy time.Time, target lockhouse.Target) (digits string, until time.Time, err error) {
	end := now
	if collectBy.After(end) {
		end = collectBy.UTC().Truncate(time.Second)
	}
	end = earlier(end.Add(passGrace), now.Add(credential.MaxGrantLife))
	g := lockhouse.Grant{Locker: locker.ID, IssuedAt: now, ExpiresAt: end, Targets: []lockhouse.Target{target}}
	if _, err := io.ReadFull(a.Random, g.ID[:]); err != nil {
		return "", until, fmt.Errorf("drawing a pass's id: %w", err)
	}
	raw, err := credential.SignPass(a.authority(locker), g)
	if err != nil {
		return "", until, fmt.Errorf("signing a pass: %w", err)
	}
	return wire.PassDigits(raw), end, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
