package agent

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"lockhouse"
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

// atLine is where wrong presence codes are counted, among the numbers of compartments, which end far below.
const atLine = 0xffff

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
func (a *Agent) checkPresence(code []byte) error {
	if left := a.state.waits[atLine].leftS(a.floorS()); left > 0 {
		return lockhouse.RefuseAtDoor(lockhouse.CodeWaitPresence)
	}
	good := 0
	for _, one := range []string{a.shownNow(), a.presence.before, a.config.Presence.Printed} {
		if one != "" {
			good |= subtle.ConstantTimeCompare([]byte(one), code)
		}
	}
	if good == 1 {
		return nil
	}
	if err := a.write(record{Kind: recordWrongPIN, Number: atLine}); err != nil {
		return err
	}
	return lockhouse.RefuseAtDoor(lockhouse.CodeWrongPresence)
}
