package agent

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"

	"lockhouse"
	"lockhouse/trust/access"
)

// Presence says how somebody who opens over the line shows that they stand at the locker: by a code that its panel shows, new
// each minute, or by one that is printed on it, which is as good as whoever ever read it.
type Presence struct {
	Shown   bool
	Printed string // 8 digits; "" for none
}

func (p Presence) any() bool { return p.Shown || p.Printed != "" }

// shownPresence is what the panel shows, and showed before. A restart begins anew.
type shownPresence struct {
	code, before string // "" for none
	since        time.Time
}

// presenceOptions is how many codes there can be: 6 digits.
const presenceOptions = 1_000_000

// shownNow gives the code of this minute, "" where none is shown or there is no randomness to draw one.
func (a *Agent) shownNow() string {
	p, now := &a.presence, a.Now()
	if !a.config.Presence.Shown || p.code != "" && now.Sub(p.since) < presenceStep {
		return p.code
	}
	var drawn [8]byte
	if _, err := io.ReadFull(a.Random, drawn[:]); err != nil {
		*p = shownPresence{}
		return ""
	}
	if p.before = p.code; now.Sub(p.since) >= 2*presenceStep {
		p.before = ""
	}
	p.code, p.since = fmt.Sprintf("%06d", binary.BigEndian.Uint64(drawn[:])%presenceOptions), now
	return p.code
}

// checkPresence decides about a presence code whose grant and proof were good: so only phones that may open something here
// can make anybody wait. A wrong one is on the disk before it is answered, and during a wait none is tried.
//
// It is counted for each parcel that the grant is for, and not for the phone, whose key costs one sign-in: so whoever guesses
// from afar gets no further with many phones, and whoever types nonsense keeps nobody from another parcel. Beyond that all
// together have a wait (whole), which takes four parcels' guesses to fill.
func (a *Agent) checkPresence(g lockhouse.Grant, code []byte) error {
	counted, err := a.countedAt(g)
	if err != nil {
		return err
	}
	for _, number := range counted {
		if a.waitLeftS(number) > 0 {
			return lockhouse.RefuseAtDoor(lockhouse.CodeWaitPresence)
		}
	}
	if a.isShown(code) {
		return nil
	}
	for _, number := range counted {
		if err := a.write(record{Kind: recordWrongPIN, Number: number}); err != nil {
			return err
		}
	}
	return lockhouse.RefuseAtDoor(lockhouse.CodeWrongPresence)
}

// countedAt gives the numbers under which a wrong code is counted. A grant for nothing that lies here is refused before its code
// is looked at, or it would serve to try codes without end for another.
func (a *Agent) countedAt(g lockhouse.Grant) (numbers []uint16, err error) {
	for _, t := range g.Targets {
		number, why := a.countedFor(t)
		if why != nil {
			err = why
			continue
		}
		numbers = append(numbers, number)
	}
	if len(numbers) == 0 {
		return nil, err
	}
	slices.Sort(numbers)
	return append(slices.Compact(numbers), atLine), nil
}

func (a *Agent) countedFor(t lockhouse.Target) (number uint16, err error) {
	if t.Verb != lockhouse.VerbCollect {
		return ofCouriers, nil
	}
	if a.doors[t.Compartment] == nil {
		return 0, lockhouse.RefuseAtDoor(lockhouse.CodeNotHere)
	}
	return atLine | uint16(t.Compartment), access.Concerns(t, a.asAccess(t.Compartment))
}

// isShown compares a code with those that are good now, all of them, so that how long it takes says nothing.
func (a *Agent) isShown(code []byte) bool {
	good := 0
	for _, one := range []string{a.shownNow(), a.presence.before, a.config.Presence.Printed} {
		if one != "" {
			good |= subtle.ConstantTimeCompare([]byte(one), code)
		}
	}
	return good == 1
}
