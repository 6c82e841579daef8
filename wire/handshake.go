package wire

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"fmt"
	"io"

	"github.com/flynn/noise"

	"lockhouse/internal/noisep256"
)

// KeyBytes is the length of a P-256 public key here: uncompressed, as WebCrypto takes it.
const KeyBytes = noisep256.PublicBytes

// TagBytes is what sealing adds to a message.
const TagBytes = 16

// ErrHandshake refuses a handshake message; which of its parts was wrong is not said.
var ErrHandshake = errors.New("latch: handshake refused")

// Channel is an established session's pair of ciphers. Messages open in the order in which they were sealed, each once;
// one that was lost, repeated, moved or changed breaks the channel.
type Channel struct {
	seal, open *noise.CipherState
}

// Seal encrypts one message.
func (c *Channel) Seal(message []byte) ([]byte, error) { return c.seal.Encrypt(nil, nil, message) }

// Open decrypts the next message.
func (c *Channel) Open(sealed []byte) ([]byte, error) { return c.open.Decrypt(nil, nil, sealed) }

// Initiator is the phone's side of the handshake, Noise_NK_P256_AESGCM_SHA256 with INFO as its prologue: the phone knows
// the locker's static key beforehand and shows none of its own. What the phone is allowed travels inside the first
// message, readable by that locker alone.
type Initiator struct {
	state     *noise.HandshakeState
	ephemeral []byte
}

// NewInitiator begins with a locker's static key (65 bytes) and the INFO that was read from it. It takes its ephemeral
// key from random right away, because the proof of possession inside the first message covers it.
func NewInitiator(static, info []byte, random io.Reader) (*Initiator, error) {
	if _, err := ecdh.P256().NewPublicKey(static); err != nil {
		return nil, fmt.Errorf("the locker's static key: %w", err)
	}
	e, err := noisep256.New(nil).GenerateKeypair(random)
	if err != nil {
		return nil, err
	}
	state, err := noise.NewHandshakeState(noise.Config{
		CipherSuite: noisep256.Suite(nil), Pattern: noise.HandshakeNK, Initiator: true,
		Prologue: info, PeerStatic: static,
		Random: bytes.NewReader(e.Private), // GenerateKeypair makes of it the very same key
	})
	if err != nil {
		return nil, err
	}
	return &Initiator{state: state, ephemeral: e.Public}, nil
}

// Ephemeral gives the public key that the first message begins with, 65 bytes.
func (i *Initiator) Ephemeral() []byte { return i.ephemeral }

// First makes the first message around a payload.
func (i *Initiator) First(payload []byte) ([]byte, error) {
	m1, _, _, err := i.state.WriteMessage(nil, payload)
	return m1, err
}

// Second reads the locker's answer. From then on the phone knows that it speaks with that very locker.
func (i *Initiator) Second(m2 []byte) (payload []byte, channel *Channel, err error) {
	payload, up, down, err := i.state.ReadMessage(nil, m2)
	if err != nil {
		return nil, nil, errors.Join(ErrHandshake, err)
	}
	return payload, &Channel{seal: up, open: down}, nil
}

// Responder is the locker's side.
type Responder struct{ state *noise.HandshakeState }

// NewResponder prepares for one first message, made for this INFO. The static key may live in a secure element.
func NewResponder(static ecdh.KeyExchanger, info []byte, random io.Reader) (*Responder, error) {
	state, err := noise.NewHandshakeState(noise.Config{
		CipherSuite: noisep256.Suite(static), Pattern: noise.HandshakeNK, Prologue: info, Random: random,
		StaticKeypair: noise.DHKey{Public: static.PublicKey().Bytes()},
	})
	if err != nil {
		return nil, err
	}
	return &Responder{state}, nil
}

// First reads the phone's first message and gives its payload and the phone's ephemeral key.
func (r *Responder) First(m1 []byte) (payload, ephemeral []byte, err error) {
	payload, _, _, err = r.state.ReadMessage(nil, m1)
	if err != nil {
		return nil, nil, errors.Join(ErrHandshake, err)
	}
	return payload, bytes.Clone(m1[:KeyBytes]), nil
}

// Second makes the answer around a payload, and with it the channel.
func (r *Responder) Second(payload []byte) (m2 []byte, channel *Channel, err error) {
	m2, up, down, err := r.state.WriteMessage(nil, payload)
	if err != nil {
		return nil, nil, err
	}
	return m2, &Channel{seal: down, open: up}, nil
}
