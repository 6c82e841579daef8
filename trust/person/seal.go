package person

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"lockhouse"
)

// MasterKeyBytes is the length of the key that wraps all others. It lives in a file of its own, never in the database.
const MasterKeyBytes = 32

// Seal turns contacts into bytes that say nothing, and back. Each person has a key of their own (AES-256-GCM), wrapped
// by a key derived from the master key; the person's id is bound to both, so that no record passes for another's.
type Seal struct {
	wrap   cipher.AEAD
	mail   []byte // key of the HMAC by which a mail address is found
	random io.Reader
}

// Sealed is a contact at rest. Without Key nobody can read Contact: to forget a person is to destroy the key.
type Sealed struct {
	Key     []byte // the person's, wrapped
	Contact []byte
	Mail    []byte // HMAC-SHA-256 of the address
}

// NewSeal derives what it needs from a master key of MasterKeyBytes.
func NewSeal(master []byte, random io.Reader) (*Seal, error) {
	if len(master) != MasterKeyBytes {
		return nil, fmt.Errorf("the master key of contacts has %d bytes; it must have %d", len(master), MasterKeyBytes)
	}
	wrapKey, err := hkdf.Key(sha256.New, master, nil, "lockhouse person wrap 1", 32)
	if err != nil {
		return nil, err
	}
	mailKey, err := hkdf.Key(sha256.New, master, nil, "lockhouse person mail 1", 32)
	if err != nil {
		return nil, err
	}
	wrap, err := sealer(wrapKey)
	return &Seal{wrap: wrap, mail: mailKey, random: random}, err
}

// Close seals a contact under a new key.
func (s *Seal) Close(id lockhouse.PersonID, c Contact) (Sealed, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return Sealed{}, fmt.Errorf("seal a contact: %w", err)
	}
	var key [32]byte
	if _, err := io.ReadFull(s.random, key[:]); err != nil {
		return Sealed{}, fmt.Errorf("seal a contact: %w", err)
	}
	own, err := sealer(key[:])
	if err != nil {
		return Sealed{}, err
	}
	return Sealed{
		Key:     s.wrap.Seal(nil, nil, key[:], []byte(id)),
		Contact: own.Seal(nil, nil, padded(text), []byte(id)),
		Mail:    s.Mail(c.Email),
	}, nil
}

// Open reads a contact. It fails when the key is another person's, when a bit was changed, or under another master key.
func (s *Seal) Open(id lockhouse.PersonID, z Sealed) (c Contact, err error) {
	key, err := s.wrap.Open(nil, nil, z.Key, []byte(id))
	if err != nil {
		return c, errors.New("the contact's key can't be unwrapped: is this the master key that it was sealed under?")
	}
	own, err := sealer(key)
	if err != nil {
		return c, err
	}
	text, err := own.Open(nil, nil, z.Contact, []byte(id))
	if err != nil {
		return c, errors.New("the contact can't be opened: its record was changed")
	}
	if err := json.Unmarshal(text, &c); err != nil { // its error could quote what was read
		return Contact{}, errors.New("the contact can't be read: it was written by a newer Lockhouse")
	}
	return c, nil
}

// Mail gives the index by which an address is found: the same for every way of writing its capitals.
func (s *Seal) Mail(address string) []byte {
	h := hmac.New(sha256.New, s.mail)
	h.Write([]byte(strings.ToLower(strings.TrimSpace(address))))
	return h.Sum(nil)
}

// padded fills a text up with spaces to the next multiple of 128 bytes, so that a record's length hardly tells a name's.
func padded(text []byte) []byte {
	for len(text)%128 != 0 {
		text = append(text, ' ')
	}
	return text
}

func sealer(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
