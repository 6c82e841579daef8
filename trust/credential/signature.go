package credential

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"io"
	"math/big"

	"github.com/veraison/go-cose"
)

// SignatureBytes is the length of an ES256 signature: r and s, 32 bytes each.
const SignatureBytes = 64

// lowS is the greatest s that is accepted, half of the curve's order: of s and n-s, which both verify, one is chosen, so
// that nobody can make a second valid signature out of a first.
var lowS = new(big.Int).Rsh(elliptic.P256().Params().N, 1)

// sign signs content with ES256. The signature is deterministic unless the key's hardware wants it otherwise.
func sign(key crypto.Signer, content []byte) ([]byte, error) {
	digest := sha256.Sum256(content)
	der, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		return nil, err
	}
	if sig.S.Cmp(lowS) > 0 {
		sig.S.Sub(elliptic.P256().Params().N, sig.S)
	}
	out := make([]byte, SignatureBytes)
	sig.R.FillBytes(out[:SignatureBytes/2])
	sig.S.FillBytes(out[SignatureBytes/2:])
	return out, nil
}

// verify checks an ES256 signature of r and s.
func verify(key *ecdsa.PublicKey, content, signature []byte) bool {
	if len(signature) != SignatureBytes {
		return false
	}
	r := new(big.Int).SetBytes(signature[:SignatureBytes/2])
	s := new(big.Int).SetBytes(signature[SignatureBytes/2:])
	digest := sha256.Sum256(content)
	return ecdsa.Verify(key, digest[:], r, s)
}

// es256 shows a key to the COSE library, with low s both ways.
type es256 struct {
	private crypto.Signer
	public  *ecdsa.PublicKey
}

func (es256) Algorithm() cose.Algorithm { return cose.AlgorithmES256 }

func (e es256) Sign(_ io.Reader, content []byte) ([]byte, error) { return sign(e.private, content) }

func (e es256) Verify(content, signature []byte) error {
	if len(signature) != SignatureBytes || new(big.Int).SetBytes(signature[SignatureBytes/2:]).Cmp(lowS) > 0 ||
		!verify(e.public, content, signature) {
		return cose.ErrVerification
	}
	return nil
}

// The kinds of statement, as external_aad: it is signed with each and travels with none.
const (
	aadGrant   = "latch-1 grant"
	aadPass    = "latch-1 pass"
	aadReceipt = "latch-1 receipt"
	aadTime    = "latch-1 time"
	aadDesired = "latch-1 desired"
	aadCommand = "latch-1 command"
	aadKeyset  = "latch-1 keyset"
	aadRekeyed = "latch-1 rekeyed"
)

// seal makes a COSE_Sign1. What a locker signs has no marks: its receipts say themselves whose they are.
func seal(key crypto.Signer, aad string, m *marks, payload []byte) ([]byte, error) {
	message := cose.Sign1Message{Headers: headers(m), Payload: payload}
	if err := message.Sign(nil, []byte(aad), es256{private: key}); err != nil {
		return nil, err
	}
	return message.MarshalCBOR()
}

// marks are what the header of an issuer's statement holds.
type marks struct {
	kid         []byte
	countersign []byte
}

// labelCountersign is for private use.
const labelCountersign int64 = -65_537

func headers(m *marks) cose.Headers {
	protected := cose.ProtectedHeader{cose.HeaderLabelAlgorithm: cose.AlgorithmES256}
	if m != nil {
		protected[cose.HeaderLabelKeyID], protected[labelCountersign] = m.kid, m.countersign
	}
	return cose.Headers{Protected: protected, Unprotected: cose.UnprotectedHeader{}}
}

// marksOf reads them from a header; nil where there are none.
func marksOf(h cose.ProtectedHeader) *marks {
	kid, has := h[cose.HeaderLabelKeyID].([]byte)
	countersign, too := h[labelCountersign].([]byte)
	if !has || !too {
		return nil
	}
	return &marks{kid, countersign}
}

// unseal reads a COSE_Sign1 of at most maxBytes in the one form that seal gives; its signature is not checked yet. Whether
// marks must be there is for marked to say.
func unseal(data []byte, maxBytes int, marked bool) (message cose.Sign1Message, m *marks, err error) {
	if len(data) > maxBytes {
		return message, nil, refused("%d bytes, at most %d are read", len(data), maxBytes)
	}
	if err := message.UnmarshalCBOR(data); err != nil {
		return message, nil, refused("%w", err)
	}
	m = marksOf(message.Headers.Protected)
	if (m != nil) != marked || len(message.Signature) != SignatureBytes {
		return message, nil, refused("headers or signature of another form")
	}
	canonical := cose.Sign1Message{Headers: headers(m), Payload: message.Payload, Signature: message.Signature}
	again, err := canonical.MarshalCBOR()
	if err != nil || !bytes.Equal(again, data) {
		return message, nil, refused("not in deterministic form")
	}
	return message, m, nil
}

// check verifies a message that unseal gave.
func check(message cose.Sign1Message, key *ecdsa.PublicKey, aad string) error {
	if err := message.Verify([]byte(aad), es256{public: key}); err != nil {
		return refused("%s: %w", aad, err)
	}
	return nil
}
