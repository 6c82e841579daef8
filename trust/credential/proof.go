package credential

import (
	"crypto"
	"crypto/sha256"
	"slices"

	"lockhouse"
)

// Meeting is what a phone signs to show that it holds the key that a grant names: this INFO with its nonce, this locker,
// this handshake, this grant. A proof is good for nothing else.
type Meeting struct {
	Info      []byte // 46 bytes, as read
	Static    []byte // the locker's static key, 65 bytes
	Ephemeral []byte // the phone's key of this handshake, 65 bytes
	Grant     []byte // as issued
	Presence  []byte // over the line: what the phone's owner read at the locker; nil by radio
}

const (
	infoBytes     = 46
	proofContext  = "latch-1"
	lineContext   = "latch-1 line"
	uplinkContext = "uplink-2"
	minNonceChars = 8
	maxNonceChars = 64
)

// ProofInput gives the bytes that are signed: "latch-1", INFO, static key, ephemeral key, SHA-256 of the grant, 215 in
// all. Over the line it is "latch-1 line" in front, and the presence code behind. INFO begins with a 1 and each part but the
// last has a fixed length, so no two meetings give the same bytes.
func ProofInput(m Meeting) ([]byte, error) {
	if len(m.Info) != infoBytes || len(m.Static) != KeyBytes || len(m.Ephemeral) != KeyBytes {
		return nil, refused("a meeting of %d, %d and %d bytes", len(m.Info), len(m.Static), len(m.Ephemeral))
	}
	grant := sha256.Sum256(m.Grant)
	context := proofContext
	if m.Presence != nil {
		context = lineContext
	}
	return slices.Concat([]byte(context), m.Info, m.Static, m.Ephemeral, grant[:], m.Presence), nil
}

// Prove signs a meeting with the phone's key: 64 bytes, r and s.
func Prove(phone crypto.Signer, m Meeting) ([]byte, error) {
	input, err := ProofInput(m)
	if err != nil {
		return nil, err
	}
	return sign(phone, input)
}

// CheckProof checks a phone's proof with the key that the grant names. Both values of s are taken, because WebCrypto
// gives either: a proof is read once and kept nowhere.
func CheckProof(phoneKey []byte, m Meeting, proof []byte) error {
	key, err := ParseKey(phoneKey)
	if err != nil {
		return err
	}
	input, err := ProofInput(m)
	if err != nil {
		return err
	}
	if !verify(key, input, proof) {
		return refused("the proof is not by the grant's phone")
	}
	return nil
}

// Call is what a locker signs to open its line: the nonce of the server that it reached, its own name, and the host that it
// dialled, so that nobody can pass a nonce on to it from elsewhere.
type Call struct {
	Nonce  string // 8 to 64 characters, new for each connection
	Locker lockhouse.LockerID
	Host   string // name and port, as in the address that the locker dialled
}

func callInput(c Call) ([]byte, error) {
	locker, err := c.Locker.Bytes()
	if err != nil {
		return nil, err
	}
	if len(c.Nonce) < minNonceChars || len(c.Nonce) > maxNonceChars || c.Host == "" {
		return nil, refused("a nonce of %d characters for host %q", len(c.Nonce), c.Host)
	}
	return slices.Concat([]byte(uplinkContext), locker[:], []byte{byte(len(c.Nonce))}, []byte(c.Nonce), []byte(c.Host)), nil
}

// ProveCall signs a call with the locker's receipt key: 64 bytes.
func ProveCall(receiptKey crypto.Signer, c Call) ([]byte, error) {
	input, err := callInput(c)
	if err != nil {
		return nil, err
	}
	return sign(receiptKey, input)
}

// CheckCall checks a locker's proof with its receipt key (65 bytes).
func CheckCall(receiptKey []byte, c Call, proof []byte) error {
	key, err := ParseKey(receiptKey)
	if err != nil {
		return err
	}
	input, err := callInput(c)
	if err != nil {
		return err
	}
	if !verify(key, input, proof) {
		return refused("the call is not by locker %s", c.Locker)
	}
	return nil
}
