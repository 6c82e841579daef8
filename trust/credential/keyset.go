package credential

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"

	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// MaxKeyCardBytes bounds what is read as a keyset's card; they have 324.
const MaxKeyCardBytes = 384

// What is signed or derived about a keyset begins with what it is.
const (
	sharedContext = "latch-1 shared"
	keysetContext = "latch-1 next keyset"
)

// OwnKeyset is a keyset as its locker has it.
type OwnKeyset struct {
	Static  ecdh.KeyExchanger
	Receipt crypto.Signer
	Shared  []byte // nil of one that is being made: it follows from the card's making
}

// keyCard is by what a locker says which keyset it has next. The key that it will share with its network is not in it: both derive it.
type keyCard struct {
	_       struct{} `cbor:",toarray"`
	Locker  [8]byte
	Issuer  [4]byte // with whose key the next static one agreed
	Static  []byte
	Receipt []byte
	Agreed  []byte // HMAC under the next shared key
	Signed  []byte // ES256 by the next receipt key
}

// about is what both proofs are about.
func (c keyCard) about() []byte {
	return slices.Concat([]byte(keysetContext), c.Locker[:], c.Issuer[:], c.Static, c.Receipt)
}

func (c keyCard) agreed(shared []byte) []byte {
	mac := hmac.New(sha256.New, shared)
	mac.Write(c.about())
	return mac.Sum(nil)
}

// KeysetNameOf names a keyset by its card.
func KeysetNameOf(card []byte) (name lockhouse.KeysetName) {
	sum := sha256.Sum256(card)
	copy(name[:], sum[:])
	return name
}

// KeyCardIssuer names the issuer key with which a card was agreed on; the zero name where it is none. Nothing is checked.
func KeyCardIssuer(card []byte) (id KeyID) {
	if message, _, err := unseal(card, MaxKeyCardBytes, false); err == nil {
		var c keyCard
		if strictcbor.Decode(message.Payload, MaxKeyCardBytes, &c) == nil {
			id = c.Issuer
		}
	}
	return id
}

// nextShared derives the shared key of a keyset from one side's private key and the other's public key (65 bytes), and from the shared
// key before it. Nothing of it is sent: whoever has the locker's present keys, or a copy of the store, can't follow.
func nextShared(own ecdh.KeyExchanger, other, present []byte, locker [8]byte) ([]byte, error) {
	if len(present) != SharedKeyBytes {
		return nil, fmt.Errorf("a locker's shared key has %d bytes, not %d", len(present), SharedKeyBytes)
	}
	return agreeOn("the next shared key", own, other, present, sharedContext+string(locker[:]), SharedKeyBytes)
}

// MakeKeyCard makes the card of a locker's next keyset, and derives its shared key with the issuer key (65 bytes) that the network signs with. The
// present receipt key signs the card, and the present shared key is in what it agreed on: with one of the two nobody brings in keys of
// their own. The next receipt key signs too, and that the next static key is there, the agreement shows.
func MakeKeyCard(locker lockhouse.LockerID, present, next OwnKeyset, issuer []byte) (card, shared []byte, err error) {
	id, err := locker.Bytes()
	if err != nil {
		return nil, nil, err
	}
	c := keyCard{Locker: id, Issuer: KeyIDOf(issuer), Static: next.Static.PublicKey().Bytes()}
	if c.Receipt, err = PublicKey(next.Receipt); err != nil {
		return nil, nil, err
	}
	if shared, err = nextShared(next.Static, issuer, present.Shared, id); err != nil {
		return nil, nil, err
	}
	c.Agreed = c.agreed(shared)
	if c.Signed, err = sign(next.Receipt, c.about()); err != nil {
		return nil, nil, err
	}
	payload, err := strictcbor.Encode(&c)
	if err != nil {
		return nil, nil, err
	}
	card, err = seal(present.Receipt, aadKeyset, nil, payload)
	return card, shared, err
}

// VerifyKeyCard reads a card in its one form, checks that the locker with the present keyset made it, with this issuer key, and that it holds
// the keys on it, and gives the next keyset.
func VerifyKeyCard(locker lockhouse.LockerID, present lockhouse.Keyset, issuer ecdh.KeyExchanger, card []byte) (next lockhouse.Keyset, err error) {
	c, err := readKeyCard(present, card)
	if err != nil {
		return next, err
	}
	if lockhouse.LockerIDOf(c.Locker) != locker || c.Issuer != KeyIDOf(issuer.PublicKey().Bytes()) {
		return next, refused("keyset: of %s, agreed on with %x", lockhouse.LockerIDOf(c.Locker), c.Issuer)
	}
	if bytes.Equal(c.Static, present.Static) || bytes.Equal(c.Receipt, present.Receipt) || bytes.Equal(c.Static, c.Receipt) {
		return next, refused("keyset: no new keys")
	}
	key, err := ParseKey(c.Receipt)
	if err != nil {
		return next, err
	}
	if !verify(key, c.about(), c.Signed) {
		return next, refused("keyset: the locker does not hold its receipt key")
	}
	shared, err := nextShared(issuer, c.Static, present.Shared, c.Locker)
	if err != nil {
		return next, err
	}
	if !hmac.Equal(c.agreed(shared), c.Agreed) {
		return next, refused("keyset: the locker does not hold its static key, or not the present shared one")
	}
	return lockhouse.Keyset{Name: KeysetNameOf(card), Static: c.Static, Receipt: c.Receipt, Shared: shared}, nil
}

// readKeyCard reads a card that the present receipt key signed.
func readKeyCard(present lockhouse.Keyset, card []byte) (c keyCard, err error) {
	message, _, err := unseal(card, MaxKeyCardBytes, false)
	if err != nil {
		return c, err
	}
	key, err := ParseKey(present.Receipt)
	if err != nil {
		return c, err
	}
	if err := check(message, key, aadKeyset); err != nil {
		return c, err
	}
	if err := strictcbor.Decode(message.Payload, MaxKeyCardBytes, &c); err != nil {
		return c, refused("keyset: %w", err)
	}
	return c, nil
}
