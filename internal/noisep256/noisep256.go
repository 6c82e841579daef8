// Package noisep256 gives flynn/noise the curve P-256, which Noise revision 34 does not define and every phone's secure
// hardware and WebCrypto have. The suite is named P256_AESGCM_SHA256. Public keys are 65 bytes, uncompressed (SEC 1); the
// result of Diffie-Hellman is the 32 bytes of the x coordinate, as in RFC 5903 and WebCrypto's deriveBits. Points that
// are not on the curve, and the point at infinity, are refused by crypto/ecdh.
package noisep256

import (
	"crypto/ecdh"
	"errors"
	"io"

	"github.com/flynn/noise"
)

// PublicBytes is the length of a public key.
const PublicBytes = 65

const (
	privateBytes = 32
	maxDraws     = 8 // a draw is out of range once in 2^32; eight in a row mean a broken source
)

// Curve is P-256 as a noise.DHFunc. Where Static is set, a private key without bytes means that one, so that it may live
// in hardware that never gives it away.
type Curve struct{ Static ecdh.KeyExchanger }

var _ noise.DHFunc = Curve{}

// New gives the curve; static may be nil.
func New(static ecdh.KeyExchanger) Curve { return Curve{static} }

// Suite gives the cipher suite P256_AESGCM_SHA256; static may be nil.
func Suite(static ecdh.KeyExchanger) noise.CipherSuite {
	return noise.NewCipherSuite(New(static), noise.CipherAESGCM, noise.HashSHA256)
}

// GenerateKeypair makes a key of the next 32 bytes of random that are a scalar of the curve: the same bytes give the
// same key, so that a handshake can be repeated byte for byte in tests.
func (Curve) GenerateKeypair(random io.Reader) (noise.DHKey, error) {
	var scalar [privateBytes]byte
	for range maxDraws {
		if _, err := io.ReadFull(random, scalar[:]); err != nil {
			return noise.DHKey{}, err
		}
		if key, err := ecdh.P256().NewPrivateKey(scalar[:]); err == nil {
			return noise.DHKey{Private: key.Bytes(), Public: key.PublicKey().Bytes()}, nil
		}
	}
	return noise.DHKey{}, errors.New("noisep256: no scalar in several draws; the source of randomness is broken")
}

// DH gives the x coordinate of the shared point.
func (c Curve) DH(private, public []byte) ([]byte, error) {
	peer, err := ecdh.P256().NewPublicKey(public)
	if err != nil {
		return nil, err
	}
	if len(private) == 0 && c.Static != nil {
		return c.Static.ECDH(peer)
	}
	key, err := ecdh.P256().NewPrivateKey(private)
	if err != nil {
		return nil, err
	}
	return key.ECDH(peer)
}

// DHLen gives the length of a public key.
func (Curve) DHLen() int { return PublicBytes }

// DHName gives the curve's name in the protocol's name.
func (Curve) DHName() string { return "P256" }
