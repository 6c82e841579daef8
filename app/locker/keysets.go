package locker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/tpm"
	"lockhouse/internal/keyfile"
	"lockhouse/trust/credential"
)

// A locker's keysets are numbered. The first lies in the state directory itself, each later one in a directory of its own; which of them
// is the present, the next and the former one, a single file says, so that a change is made by writing it.
const (
	keysetsFile  = "keysets.json"
	keysetPrefix = "keys-"
	agreedFile   = "agreed.json" // in a keyset's directory: what goes with its keys
)

// Keysets keeps a locker's keysets in its state directory: the keys themselves where those of its set-up are, in files or in a TPM.
type Keysets struct {
	dir    string
	chip   *tpm.Chip // nil: in files
	device string    // of the chip
	random io.Reader
	at     standing

	onTrial func() bool // this version of the agent is, and its keys stay as they are; nil for never
}

var _ agent.Keysets = (*Keysets)(nil)

// place is where a keyset lies.
func (k *Keysets) place(number int) string {
	if number == 0 {
		return k.dir
	}
	return filepath.Join(k.dir, fmt.Sprint(keysetPrefix, number))
}

// load reads a keyset. A TPM stays open as long as the program runs.
func (k *Keysets) load(number int) (own credential.OwnKeyset, card []byte, err error) {
	place := k.place(number)
	if own.Static, own.Receipt, err = k.loadKeys(place); err != nil {
		return own, nil, err
	}
	if number == 0 {
		own.Shared, err = readShared(place)
		return own, nil, err
	}
	text, err := keyfile.Read(filepath.Join(place, agreedFile))
	if err != nil {
		return own, nil, err
	}
	var a agreed
	if err := json.Unmarshal(text, &a, json.RejectUnknownMembers(true)); err != nil {
		return own, nil, fmt.Errorf("%s: %w", filepath.Join(place, agreedFile), err)
	}
	if len(a.Shared) != advertBytes {
		return own, nil, fmt.Errorf("%s: a shared key of %d bytes", filepath.Join(place, agreedFile), len(a.Shared))
	}
	own.Shared = a.Shared
	return own, a.Card, nil
}

// Former gives the keyset before the present one, where it is still taken.
func (k *Keysets) Former() (*agent.FormerKeyset, error) {
	if k.at.Former == nil {
		return nil, nil
	}
	own, _, err := k.load(k.at.Present - 1)
	if err != nil {
		return nil, err
	}
	_, card, err := k.load(k.at.Present)
	f := k.at.Former
	return &agent.FormerKeyset{OwnKeyset: own, Succession: agent.Succession{Card: card, Rekeyed: k.at.Rekeyed, Signs: f.Signs, NamesTo: f.NamesTo}}, err
}

// Next gives the keyset after the present one, where it is whole.
func (k *Keysets) Next() (*agent.NextKeyset, error) {
	if !k.at.Next {
		return nil, nil
	}
	own, card, err := k.load(k.at.Present + 1)
	return &agent.NextKeyset{OwnKeyset: own, Card: card}, err
}

// Rekeyed gives the word that the present keyset is in use; nil of the first.
func (k *Keysets) Rekeyed() []byte { return k.at.Rekeyed }

// stays refuses a change while the agent's version is on trial: the one before it may have to go on, and know nothing of other keys.
func (k *Keysets) stays() error {
	if k.onTrial == nil || !k.onTrial() {
		return nil
	}
	return lockhouse.Refuse(lockhouse.CodeNotKept, "A version of the agent that is on trial changes no keys.")
}

// Make draws keys, where the present ones are.
func (k *Keysets) Make() (own credential.OwnKeyset, err error) {
	if err := k.stays(); err != nil {
		return own, err
	}
	place := k.place(k.at.Present + 1)
	if err := errors.Join(os.RemoveAll(place), os.Mkdir(place, 0o700)); err != nil {
		return own, err
	}
	if k.chip != nil {
		err = keepBlobs(place, k.device, k.chip)
	} else {
		err = makeKeyFiles(place, k.random)
	}
	if err != nil {
		return own, err
	}
	own.Static, own.Receipt, err = k.loadKeys(place)
	return own, err
}

// KeepNext makes the keys that were drawn the next keyset.
func (k *Keysets) KeepNext(shared, card []byte) error {
	text, err := json.Marshal(agreed{shared, card})
	if err != nil {
		return err
	}
	if err := keyfile.Write(filepath.Join(k.place(k.at.Present+1), agreedFile), text); err != nil {
		return err
	}
	return k.say(standing{Present: k.at.Present, Next: true, Former: k.at.Former, Rekeyed: k.at.Rekeyed})
}

// Switch makes the next keyset the present one, by writing one file.
func (k *Keysets) Switch(s agent.Succession) error {
	if err := k.stays(); err != nil {
		return err
	}
	was := k.at
	err := k.say(standing{Present: was.Present + 1, Former: &succeeded{s.Signs, s.NamesTo}, Rekeyed: s.Rekeyed})
	if err == nil {
		return nil
	}
	if is, unread := openKeysets(k.dir); unread == nil && is.at.Present == was.Present {
		return lockhouse.Refuse(lockhouse.CodeNotKept, "The change of the locker's keys could not be kept.").Because(err)
	}
	return err
}

// Forget removes the former keyset. Cut anywhere, the next start finishes it.
func (k *Keysets) Forget() error {
	if err := k.say(standing{Present: k.at.Present, Next: k.at.Next, Rekeyed: k.at.Rekeyed}); err != nil {
		return err
	}
	return k.sweep()
}
