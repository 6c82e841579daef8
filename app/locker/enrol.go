package locker

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"

	"lockhouse"
	"lockhouse/edge/enrol"
	"lockhouse/internal/keyfile"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// networkFile keeps what the network said at the enrolment. What a technician sets in the settings counts before it.
const networkFile = "network.json"

// networkSaid is what stands in it.
type networkSaid struct {
	wire.EnrolAnswer
	Forgotten []wire.Bytes `json:"forgotten_keys,omitempty"` // that the network had us forget, oldest first: believed no more, also where the settings name one
}

// maxForgotten bounds them: the network's key changes every few years.
const maxForgotten = 64

// noLine is what a technician sets as line_url for a locker that is to call nobody.
const noLine = "none"

// Enrol makes the locker's identity, unless there is one, and has the network that the code is of know it. What the network
// says is kept in the state directory. It may be done again after any failure.
func Enrol(ctx context.Context, c Config, n enrol.Network, code credential.EnrolCode) (wire.EnrolAnswer, error) {
	none := wire.EnrolAnswer{}
	identity, err := LoadIdentity(c.StateDir)
	if lockhouse.CodeOf(err) == lockhouse.CodeNotFound {
		identity, err = c.makeIdentity(n.Random)
	}
	if err != nil {
		return none, err
	}
	noun, err := identity.Noun()
	if err != nil {
		return none, err
	}
	boxes, err := c.readCompartments(identity.ID)
	if err != nil {
		return none, err
	}
	card, err := wire.EncodeCard(noun, boxes)
	if err != nil {
		return none, err
	}
	answer, err := enrol.Enrol(ctx, n, code, enrol.Locker{Static: identity.Static, Receipt: identity.Receipt, Card: card})
	if err != nil {
		return none, err
	}
	if answer.Locker != identity.ID {
		return none, fmt.Errorf("the network answered %s, which this locker is not", answer.Locker)
	}
	text, err := wire.EncodeEnrol(answer)
	if err != nil {
		return none, err
	}
	return answer, keyfile.Write(filepath.Join(c.StateDir, networkFile), text)
}

func (c Config) makeIdentity(random io.Reader) (Identity, error) {
	if c.Keys == KeysInTPM {
		return MakeIdentityInTPM(c.StateDir, c.TPMDevice, random)
	}
	return MakeIdentity(c.StateDir, random)
}

func (c Config) readCompartments(id lockhouse.LockerID) ([]lockhouse.Compartment, error) {
	file, err := os.Open(c.Compartments)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadCompartments(file, id)
}

// Learned fills in what the settings leave open by what the network said at the enrolment, if there was one.
func (c Config) Learned() (Config, error) {
	path := filepath.Join(c.StateDir, networkFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission):
		return c, lockhouse.Refuse(lockhouse.CodeForbidden, "%s can't be read by this user; be the one that the agent runs as, or root.", path).Because(err)
	case err != nil:
		return c, err
	default:
		if c, err = c.learn(text); err != nil {
			return c, fmt.Errorf("%s: %w", path, err)
		}
	}
	if c.LineURL == noLine {
		c.LineURL = ""
	}
	return c, nil
}

func (c Config) learn(text []byte) (Config, error) {
	var said networkSaid
	if err := json.Unmarshal(text, &said); err != nil {
		return c, err
	}
	c.IssuerKeys = slices.DeleteFunc(slices.Clone(c.IssuerKeys), func(text string) bool { return slices.ContainsFunc(said.Forgotten, isKey(text)) })
	if c.LineURL == "" {
		c.LineURL = said.LineURL
	}
	for _, key := range said.IssuerKeys { // which the network may have changed since
		if text := base64.RawURLEncoding.EncodeToString(key); !slices.Contains(c.IssuerKeys, text) {
			c.IssuerKeys = append(c.IssuerKeys, text)
		}
	}
	return c, nil
}

// isKey tells whether a key is the one that is written so in the settings.
func isKey(text string) func(wire.Bytes) bool {
	return func(key wire.Bytes) bool { return base64.RawURLEncoding.EncodeToString(key) == text }
}

// keepIssuers keeps the keys by which the network is to be known from now on, and which of those before are not to be believed any more.
// A technician's key that the network has not spoken of stays.
func (c Config) keepIssuers(keys [][]byte) error {
	path := filepath.Join(c.StateDir, networkFile)
	var said networkSaid
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	said.Forgotten = append(said.Forgotten, said.IssuerKeys...)
	for _, text := range c.IssuerKeys {
		key, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		said.Forgotten = append(said.Forgotten, key)
	}
	said.IssuerKeys = nil
	for _, key := range keys {
		said.IssuerKeys = append(said.IssuerKeys, key)
	}
	said.Forgotten = forgotten(said.Forgotten, said.IssuerKeys)
	if text, err = wire.EncodeEnrol(said); err != nil {
		return err
	}
	return keyfile.Write(path, text)
}

// forgotten gives each of the former keys once that is none of the present ones.
func forgotten(former, present []wire.Bytes) (keys []wire.Bytes) {
	for _, key := range former {
		is := func(other wire.Bytes) bool { return bytes.Equal(key, other) }
		if !slices.ContainsFunc(present, is) && !slices.ContainsFunc(keys, is) {
			keys = append(keys, key)
		}
	}
	return keys[max(0, len(keys)-maxForgotten):]
}
