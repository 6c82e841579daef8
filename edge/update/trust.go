package update

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"lockhouse"
)

const (
	maxRootBytes     = 64 << 10
	maxTargetsBytes  = 1 << 20
	maxRootRotations = 64
)

// roots follows the chain of roots from the package's to the latest that was fetched: each is signed by the one before (TUF 1.0.33,
// 5.3). The first is the package's.
func (d Dir) roots(pinned []byte) ([]*metadata.Metadata[metadata.RootType], []byte, error) {
	if len(pinned) == 0 {
		return nil, nil, lockhouse.Refuse(CodeUntrusted, "There is no root of trust for updates on this machine (updates.root in the settings).")
	}
	trusted, err := trustedmetadata.New(pinned)
	if err != nil {
		return nil, nil, lockhouse.Refuse(CodeUntrusted, "The root of trust for updates can't be read.").Because(err)
	}
	all, latest := []*metadata.Metadata[metadata.RootType]{trusted.Root}, pinned
	for range maxRootRotations {
		text, err := os.ReadFile(d.rootFile(trusted.Root.Signed.Version + 1))
		if err != nil || len(text) > maxRootBytes {
			break
		}
		root, err := trusted.UpdateRoot(text)
		if err != nil {
			break // what was fetched, and never signed, is no root
		}
		all, latest = append(all, root), text
	}
	return all, latest, nil
}

func (d Dir) rootFile(version int64) string {
	return d.path("roots", fmt.Sprintf("%d.root.json", version))
}

// verify holds the program in a slot against the statement beside it, which a key has signed that a root of the chain names. Whoever could
// write into the state directory, but has no such key, can't make a program of theirs outlive a restart.
func (d Dir) verify(b Build, pinned []byte) error {
	all, _, err := d.roots(pinned)
	if err != nil {
		return err
	}
	file, err := d.signedTarget(b, all)
	if err != nil {
		return err
	}
	sum, bytes, err := SumOf(d.Program(b.Slot))
	if err != nil {
		return err
	}
	if bytes != file.Length || sum != hex.EncodeToString(file.Hashes["sha256"]) || sum != b.SHA256 {
		return lockhouse.Refuse(CodeUntrusted, "The program in slot %s is not the one that was signed.", b.Slot)
	}
	return nil
}

func (d Dir) signedTarget(b Build, roots []*metadata.Metadata[metadata.RootType]) (*metadata.TargetFiles, error) {
	text, err := os.ReadFile(d.path(string(b.Slot), targetsFile))
	if err != nil {
		return nil, err
	}
	targets, err := metadata.Targets().FromBytes(text)
	if err != nil {
		return nil, lockhouse.Refuse(CodeUntrusted, "The statement beside the program in slot %s can't be read.", b.Slot).Because(err)
	}
	for _, root := range roots {
		if err = root.VerifyDelegate(metadata.TARGETS, targets); err == nil {
			if file := targets.Signed.Targets[b.Target]; file != nil {
				return file, nil
			}
		}
	}
	return nil, lockhouse.Refuse(CodeUntrusted, "Nobody whom this locker trusts has signed the program in slot %s.", b.Slot).Because(err)
}

// SumOf gives the SHA-256 of a program, in hexadecimal, and its size in bytes.
func SumOf(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, io.LimitReader(f, maxProgramBytes+1))
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// mend throws away metadata that a cut left half-written: the library takes it for damage that it can't get over.
func (d Dir) mend() error {
	names, err := filepath.Glob(d.path("metadata", "*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err == nil && filepath.Ext(name) == ".json" && json.Valid(bytes.TrimSpace(text)) {
			continue
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
