package bus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/nats-io/nkeys"

	"lockhouse"
	"lockhouse/internal/keyfile"
)

// Credentials are the two keys of the nodes: the one that they sign in to NATS with, and the one that signs what a locker
// may do there. All nodes of a network share them. Lockers have none of this: each has its receipt key, and nothing else.
type Credentials struct {
	node, issuer nkeys.KeyPair
}

// NewCredentials draws both.
func NewCredentials(random io.Reader) (c Credentials, err error) {
	if c.node, err = draw(nkeys.PrefixByteUser, random); err != nil {
		return c, err
	}
	c.issuer, err = draw(nkeys.PrefixByteAccount, random)
	return c, err
}

func draw(kind nkeys.PrefixByte, random io.Reader) (nkeys.KeyPair, error) {
	seed := make([]byte, 32)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("bus: drawing a key: %w", err)
	}
	return nkeys.FromRawSeed(kind, seed)
}

// ReadCredentials reads what WriteCredentials kept.
func ReadCredentials(path string) (c Credentials, err error) {
	text, err := keyfile.Read(path)
	if err != nil {
		return c, err
	}
	broken := lockhouse.Refuse(lockhouse.CodeMalformed, "%s does not hold the nodes' two NATS keys; put the right file back, or delete it and say: lockhouse nats config", path)
	lines := bytes.Fields(text)
	if len(lines) != 2 {
		return c, broken
	}
	var failed [2]error
	c.node, failed[0] = nkeys.FromSeed(lines[0])
	c.issuer, failed[1] = nkeys.FromSeed(lines[1])
	if errors.Join(failed[:]...) != nil || !nkeys.IsValidPublicUserKey(public(c.node)) || !nkeys.IsValidPublicAccountKey(public(c.issuer)) {
		return Credentials{}, broken
	}
	return c, nil
}

// WriteCredentials keeps them in a file of their own, one a line, unless it is there already.
func WriteCredentials(path string, c Credentials) error {
	if _, err := os.Stat(path); err == nil {
		return lockhouse.Refuse(lockhouse.CodeConflict, "%s is there already; the cluster knows the nodes by it.", path)
	}
	node, err := c.node.Seed()
	if err != nil {
		return err
	}
	issuer, err := c.issuer.Seed()
	if err != nil {
		return err
	}
	return keyfile.Write(path, bytes.Join([][]byte{node, issuer, nil}, []byte("\n")))
}

// NodeKey is the public half of the key that nodes sign in with.
func (c Credentials) NodeKey() string { return public(c.node) }

// IssuerKey is the public half of the key that says what a locker may do.
func (c Credentials) IssuerKey() string { return public(c.issuer) }

// Issuer signs what a locker may do.
func (c Credentials) Issuer() nkeys.KeyPair { return c.issuer }

func (c Credentials) sign(nonce []byte) ([]byte, error) { return c.node.Sign(nonce) }

// public gives the public half, "" for a pair that is none.
func public(k nkeys.KeyPair) string {
	if k == nil {
		return ""
	}
	text, err := k.PublicKey()
	if err != nil {
		return ""
	}
	return text
}
