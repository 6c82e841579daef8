package credential

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"slices"
)

// EnrolChallengeBytes is the length of the challenge that belongs to a code.
const EnrolChallengeBytes = 32

// Enrolment is the meeting of a new locker with its network, each of which knows the other by the code alone. Both derive
// the same keys: the locker from the code's private key and the issuer key that it was offered, the network from its issuer
// key and the code's public key. Whoever stands between and offers an issuer key of their own would have to know the code:
// what they get to see leaves them 2^90 codes to try, and they can't answer. (Who has read the code's public key in the network's
// store within its 24 hours could; they would have to stand in the middle of a TLS connection as well.)
type Enrolment struct {
	Challenge []byte // EnrolChallengeBytes, drawn with the code
	Issuer    []byte // the network's public key, as the network has it or as the locker was told
}

// EnrolKeys seal what the two say: one for each way.
type EnrolKeys struct{ ask, answer []byte }

// Agree derives the keys from one's own private key (the code's, or the issuer's) and the other's public key.
func (e Enrolment) Agree(own ecdh.KeyExchanger, other []byte) (k EnrolKeys, err error) {
	if k.ask, err = e.derive(own, other, "ask"); err != nil {
		return k, err
	}
	k.answer, err = e.derive(own, other, "answer")
	return k, err
}

func (e Enrolment) derive(own ecdh.KeyExchanger, other []byte, use string) ([]byte, error) {
	info := slices.Concat([]byte("lockhouse enrolment 1 "), []byte(use), []byte{0}, e.Issuer)
	return agreeOn("an enrolment", own, other, e.Challenge, string(info), 32)
}

// SealAsk and OpenAsk are what the locker says.
func (k EnrolKeys) SealAsk(plain []byte) ([]byte, error) { return sealWith(k.ask, plain, nil) }

// OpenAsk opens what SealAsk sealed.
func (k EnrolKeys) OpenAsk(sealed []byte) ([]byte, error) { return openWith(k.ask, sealed, nil) }

// SealAnswer seals the network's answer to one ask.
func (k EnrolKeys) SealAnswer(plain, ask []byte) ([]byte, error) {
	return sealWith(k.answer, plain, ask)
}

// OpenAnswer opens what SealAnswer sealed for this ask.
func (k EnrolKeys) OpenAnswer(sealed, ask []byte) ([]byte, error) {
	return openWith(k.answer, sealed, ask)
}

func sealWith(key, plain, about []byte) ([]byte, error) {
	box, err := boxOf(key)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, plain, about), nil
}

func openWith(key, sealed, about []byte) ([]byte, error) {
	box, err := boxOf(key)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(nil, nil, sealed, about)
	if err != nil {
		return nil, refused("not sealed by who has the code: %w", err)
	}
	return plain, nil
}

// boxOf is AES-256-GCM with nonces drawn by chance, of which a key that is used for one code sees a handful.
func boxOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Possession shows that a locker holds the private halves of the two keys on its card: it signs with the one, and agrees on a
// key with the other, over this very meeting and card.
type Possession struct {
	Receipt []byte // ES256, 64 bytes
	Static  []byte // HMAC-SHA-256, 32 bytes
}

func (e Enrolment) about(card []byte) []byte {
	sum := sha256.Sum256(card)
	return slices.Concat([]byte("lockhouse possession 1"), e.Challenge, e.Issuer, sum[:])
}

// Prove makes the proof.
func (e Enrolment) Prove(static ecdh.KeyExchanger, receipt crypto.Signer, card []byte) (p Possession, err error) {
	if p.Receipt, err = sign(receipt, e.about(card)); err != nil {
		return p, err
	}
	p.Static, err = e.mac(static, e.Issuer, card)
	return p, err
}

// Check checks the proof of a locker with these public keys, by the issuer's private key.
func (e Enrolment) Check(p Possession, issuer ecdh.KeyExchanger, staticKey, receiptKey, card []byte) error {
	key, err := ParseKey(receiptKey)
	if err != nil {
		return err
	}
	if !verify(key, e.about(card), p.Receipt) {
		return refused("the locker does not hold its receipt key")
	}
	want, err := e.mac(issuer, staticKey, card)
	if err != nil {
		return err
	}
	if !hmac.Equal(want, p.Static) {
		return refused("the locker does not hold its static key")
	}
	return nil
}

func (e Enrolment) mac(own ecdh.KeyExchanger, other, card []byte) ([]byte, error) {
	key, err := e.derive(own, other, "possession")
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(e.about(card))
	return mac.Sum(nil), nil
}
