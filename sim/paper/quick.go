package paper

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"io"
	"math/big"
)

// quickKey signs by ECDSA with one nonce that was drawn beforehand, in a few microseconds: lockers have processors of their
// own in life, and here they would take those of whoever is measured. Its signatures verify like any. Two of them give
// the key away, so it is good for nothing but a locker made of paper.
type quickKey struct {
	key     *ecdsa.PrivateKey
	r       *big.Int // of every signature: the nonce's point
	scaled  *big.Int // r times the key
	inverse *big.Int // of the nonce
}

func newQuickKey() (q quickKey, err error) {
	if q.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return q, err
	}
	nonce, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // a number and its point: what a nonce is
	if err != nil {
		return q, err
	}
	d, err := q.key.Bytes()
	if err != nil {
		return q, err
	}
	k, err := nonce.Bytes()
	if err != nil {
		return q, err
	}
	point, err := nonce.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return q, err
	}
	n := elliptic.P256().Params().N
	q.r = new(big.Int).Mod(new(big.Int).SetBytes(point[1:33]), n)
	q.scaled = new(big.Int).Mod(new(big.Int).Mul(q.r, new(big.Int).SetBytes(d)), n)
	q.inverse = new(big.Int).ModInverse(new(big.Int).SetBytes(k), n)
	return q, nil
}

// Public gives the key that its signatures verify with.
func (q quickKey) Public() crypto.PublicKey { return q.key.Public() }

// Sign gives r and s as ASN.1 has them.
func (q quickKey) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	s := new(big.Int).Add(new(big.Int).SetBytes(digest), q.scaled)
	s.Mul(s, q.inverse).Mod(s, elliptic.P256().Params().N)
	return asn1.Marshal(struct{ R, S *big.Int }{q.r, s})
}
