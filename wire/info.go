package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"lockhouse"
)

// InfoBytes is the length of INFO.
const InfoBytes = 46

// Flags are the bits of INFO that say, before anything else, whether a visit makes sense now. Bits that a phone does not
// know are ignored.
type Flags uint8

// The flags.
const (
	FlagBoardSilent Flags = 1 << 0 // the lock board does not answer: no door will open
	FlagBusy        Flags = 1 << 1 // a door is being opened for somebody; it takes seconds
	FlagNoDropOffs  Flags = 1 << 2 // the locker takes no parcels now; collecting goes on
	FlagRelayed     Flags = 1 << 3 // this session goes over the locker's line: its first message takes a presence code
	FlagTakesMail   Flags = 1 << 4 // a first message by radio may carry mail
)

// Info is what a locker says of itself to whoever connects, before it knows who that is. It is the prologue of the
// handshake, so a phone and a locker that saw different bytes never understand each other. The nonce is good for one
// first message.
type Info struct {
	Session     byte // names the session in each frame
	Flags       Flags
	Locker      [8]byte
	Nonce       [16]byte
	TimeFloorS  uint32 // seconds since 1970: it is at least this late
	Quality     lockhouse.TimeQuality
	MailSeq     uint32  // the version of the desired state that it keeps to, its last 32 bits; 0 for none
	ReceiptHead [4]byte // start of the SHA-256 of the latest receipt; zero before the first
	StaticKey   [4]byte // start of the SHA-256 of the static key: which of its keys to greet
	MTU         uint16  // ATT MTU as the locker sees it; a browser can't see its own
}

// Encode gives the 46 bytes.
func (i Info) Encode() []byte {
	out := make([]byte, 0, InfoBytes)
	out = append(out, Version, i.Session, byte(i.Flags))
	out = append(out, i.Locker[:]...)
	out = append(out, i.Nonce[:]...)
	out = binary.BigEndian.AppendUint32(out, i.TimeFloorS)
	out = append(out, byte(i.Quality))
	out = binary.BigEndian.AppendUint32(out, i.MailSeq)
	out = append(out, i.ReceiptHead[:]...)
	out = append(out, i.StaticKey[:]...)
	return binary.BigEndian.AppendUint16(out, i.MTU)
}

// ParseInfo reads the 46 bytes, and refuses another version or length.
func ParseInfo(data []byte) (Info, error) {
	if len(data) != InfoBytes {
		return Info{}, lockhouse.RefuseAtDoor(lockhouse.CodeMalformed).Because(fmt.Errorf("INFO has %d bytes, not %d", len(data), InfoBytes))
	}
	if data[0] != Version {
		return Info{}, lockhouse.Refuse(lockhouse.CodeMalformed, "The locker speaks version %d of Latch and this phone version %d. Load the page again.", data[0], Version)
	}
	i := Info{
		Session: data[1], Flags: Flags(data[2]),
		TimeFloorS: binary.BigEndian.Uint32(data[27:]), Quality: lockhouse.TimeQuality(data[31]),
		MailSeq: binary.BigEndian.Uint32(data[32:]), MTU: binary.BigEndian.Uint16(data[44:]),
	}
	copy(i.Locker[:], data[3:])
	copy(i.Nonce[:], data[11:])
	copy(i.ReceiptHead[:], data[36:])
	copy(i.StaticKey[:], data[40:])
	return i, nil
}

// InfoNonce gives the nonce of INFO's 46 bytes.
func InfoNonce(info []byte) (nonce [16]byte) {
	if len(info) == InfoBytes {
		copy(nonce[:], info[11:])
	}
	return nonce
}

// StaticKeyID gives the 4 bytes by which INFO names a static key (65 bytes, uncompressed).
func StaticKeyID(static []byte) (id [4]byte) {
	sum := sha256.Sum256(static)
	copy(id[:], sum[:])
	return id
}
