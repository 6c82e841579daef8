package agent

import (
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"time"

	"lockhouse"
	"lockhouse/trust/access"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// nobodysPhone stands where there is none: in what is done at the panel. A receipt without phone and grant says that a PIN
// opened, one with a grant and without a phone that a paper pass did.
var nobodysPhone [8]byte

// AtPanel is what a panel can show: the door that was last opened at it, and what keeps the next from being opened.
type AtPanel struct {
	Door  int            // 0 for none since the start
	Event wire.DoorEvent // what the door did last; 0 while it is being opened
	At    time.Time      // when, by the locker's stopwatch
	Busy  bool           // a door is being opened, or the last one is not shut: one at a time
	WaitS int            // for how long no PIN alone is taken

	Presence string // the code of this minute, for who opens over the line; "" where none is shown, or the line is down
	LineDown bool   // a code would be shown, but there is no line over which it could open anything
}

// AtPanel gives what a panel can show. Watch says when it has changed; waits end without a word.
func (a *Agent) AtPanel() AtPanel {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.panel
	if p.LineDown = a.config.Presence.Shown && !a.figures.lined; !p.LineDown {
		p.Presence = a.shownNow()
	}
	p.Busy, p.WaitS = a.mayBeginAtPanel() != nil, a.waitLeftS(anyDoor)
	return p
}

// SetPanel says what there is at the panel just now, and what it lacks, a few words each: the network is told with the locker's
// health.
func (a *Agent) SetPanel(has lockhouse.Panel, lacks []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fitted != has || !slices.Equal(a.panelFaults, lacks) {
		a.fitted, a.panelFaults = has, lacks
		a.announce()
	}
}

// hasPanel is what people without a smartphone, or without Bluetooth, find here.
func (a *Agent) hasPanel() lockhouse.Panel {
	p := a.fitted
	p.Said, p.Renews, p.Shown, p.Printed = true, true, a.config.Presence.Shown, a.config.Presence.Printed != ""
	return p
}

// EnterPIN decides about digits that were typed: 8 are a PIN, tried on every door; up to 3 more in front are the number
// of the one door that it is tried on. When it comes back with nil, the door is armed, and AtPanel tells on.
//
// While a door is busy or a wait is not over, nothing is tried. A wrong PIN is on the disk before it is answered.
func (a *Agent) EnterPIN(digits string) error {
	number, pin, err := readEntry(digits)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.mayTryPIN(number); err != nil {
		return err
	}
	matches := a.matching(number, pin)
	if len(matches) > 1 {
		return lockhouse.RefuseAtDoor(lockhouse.CodeNameDoor)
	}
	if len(matches) == 0 {
		if err := a.write(record{Kind: recordWrongPIN, Number: uint16(number)}); err != nil {
			return err
		}
		return lockhouse.RefuseAtDoor(lockhouse.CodeWrongPIN).With("wait_s", a.waitLeftS(uint16(number)))
	}
	return a.openAtPanel(matches[0], &opening{})
}

// readEntry splits what was typed.
func readEntry(digits string) (number int, pin string, err error) {
	extra := len(digits) - credential.PINDigits
	if extra < 0 || extra > longestDoorNo {
		return 0, "", lockhouse.RefuseAtDoor(lockhouse.CodeNoPIN)
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, "", lockhouse.RefuseAtDoor(lockhouse.CodeNoPIN)
		}
	}
	if extra == 0 {
		return anyDoor, digits, nil
	}
	if number, err = strconv.Atoi(digits[:extra]); err != nil || number == anyDoor {
		return 0, "", lockhouse.RefuseAtDoor(lockhouse.CodeNoDoor)
	}
	return number, digits[extra:], nil
}

func (a *Agent) mayTryPIN(number int) error {
	if number != anyDoor && a.doors[number] == nil {
		return lockhouse.RefuseAtDoor(lockhouse.CodeNoDoor)
	}
	if err := a.mayBeginAtPanel(); err != nil {
		return err
	}
	if left := a.waitLeftS(uint16(number)); left > 0 {
		return lockhouse.RefuseAtDoor(lockhouse.CodeWaitPIN).With("wait_s", left)
	}
	return nil
}

// matching finds what a PIN opens: parcels that lie here, and those that were collected last where nothing lies since. It
// looks at every compartment whatever it finds, so that how long it takes says nothing.
func (a *Agent) matching(number int, pin string) (found []lockhouse.Target) {
	for _, box := range a.config.Compartments {
		c := a.state.at(box.Number)
		t := lockhouse.Target{Ref: c.Ref, Verb: lockhouse.VerbCollect, Compartment: box.Number, Generation: c.Generation}
		if c.Ref == (lockhouse.ParcelRef{}) && c.Last.Verb == lockhouse.VerbCollect {
			t.Ref, t.Generation = c.Last.Ref, c.Last.Generation
		}
		same, renewed := 0, lockhouse.Renewed(a.revoked, t.Ref, a.clock.floor(a.Now()))
		for _, secret := range a.pins {
			same |= subtle.ConstantTimeCompare([]byte(secret.PIN(t.Ref, t.Generation, renewed)), []byte(pin))
		}
		if same == 1 && t.Ref != (lockhouse.ParcelRef{}) && (number == anyDoor || number == box.Number) {
			found = append(found, t)
		}
	}
	return found
}

// ShowPass decides about the digits of a paper pass that was scanned. When it comes back with nil, the door is armed.
func (a *Agent) ShowPass(digits string) error {
	raw, err := wire.ReadPassDigits(digits)
	if err != nil {
		return lockhouse.RefuseAtDoor(lockhouse.CodeGrantInvalid).Because(err)
	}
	pass, err := credential.VerifyPass(a.trusted(), raw)
	if err != nil {
		return unverified(err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.mayBeginAtPanel(); err != nil {
		return err
	}
	now := a.Now()
	if err := access.Admit(pass, a.config.Locker, access.Clock{Floor: a.clock.floor(now), Quality: a.clock.quality(now)}); err != nil {
		return err
	}
	if a.isRevoked(pass, nobodysPhone) {
		return lockhouse.RefuseAtDoor(lockhouse.CodeLapsed)
	}
	a.clock.raise(pass.IssuedAt, now) // the issuer signed it, and the paper is here
	return a.openAtPanel(pass.Targets[0], &opening{Grant: pass.ID, ExpiresS: unixS(pass.ExpiresAt)})
}

// mayBeginAtPanel holds the panel to one door at a time.
func (a *Agent) mayBeginAtPanel() error {
	if a.failed != nil || a.disk.waits() {
		return lockhouse.RefuseAtDoor(lockhouse.CodeUnavailable)
	}
	if a.busy() {
		return lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
	}
	for _, c := range a.state.Compartments {
		if a.awaited(c) && c.Opening.Phone == nobodysPhone {
			return lockhouse.RefuseAtDoor(lockhouse.CodeBusy)
		}
	}
	return nil
}

// openAtPanel arms the door of a parcel, for a person without a phone.
func (a *Agent) openAtPanel(t lockhouse.Target, op *opening) error {
	op.Stage, op.Verb, op.Ref, op.Generation = armed, t.Verb, t.Ref, t.Generation
	number, err := a.placeOf(t, op)
	if err != nil {
		return err
	}
	if _, err := a.arm(number, op, a.Now()); err != nil {
		return err
	}
	a.doors[number].atPanel = true
	a.showAtPanel(number, 0)
	return nil
}

func (a *Agent) showAtPanel(number int, event wire.DoorEvent) {
	a.panel = AtPanel{Door: number, Event: event, At: a.Now()}
	a.announce()
}

// told is the event that a panel would have been told last.
func (op *opening) told() wire.DoorEvent {
	switch {
	case op.Stage == stuck:
		return wire.DoorTimeout
	case op.LeftOpen:
		return wire.DoorLeftOpen
	case op.Stage == opened:
		return wire.DoorOpened
	}
	return 0
}

// agreePINs derives what PINs are made from: a secret for each issuer and each keyset, present and former.
func (a *Agent) agreePINs() (err error) {
	a.pins, err = a.pinsOf(a.config.Trusted.Issuers, a.keysets()...)
	return err
}

func (a *Agent) pinsOf(issuers credential.Issuers, keysets ...credential.OwnKeyset) (pins []credential.PINSecret, err error) {
	for id, issuer := range issuers {
		public, err := issuer.Bytes()
		if err != nil {
			return nil, fmt.Errorf("agent: issuer key %x: %w", id, err)
		}
		for _, k := range keysets {
			secret, err := credential.AgreePINSecret(k.Static, public, k.Shared, a.config.Locker)
			if err != nil {
				return nil, fmt.Errorf("agent: issuer key %x: %w", id, err)
			}
			pins = append(pins, secret)
		}
	}
	return pins, nil
}
