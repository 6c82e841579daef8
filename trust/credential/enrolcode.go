package credential

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"strings"

	"lockhouse"
)

// The form of a code by which a locker is enrolled: what a technician types at the steel, from a telephone or a slip of paper.
const (
	enrolAlphabet   = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's: none of I, L, O, U
	enrolChars      = 18                                 // of chance, 5 bits each: 90, which nobody guesses, on the line or off it
	enrolCheckChars = 2
	enrolGroup      = 4
	enrolModulus    = 1021 // the greatest prime below 32²
)

// EnrolCode is a secret of 90 bits, good once.
type EnrolCode struct{ value big.Int }

// NewEnrolCode draws one.
func NewEnrolCode(random io.Reader) (c EnrolCode, err error) {
	raw := make([]byte, 12)
	if _, err := io.ReadFull(random, raw); err != nil {
		return c, fmt.Errorf("drawing a code: %w", err)
	}
	c.value.Rsh(new(big.Int).SetBytes(raw), 12*8-5*enrolChars)
	return c, nil
}

// String writes it in groups of four, the last two characters a checksum: the number modulo 1021. As that is prime and 32
// has a high order modulo it, any one wrong character is found, and any two that changed places.
func (c EnrolCode) String() string {
	check := new(big.Int).Mod(&c.value, big.NewInt(enrolModulus))
	whole := new(big.Int).Add(new(big.Int).Lsh(&c.value, 5*enrolCheckChars), check)
	const chars = enrolChars + enrolCheckChars
	var b strings.Builder
	for i := range chars {
		if i > 0 && i%enrolGroup == 0 {
			b.WriteByte('-')
		}
		digit := new(big.Int).Rsh(whole, uint(5*(chars-1-i))).Uint64() & 31
		b.WriteByte(enrolAlphabet[digit])
	}
	return b.String()
}

// ParseEnrolCode reads a code as people type it: in any case, with or without hyphens and spaces, I and L for 1, O for 0.
func ParseEnrolCode(text string) (c EnrolCode, err error) {
	plain := strings.NewReplacer("-", "", " ", "", "I", "1", "L", "1", "O", "0").Replace(strings.ToUpper(text))
	if len(plain) != enrolChars+enrolCheckChars {
		return c, lockhouse.Refuse(lockhouse.CodeMalformed, "A code has %d letters and digits; this has %d.", enrolChars+enrolCheckChars, len(plain))
	}
	whole := new(big.Int)
	for _, char := range []byte(plain) {
		digit := strings.IndexByte(enrolAlphabet, char)
		if digit < 0 {
			return c, lockhouse.Refuse(lockhouse.CodeMalformed, "A code has digits and letters, but none of these: I, L, O, U. This has %q.", char)
		}
		whole.Add(whole.Lsh(whole, 5), big.NewInt(int64(digit)))
	}
	check := new(big.Int).And(whole, big.NewInt(1<<(5*enrolCheckChars)-1))
	c.value.Rsh(whole, 5*enrolCheckChars)
	if new(big.Int).Mod(&c.value, big.NewInt(enrolModulus)).Cmp(check) != 0 {
		return EnrolCode{}, lockhouse.Refuse(lockhouse.CodeMalformed, "This code has a typing error in it: its last two characters don't fit. Type it again.")
	}
	return c, nil
}

// Key derives a P-256 key from the code, by HKDF-SHA-256 (RFC 5869). The network keeps the public half alone: who reads it
// learns neither the code nor how to use it.
func (c EnrolCode) Key() (*ecdh.PrivateKey, error) {
	secret := c.value.FillBytes(make([]byte, 12))
	for n := range 8 { // a number that is no key of P-256 comes up once in 2^32
		scalar, err := hkdf.Key(sha256.New, secret, nil, fmt.Sprint("lockhouse enrolment code ", n), 32)
		if err != nil {
			return nil, err
		}
		if key, err := ecdh.P256().NewPrivateKey(scalar); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("no key follows from this code")
}

// EnrolID is by what an enrolment is asked for: it says nothing of the code.
type EnrolID [16]byte

// EnrolIDOf names the enrolment whose code has this public key.
func EnrolIDOf(public []byte) (id EnrolID) {
	sum := sha256.Sum256(append([]byte("lockhouse enrolment "), public...))
	copy(id[:], sum[:])
	return id
}
