// Package updates is the operator's side of new versions: a TUF repository (The Update Framework, specification 1.0.33) in a directory, which any
// web server may serve, and four keys in another, which belong on a machine that is off most of the time.
//
//	DIR/root.json    whom lockers trust: it goes onto each of them, with the package or the settings
//	DIR/metadata/    what is signed: root and targets by hand, snapshot and timestamp with each change
//	DIR/targets/     the programs, each under a name with its hash
//
// edge/update is the lockers' side.
package updates

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"lockhouse"
	"lockhouse/internal/keyfile"
)

// How long each role's word is good. Timestamps say that nothing is withheld: whoever serves the repository can freeze lockers for
// that long at most.
const (
	rootDays      = 5 * 365
	targetsDays   = 2 * 365
	snapshotDays  = 90
	timestampDays = 30
)

// Roles are the keys' names.
var Roles = []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP}

// Repository is where versions are published.
type Repository struct {
	Dir    string
	Keys   string
	Now    func() time.Time
	Random io.Reader
}

// Init makes keys and an empty repository. What is there already is never made anew: lockers trust it.
func (r Repository) Init() error {
	if _, err := os.Stat(r.meta("timestamp.json")); err == nil {
		return lockhouse.Refuse(lockhouse.CodeConflict, "%s is a repository already, which lockers may trust. Choose another directory.", r.Dir)
	}
	for _, dir := range []string{r.meta(""), filepath.Join(r.Dir, "targets"), r.Keys} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	root := metadata.Root(r.until(rootDays))
	for _, role := range Roles {
		key, err := makeKey(r.keyFile(role), r.Random)
		if err != nil {
			return err
		}
		if err := entrust(root, key, role); err != nil {
			return err
		}
	}
	if err := r.signRoot(root); err != nil {
		return err
	}
	return r.publish(state{root, metadata.Targets(r.until(targetsDays)), metadata.Snapshot(r.until(snapshotDays)), metadata.Timestamp(r.until(timestampDays))})
}

func (r Repository) meta(name string) string { return filepath.Join(r.Dir, "metadata", name) }

func (r Repository) until(days int) time.Time {
	return r.Now().UTC().AddDate(0, 0, days).Truncate(time.Second)
}

func (r Repository) keyFile(role string) string { return filepath.Join(r.Keys, role+".pem") }

// makeKey draws a key into a file; one that is there is used.
func makeKey(file string, random io.Reader) (*ecdsa.PrivateKey, error) {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return keyfile.ReadP256(file)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, err
	}
	return key, keyfile.WriteP256(file, key)
}

// entrust gives a role of a root to a key.
func entrust(root *metadata.Metadata[metadata.RootType], key *ecdsa.PrivateKey, role string) error {
	public, err := metadata.KeyFromPublicKey(key.Public())
	if err != nil {
		return err
	}
	return root.Signed.AddKey(public, role)
}

// signed is anything that a role signs.
type signed interface {
	ClearSignatures()
	Sign(signature.Signer) (*metadata.Signature, error)
	ToFile(name string, pretty bool) error
}

// sign has the role sign anew, and keeps it under its name.
func (r Repository) sign(m signed, role, name string) error {
	m.ClearSignatures()
	if err := r.addSignature(m, r.keyFile(role)); err != nil {
		return err
	}
	return r.put(m, r.meta(name))
}

func (r Repository) addSignature(m signed, keyFile string) error {
	key, err := keyfile.ReadP256(keyFile)
	if err != nil {
		return err
	}
	signer, err := signature.LoadSigner(key, crypto.SHA256)
	if err != nil {
		return err
	}
	_, err = m.Sign(signer)
	return err
}

// put keeps a file that is whole or as it was before, for everybody to read.
func (r Repository) put(m signed, name string) error {
	beside := name + ".new"
	if err := m.ToFile(beside, false); err != nil {
		return err
	}
	if err := os.Chmod(beside, 0o644); err != nil {
		return err
	}
	f, err := os.Open(beside)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(beside, name)
}

func (r Repository) signRoot(root *metadata.Metadata[metadata.RootType]) error {
	if err := r.sign(root, metadata.ROOT, fmt.Sprintf("%d.root.json", root.Signed.Version)); err != nil {
		return err
	}
	return r.put(root, filepath.Join(r.Dir, "root.json"))
}
