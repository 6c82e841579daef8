// Package tpm keeps a locker's two keys in a TPM 2.0 (TCG Library Specification, revision 1.59): made in it, used in it, and
// never out of it. What lies on the disk are wrapped blobs, which this one TPM can load and no other.
//
// Whoever has the running machine can use the keys as the agent does. They can't take them along.
package tpm

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"sync"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// Blob is a key as it is kept on the disk: wrapped by the TPM that made it.
type Blob struct {
	Public  []byte `json:"public"`
	Private []byte `json:"private"`
}

// Blobs are a locker's keys.
type Blobs struct {
	Static  Blob `json:"static"`
	Receipt Blob `json:"receipt"`
}

// Chip is a TPM that is spoken to. It does one thing at a time.
type Chip struct {
	mu     sync.Mutex
	tpm    transport.TPM
	close  func() error
	parent tpm2.AuthHandle
	loaded []*key // those in the TPM, the one that was used last at the end
}

// maxLoaded bounds them: a TPM need have room for three keys, and the one that wraps them is there too. While a locker takes two keysets
// it has four.
const maxLoaded = 2

// Begin speaks to a TPM over a connection, such as /dev/tpmrm0, and closes that in the end.
func Begin(conn io.ReadWriteCloser) (*Chip, error) {
	c := &Chip{tpm: transport.FromReadWriter(conn), close: conn.Close}
	made, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(c.tpm)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the TPM's storage key: %w", err), conn.Close())
	}
	c.parent = tpm2.AuthHandle{Handle: made.ObjectHandle, Name: made.Name, Auth: tpm2.PasswordAuth(nil)}
	return c, nil
}

// Close has the TPM forget what was loaded, and hangs up.
func (c *Chip) Close() (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.loaded) > 0 {
		err = errors.Join(err, c.flush())
	}
	_, flushed := tpm2.FlushContext{FlushHandle: c.parent.Handle}.Execute(c.tpm)
	return errors.Join(err, flushed, c.close())
}

// Make draws two new keys in the TPM.
func (c *Chip) Make() (b Blobs, err error) {
	if b.Static, err = c.make(false); err != nil {
		return b, fmt.Errorf("making the static key in the TPM: %w", err)
	}
	if b.Receipt, err = c.make(true); err != nil {
		return b, fmt.Errorf("making the receipt key in the TPM: %w", err)
	}
	return b, nil
}

// make draws one, which signs or agrees on keys, and never both.
func (c *Chip) make(signs bool) (Blob, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	template := tpm2.TPMTPublic{
		Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true, SignEncrypt: signs, Decrypt: !signs},
		Parameters:       tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256}),
	}
	if len(c.loaded) == maxLoaded { // it takes a key's room
		if err := c.flush(); err != nil {
			return Blob{}, err
		}
	}
	made, err := tpm2.Create{ParentHandle: c.parent, InPublic: tpm2.New2B(template)}.Execute(c.tpm)
	if err != nil {
		return Blob{}, err
	}
	return Blob{Public: tpm2.Marshal(made.OutPublic), Private: tpm2.Marshal(made.OutPrivate)}, nil
}

// Keys are a locker's keys, as long as their chip is not closed.
type Keys struct {
	Static  ecdh.KeyExchanger
	Receipt crypto.Signer
}

// Load loads what Make gave. Another TPM, or one that was cleared, refuses it.
func (c *Chip) Load(b Blobs) (k Keys, err error) {
	static, err := c.load(b.Static)
	if err != nil {
		return k, fmt.Errorf("loading the static key into the TPM: %w", err)
	}
	receipt, err := c.load(b.Receipt)
	if err != nil {
		return k, fmt.Errorf("loading the receipt key into the TPM: %w", err)
	}
	public, err := static.public.ECDH()
	if err != nil {
		return k, err
	}
	return Keys{Static: exchanger{static, public}, Receipt: signer{receipt}}, nil
}

// key is one that the TPM has wrapped.
type key struct {
	chip    *Chip
	wrapped tpm2.Load
	handle  tpm2.AuthHandle // while it is loaded
	public  *ecdsa.PublicKey
}

func (c *Chip) load(b Blob) (*key, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	public, err := tpm2.Unmarshal[tpm2.TPM2BPublic](b.Public)
	if err != nil {
		return nil, err
	}
	private, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](b.Private)
	if err != nil {
		return nil, err
	}
	point, err := pointOf(public)
	if err != nil {
		return nil, err
	}
	k := &key{chip: c, wrapped: tpm2.Load{ParentHandle: c.parent, InPrivate: *private, InPublic: *public}, public: point}
	_, err = c.use(k)
	return k, err
}

// use has a key in the TPM, in place of the one that was not used for longest where there is no room. The lock is held.
func (c *Chip) use(k *key) (tpm2.AuthHandle, error) {
	if i := slices.Index(c.loaded, k); i >= 0 {
		c.loaded = append(slices.Delete(c.loaded, i, i+1), k)
		return k.handle, nil
	}
	if len(c.loaded) == maxLoaded {
		if err := c.flush(); err != nil {
			return tpm2.AuthHandle{}, err
		}
	}
	loaded, err := k.wrapped.Execute(c.tpm)
	if err != nil {
		return tpm2.AuthHandle{}, err
	}
	k.handle = tpm2.AuthHandle{Handle: loaded.ObjectHandle, Name: loaded.Name, Auth: tpm2.PasswordAuth(nil)}
	c.loaded = append(c.loaded, k)
	return k.handle, nil
}

// flush takes the key out that was not used for longest. The lock is held.
func (c *Chip) flush() error {
	oldest := c.loaded[0]
	c.loaded = c.loaded[1:]
	_, err := tpm2.FlushContext{FlushHandle: oldest.handle.Handle}.Execute(c.tpm)
	return err
}

func pointOf(public *tpm2.TPM2BPublic) (*ecdsa.PublicKey, error) {
	all, err := public.Contents()
	if err != nil {
		return nil, err
	}
	at, err := all.Unique.ECC()
	if err != nil {
		return nil, err
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), uncompressed(at.X.Buffer, at.Y.Buffer))
}

// coordinateBytes is the length of a coordinate of P-256; the TPM leaves leading zeros out.
const coordinateBytes = 32

func uncompressed(x, y []byte) []byte {
	out := make([]byte, 1+2*coordinateBytes)
	out[0] = 4
	new(big.Int).SetBytes(x).FillBytes(out[1 : 1+coordinateBytes])
	new(big.Int).SetBytes(y).FillBytes(out[1+coordinateBytes:])
	return out
}

type signer struct{ *key }

// Public gives the public half.
func (s signer) Public() crypto.PublicKey { return s.public }

// Sign signs a SHA-256 with ECDSA; the TPM draws the nonce.
func (s signer) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, fmt.Errorf("tpm: only SHA-256 is signed")
	}
	s.chip.mu.Lock()
	defer s.chip.mu.Unlock()
	handle, err := s.chip.use(s.key)
	if err != nil {
		return nil, fmt.Errorf("tpm: loading the key that signs: %w", err)
	}
	said, err := tpm2.Sign{
		KeyHandle: handle, Digest: tpm2.TPM2BDigest{Buffer: digest},
		InScheme:   tpm2.TPMTSigScheme{Scheme: tpm2.TPMAlgECDSA, Details: tpm2.NewTPMUSigScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSchemeHash{HashAlg: tpm2.TPMAlgSHA256})},
		Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck},
	}.Execute(s.chip.tpm)
	if err != nil {
		return nil, fmt.Errorf("tpm: signing: %w", err)
	}
	sig, err := said.Signature.Signature.ECDSA()
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig.SignatureR.Buffer), new(big.Int).SetBytes(sig.SignatureS.Buffer)})
}

type exchanger struct {
	*key
	own *ecdh.PublicKey
}

// PublicKey gives the public half.
func (e exchanger) PublicKey() *ecdh.PublicKey { return e.own }

// Curve is P-256.
func (e exchanger) Curve() ecdh.Curve { return ecdh.P256() }

// ECDH gives the x of the shared point, as crypto/ecdh does.
func (e exchanger) ECDH(other *ecdh.PublicKey) ([]byte, error) {
	if other.Curve() != ecdh.P256() {
		return nil, fmt.Errorf("tpm: only P-256 is agreed on")
	}
	raw := other.Bytes()
	point := tpm2.TPMSECCPoint{X: tpm2.TPM2BECCParameter{Buffer: raw[1 : 1+coordinateBytes]}, Y: tpm2.TPM2BECCParameter{Buffer: raw[1+coordinateBytes:]}}
	e.chip.mu.Lock()
	defer e.chip.mu.Unlock()
	handle, err := e.chip.use(e.key)
	if err != nil {
		return nil, fmt.Errorf("tpm: loading the key that agrees: %w", err)
	}
	said, err := tpm2.ECDHZGen{KeyHandle: handle, InPoint: tpm2.New2B(point)}.Execute(e.chip.tpm)
	if err != nil {
		return nil, fmt.Errorf("tpm: agreeing on a key: %w", err)
	}
	at, err := said.OutPoint.Contents()
	if err != nil {
		return nil, err
	}
	return new(big.Int).SetBytes(at.X.Buffer).FillBytes(make([]byte, coordinateBytes)), nil
}
