package wire

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"lockhouse"
)

// The line between a locker and its network: a NATS connection that the locker opens (subjects.go), and JSON messages that
// say their kind. Binary values are base64url without padding. What decides anything is signed: the locker's proof and
// receipts by its receipt key, the time by the network's issuer key, so that whoever holds the line can delay but not lie.

// Limits of the line.
const (
	MaxUplinkBytes    = 64 << 10
	MaxUplinkReceipts = 128 // in one message
	TimeNonceBytes    = 16
	maxTextBytes      = 200
	maxPanelWords     = 32
	maxSignedBytes    = 2_816 // of a desired state, the longest of what the issuer says on the line
)

// Hello is the locker's first word, with a nonce for the time. Who it is, it has proved when it connected.
type Hello struct {
	Kind      string             `json:"kind"`
	Locker    lockhouse.LockerID `json:"locker"`
	Boot      uint32             `json:"boot"`
	Version   string             `json:"version"`
	TimeNonce Bytes              `json:"time_nonce"`
	Rekeyed   Bytes              `json:"rekeyed,omitempty"` // once the keyset was changed: that the present one is in use (trust/credential)
}

// KindHello is the kind of a hello: all that a locker says which is leaving.
const KindHello = "hello"

// Welcome lets the locker in: the signed time, and up to which number its receipts are there and have had their effect.
type Welcome struct {
	Kind           string `json:"kind"`
	Time           Bytes  `json:"time"`
	AppliedThrough uint64 `json:"applied_through"`
	Desired        Bytes  `json:"desired"`           // how the locker is to be, signed (trust/credential); "" where nothing is asked of it
	Command        Bytes  `json:"command,omitempty"` // to leave, signed; left out for all but a locker whose end is noted
}

// Desired says anew how the locker is to be, signed (trust/credential).
type Desired struct {
	Kind    string `json:"kind"`
	Desired Bytes  `json:"desired"`
}

// Command tells the locker to do something now, signed (trust/credential), and Done is its answer.
type Command struct {
	Kind    string `json:"kind"`
	Command Bytes  `json:"command"`
}

// Done says what has become of a command.
type Done struct {
	Kind    string            `json:"kind"`
	Outcome lockhouse.Outcome `json:"outcome"`
}

// Delivery carries receipts up, in order, as they were signed.
type Delivery struct {
	Kind     string  `json:"kind"`
	Receipts []Bytes `json:"receipts"`
}

// Ack says up to which number receipts have been applied.
type Ack struct {
	Kind           string `json:"kind"`
	AppliedThrough uint64 `json:"applied_through"`
}

// Refused says that a message was not taken, by a code of the house (error.go). The locker hangs up, and calls again.
type Refused struct {
	Kind string         `json:"kind"`
	Code lockhouse.Code `json:"code"`
}

// Health is how the locker is: each door, and a fault in a word or two ("" when all is well).
type Health struct {
	Kind    string                 `json:"kind"`
	Doors   map[int]lockhouse.Door `json:"doors"`
	Fault   string                 `json:"fault"`
	UptimeS int64                  `json:"uptime_s"`
	Desired uint64                 `json:"desired_version"` // of the desired state that it keeps to; 0 for none

	Doubtful []Doubt `json:"doubtful,omitempty"`

	FormerKeys bool `json:"former_keys,omitempty"` // a former keyset is still taken

	// Panel names what there is for people without a smartphone (lockhouse.Panel), empty where there is nothing; nil where nothing is
	// said. Whoever reads it leaves out words that they don't know.
	Panel   []string `json:"panel,omitzero"`
	PanelMM int      `json:"panel_mm,omitzero"` // how high above the ground it is touched; 0 where it is not known
}

// KeyCard says which keyset the locker has next (trust/credential). It is said when the network commanded it, and again whenever it does.
type KeyCard struct {
	Kind string `json:"kind"`
	Card Bytes  `json:"card"`
}

// KeysShown says which keyset is the locker's present one, to a network that does not know it, and gives that network's own word that it did
// (trust/credential). It is said when the network commanded it.
type KeysShown struct {
	Kind  string `json:"kind"`
	Card  Bytes  `json:"card"`
	Known Bytes  `json:"known"`
}

// Doubt is a compartment of which the locker does not know whether that parcel lies inside.
type Doubt struct {
	Compartment int                 `json:"compartment"`
	Generation  uint32              `json:"generation"`
	Ref         lockhouse.ParcelRef `json:"ref"`
}

// AskTime asks for the time, with a nonce that makes the answer fresh.
type AskTime struct {
	Kind      string `json:"kind"`
	TimeNonce Bytes  `json:"time_nonce"`
}

// Time is the signed time (trust/credential). Anything else in its place does not move the locker's clock.
type Time struct {
	Kind string `json:"kind"`
	Time Bytes  `json:"time"`
}

// ErrUplink refuses a message of the line.
var ErrUplink = errors.New("uplink: not a message")

// EncodeUplink gives a message's JSON, and its kind, which is filled in.
func EncodeUplink(message any) (kind string, data []byte, err error) {
	switch m := message.(type) {
	case Hello:
		kind, m.Kind = KindHello, KindHello
		message = m
	case Welcome:
		kind, m.Kind = "welcome", "welcome"
		message = m
	case Desired:
		kind, m.Kind = "desired", "desired"
		message = m
	case Command:
		kind, m.Kind = "command", "command"
		message = m
	case Done:
		kind, m.Kind = "done", "done"
		message = m
	case Delivery:
		kind, m.Kind = "receipts", "receipts"
		message = m
	case Ack:
		kind, m.Kind = "ack", "ack"
		message = m
	case Refused:
		kind, m.Kind = "refused", "refused"
		message = m
	case Health:
		kind, m.Kind = "health", "health"
		message = m
	case Openings:
		kind, m.Kind = "openings", "openings"
		message = m
	case RelayOpen:
		kind, m.Kind = "relay_open", "relay_open"
		message = m
	case RelayInfo:
		kind, m.Kind = "relay_info", "relay_info"
		message = m
	case RelayWrite:
		kind, m.Kind = "relay_write", "relay_write"
		message = m
	case RelayTook:
		kind, m.Kind = "relay_took", "relay_took"
		message = m
	case RelayEnd:
		kind, m.Kind = "relay_end", "relay_end"
		message = m
	case RelaySaid:
		kind, m.Kind = "relay_said", "relay_said"
		message = m
	case KeyCard:
		kind, m.Kind = "key_card", "key_card"
		message = m
	case KeysShown:
		kind, m.Kind = "keys_shown", "keys_shown"
		message = m
	case Figures:
		kind, m.Kind = "figures", "figures"
		message = m
	case Counted:
		kind, m.Kind = "counted", "counted"
		message = m
	case AskTime:
		kind, m.Kind = "ask_time", "ask_time"
		message = m
	case Time:
		kind, m.Kind = "time", "time"
		message = m
	default:
		return "", nil, fmt.Errorf("uplink: %T is not a message", message)
	}
	data, err = json.Marshal(message, json.Deterministic(true))
	return kind, data, err
}

// DecodeUplink reads a message into one of the types above. Unknown kinds, unknown or repeated names, wrong lengths and
// messages over MaxUplinkBytes are refused.
func DecodeUplink(data []byte) (any, error) {
	if len(data) > MaxUplinkBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrUplink, len(data), MaxUplinkBytes)
	}
	var head struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, errors.Join(ErrUplink, err)
	}
	switch head.Kind {
	case KindHello:
		return checked(data, func(m Hello) bool {
			_, err := m.Locker.Bytes()
			return err == nil && text(m.Version) && len(m.TimeNonce) == TimeNonceBytes && len(m.Rekeyed) <= maxSignedBytes
		})
	case "welcome":
		return checked(data, func(m Welcome) bool {
			return len(m.Time) > 0 && len(m.Desired) <= maxSignedBytes && len(m.Command) <= maxSignedBytes
		})
	case "desired":
		return checked(data, func(m Desired) bool { return signed(m.Desired) })
	case "command":
		return checked(data, func(m Command) bool { return signed(m.Command) })
	case "done":
		return checked(data, func(m Done) bool { return text(string(m.Outcome)) })
	case "receipts":
		return checked(data, receiptsInRange)
	case "ack":
		return checked(data, func(Ack) bool { return true })
	case "refused":
		return checked(data, func(m Refused) bool { return text(string(m.Code)) })
	case "health":
		return checked(data, healthInRange)
	case "openings":
		return checked(data, openingsInRange)
	case "relay_open":
		return checked(data, func(m RelayOpen) bool { return relaySession(m.Session) })
	case "relay_info":
		return checked(data, func(m RelayInfo) bool { return len(m.Info) == InfoBytes })
	case "relay_write":
		return checked(data, func(m RelayWrite) bool { return relaySession(m.Session) && relayFrame(m.Frame) })
	case "relay_took":
		return checked(data, func(RelayTook) bool { return true })
	case "relay_end":
		return checked(data, func(m RelayEnd) bool { return relaySession(m.Session) })
	case "relay_said":
		return checked(data, func(m RelaySaid) bool { return m.Over != relayFrame(m.Frame) && len(m.Frame) <= MaxFrameBytes })
	case "key_card":
		return checked(data, func(m KeyCard) bool { return signed(m.Card) })
	case "keys_shown":
		return checked(data, func(m KeysShown) bool { return signed(m.Card) && signed(m.Known) })
	case "figures":
		return checked(data, func(m Figures) bool { return daysInRange(m.Days, MaxFigureDays) })
	case "counted":
		return checked(data, func(m Counted) bool { return m.ThroughS >= 0 && m.ThroughS <= lockhouse.DayS })
	case "ask_time":
		return checked(data, func(m AskTime) bool { return len(m.TimeNonce) == TimeNonceBytes })
	case "time":
		return checked(data, func(m Time) bool { return len(m.Time) > 0 })
	}
	return nil, fmt.Errorf("%w: an unknown kind", ErrUplink)
}

func checked[M any](data []byte, inRange func(M) bool) (any, error) {
	var m M
	if err := json.Unmarshal(data, &m, json.RejectUnknownMembers(true)); err != nil {
		return nil, errors.Join(ErrUplink, err)
	}
	if !inRange(m) {
		return nil, fmt.Errorf("%w: a value out of its range", ErrUplink)
	}
	return m, nil
}

func signed(b Bytes) bool { return len(b) > 0 && len(b) <= maxSignedBytes }

func text(s string) bool { return s != "" && len(s) <= maxTextBytes }

func receiptsInRange(m Delivery) bool {
	for _, r := range m.Receipts {
		if len(r) == 0 || len(r) > MaxReceiptBytes {
			return false
		}
	}
	return len(m.Receipts) > 0 && len(m.Receipts) <= MaxUplinkReceipts
}

func panelInRange(m Health) bool {
	return len(m.Panel) <= maxPanelWords && !slices.ContainsFunc(m.Panel, func(w string) bool { return !text(w) }) && m.PanelMM >= 0 && m.PanelMM <= lockhouse.MaxPanelHeightMM
}

func healthInRange(m Health) bool {
	for number, door := range m.Doors {
		if number < 1 || door != lockhouse.DoorShut && door != lockhouse.DoorOpen && door != lockhouse.DoorUnknown {
			return false
		}
	}
	if len(m.Doubtful) > lockhouse.MaxCompartments || !panelInRange(m) {
		return false
	}
	return len(m.Doors) <= lockhouse.MaxCompartments && len(m.Fault) <= maxTextBytes && m.UptimeS >= 0 && m.UptimeS < int64(100*365*24*time.Hour/time.Second)
}
