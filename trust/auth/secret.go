package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"lockhouse"
)

// secretBytes is the entropy of every secret. At 256 bits it can't be guessed, so a plain hash is enough to store.
const secretBytes = 32

// draw makes a secret: a prefix that says what it is (so that scanners of source code can find a leaked one), and
// base64url of 32 random bytes.
func draw(prefix string, random io.Reader) (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("drawing a secret: %w", err)
	}
	return prefix + base64.RawURLEncoding.EncodeToString(raw), nil
}

// shaped tells whether text could be a secret with this prefix. What is not never reaches the store.
func shaped(prefix, text string) bool {
	body, ok := strings.CutPrefix(text, prefix)
	if !ok || len(body) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(body)
	return err == nil
}

func hashOf(secret string) [32]byte { return sha256.Sum256([]byte(secret)) }

// unknownAs turns the store's "not found" into a refusal of its own, and leaves every other error as it is: a store
// that does not answer must not look like a wrong key.
func unknownAs(err error, refusal *lockhouse.Error) error {
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		return refusal
	}
	return err
}
