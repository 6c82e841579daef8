package credential

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// agreeOn derives so many bytes from one side's private key and the other's public key (65 bytes): HKDF-SHA-256 (RFC 5869) of what ECDH
// (NIST SP 800-56A) gives, which both sides come to. What it is for, an error says.
func agreeOn(on string, own ecdh.KeyExchanger, other, salt []byte, info string, size int) ([]byte, error) {
	public, err := ecdh.P256().NewPublicKey(other)
	if err != nil {
		return nil, refused("the other side's key: %w", err)
	}
	agreed, err := own.ECDH(public)
	if err != nil {
		return nil, fmt.Errorf("agreeing on %s: %w", on, err)
	}
	return hkdf.Key(sha256.New, agreed, salt, info, size)
}
