package lockhouse

import (
	"strings"
	"time"
)

// Desired is how a locker is to be, as the network wants it: whole, so that the last one holds and what was between does not
// matter. The locker takes one with a higher version than the one it has, and keeps it.
type Desired struct {
	Version      uint64
	Issuers      [][]byte // public keys by which the locker is to know the network from now on; none: as it does
	OutOfService []int    // compartments that take no drop-off, rising; what lies in one still comes out
	// Channel is that from which it takes new versions of its agent; "" leaves it to the locker's own settings, which alone say whom it
	// believes.
	Channel string
	// Zone is the IANA name of its site's time zone, in which its hours are; "" leaves that to the locker's own settings.
	Zone    string
	Revoked []Revocation

	// At is when it was said: by then it is at least that late. Nonce is INFO's, where a phone asked on the spot, else zero.
	At    time.Time
	Nonce [16]byte
}

// MaxChannelBytes bounds a channel's name.
const MaxChannelBytes = 32

// CheckChannel refuses what can't be a channel of versions: lower-case letters, digits and hyphens, such as stable. "" is none.
func CheckChannel(channel string) error {
	if len(channel) > MaxChannelBytes || strings.Trim(channel, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return Refuse(CodeMalformed, "A channel has at most %d lower-case letters, digits and hyphens.", MaxChannelBytes).With("field", "channel")
	}
	return nil
}

// Revocation takes grants back before their end: the one of that id, or all that the phone of that thumbprint had at that time; or,
// named by a parcel's ref, the PIN and the passes that it had by then. Names are 8 random bytes or of a hash, so that none is ever another.
type Revocation struct {
	Name  [8]byte
	At    time.Time
	Until time.Time // when the last of those grants would have ended: then this is forgotten
}

// Renewed gives when a parcel's PIN and passes were voided last and made anew, the zero time for never: another PIN follows from it.
func Renewed(list []Revocation, ref ParcelRef, now time.Time) (at time.Time) {
	for _, r := range list {
		if r.Name == [8]byte(ref) && now.Before(r.Until) {
			at = r.At
		}
	}
	return at
}

// MaxRevocations is how many a locker keeps at a time.
const MaxRevocations = 64

// Command tells a locker to do something now, or not at all: beyond its expiry it is refused.
type Command struct {
	ID        [8]byte
	Locker    LockerID
	Verb      CommandVerb
	Doubt     Doubt      // of CommandRelease
	Keyset    KeysetName // of CommandSwitch, CommandKnown and CommandForget
	IssuedAt  time.Time
	ExpiresAt time.Time
}

// Doubt is a compartment of which its locker does not know whether the parcel of a drop-off lies inside: the power went between the
// lock's click and the door's contact. It opens for that parcel's people alone, and takes no other.
type Doubt struct {
	Compartment int
	Generation  uint32
	Ref         ParcelRef
}

// CommandVerb is what a locker is told to do.
type CommandVerb string

// The commands that there are. None opens a door.
const (
	CommandReport  CommandVerb = "report"  // say how you are, and deliver what you have
	CommandRetire  CommandVerb = "retire"  // take nothing more, if nothing lies inside and all that happened is told: nobody is to be you any more
	CommandLeave   CommandVerb = "leave"   // it is noted that you take nothing more: forget your keys
	CommandRelease CommandVerb = "release" // the parcel of a doubt is known to be elsewhere: the compartment is free
	CommandRekey   CommandVerb = "rekey"   // make the next keyset, and say which it is
	CommandSwitch  CommandVerb = "switch"  // that next keyset is known here: it is the present one from now on
	CommandKnown   CommandVerb = "known"   // that keyset is your present one here: keep this word, which a network that is set back believes
	CommandShow    CommandVerb = "show"    // your present keyset is not known here: say its card, and that word
	CommandForget  CommandVerb = "forget"  // take no keyset but that one any more
)

// CommandLife is how long a command is good at most.
const CommandLife = time.Minute

// Outcome is what a locker says has become of a command.
type Outcome string

// The outcomes.
const (
	OutcomeDone     Outcome = "done"
	OutcomeExpired  Outcome = "expired"  // its time is over, or it is older than the locker's start
	OutcomeRepeated Outcome = "repeated" // it was done before
	OutcomeForeign  Outcome = "foreign"  // no issuer of ours signed it for this locker
	OutcomeUnknown  Outcome = "unknown"  // this agent knows no such verb
	OutcomeNoTime   Outcome = "no_time"  // the locker does not know how late it is
	OutcomeConflict Outcome = "conflict" // there is no such doubt, or no more; there is no such keyset; to retire or leave: something lies inside, or may
	OutcomeBusy     Outcome = "busy"     // too many commands at once; a phone is being served, or the disk takes nothing; to retire: receipts wait for the network
)
