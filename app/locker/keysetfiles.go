package locker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"

	"lockhouse"
	"lockhouse/internal/keyfile"
	"lockhouse/wire"
)

// standing is what the one file says. Zero: the first keyset is the present one, and there is no other.
type standing struct {
	Present int        `json:"present"`
	Next    bool       `json:"next,omitempty"`    // the one after the present is whole, and not used yet
	Former  *succeeded `json:"former,omitempty"`  // the one before the present is still taken
	Rekeyed wire.Bytes `json:"rekeyed,omitempty"` // says that the present one is in use; nothing of the first
}

// succeeded is how the present keyset followed the former one.
type succeeded struct {
	Signs   wire.Bytes    `json:"signs"`
	NamesTo lockhouse.Day `json:"names_to"`
}

// agreed is what goes with a later keyset's keys: the shared key that follows from them, and the card by which they came.
type agreed struct {
	Shared wire.Bytes `json:"shared"`
	Card   wire.Bytes `json:"card"`
}

// openKeysets reads which keysets there are.
func openKeysets(dir string) (*Keysets, error) {
	k := &Keysets{dir: dir}
	text, err := os.ReadFile(filepath.Join(dir, keysetsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &k.at, json.RejectUnknownMembers(true))
	}
	if err == nil && (k.at.Present < 0 || k.at.Former != nil && k.at.Present == 0) {
		err = errors.New("there is no such keyset")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, keysetsFile), err)
	}
	return k, nil
}

// say writes the one file.
func (k *Keysets) say(at standing) error {
	text, err := json.Marshal(at)
	if err != nil {
		return err
	}
	if err := keyfile.Write(filepath.Join(k.dir, keysetsFile), text); err != nil {
		return err
	}
	k.at = at
	return nil
}

// sweep removes keysets that are neither present, next nor former: one that was forgotten, or drawn and not kept. It is for the agent alone,
// which makes them.
func (k *Keysets) sweep() error {
	if k.at.Present > 1 || k.at.Present == 1 && k.at.Former == nil {
		if err := removeFiles(k.dir, staticFile, receiptFile, tpmFile, advertFile); err != nil {
			return err
		}
	}
	stays := map[string]bool{}
	for number := k.at.Present - 1; number <= k.at.Present+1; number++ {
		stays[filepath.Base(k.place(number))] = number == k.at.Present || number < k.at.Present && k.at.Former != nil || number > k.at.Present && k.at.Next
	}
	return removeKeysets(k.dir, stays)
}

func removeFiles(dir string, names ...string) error {
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// removeKeysets removes the directories of keysets but for those that stay.
func removeKeysets(dir string, stays map[string]bool) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range all {
		if strings.HasPrefix(entry.Name(), keysetPrefix) && !stays[entry.Name()] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
		}
	}
	return err
}
