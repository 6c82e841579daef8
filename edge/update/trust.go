package update

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"lockhouse"
)

const (
	maxRootBytes     = 64 << 10
	maxTargetsBytes  = 1 << 20
	maxRootRotations = 64
)

// latestRoot follows the chain of roots from the package's to the latest that was fetched: each is signed by the one before (TUF 1.0.33,
// 5.3). What an earlier one of them named, and the latest does not, is worth nothing any more.
func (d Dir) latestRoot(pinned []byte) (*metadata.Metadata[metadata.RootType], []byte, error) {
	if len(pinned) == 0 {
		return nil, nil, lockhouse.Refuse(CodeUntrusted, "There is no root of trust for updates on this machine (updates.root in the settings).")
	}
	trusted, err := trustedmetadata.New(pinned)
	if err != nil {
		return nil, nil, lockhouse.Refuse(CodeUntrusted, "The root of trust for updates can't be read.").Because(err)
	}
	latest := pinned
	for range maxRootRotations {
		text, err := readBounded(d.rootFile(trusted.Root.Signed.Version+1), maxRootBytes)
		if err != nil {
			break
		}
		if _, err := trusted.UpdateRoot(text); err != nil {
			break // what was never signed is no root
		}
		latest = text
	}
	return trusted.Root, latest, nil
}

func (d Dir) rootFile(version int64) string {
	return d.path("roots", fmt.Sprintf("%d.root.json", version))
}

// verify holds the program in a slot against the statement beside it, signed by a key that the latest root names. Whoever could
// write into the state directory, but has no such key, can't make a program of theirs outlive a restart.
func (d Dir) verify(b Build, pinned []byte) error {
	root, _, err := d.latestRoot(pinned)
	if err != nil {
		return err
	}
	file, err := d.signedTarget(b, root)
	if err != nil {
		return err
	}
	sum, bytes, err := SumOf(d.Program(b.Slot))
	if err != nil {
		return err
	}
	if bytes != file.Length || sum != b.SHA256 {
		return lockhouse.Refuse(CodeUntrusted, "The program in slot %s is not the one that was signed.", b.Slot)
	}
	return nil
}

// signedTarget finds what was signed for a build in one of the slot's two statements: while a root is replaced, one is good before,
// and the other after (restate.go).
func (d Dir) signedTarget(b Build, root *metadata.Metadata[metadata.RootType]) (*metadata.TargetFiles, error) {
	var why error
	for _, name := range []string{nextTargetsFile, targetsFile} {
		text, err := readBounded(d.path(string(b.Slot), name), maxTargetsBytes)
		if err != nil {
			why = errors.Join(why, err)
			continue
		}
		targets, err := metadata.Targets().FromBytes(text)
		if err == nil {
			err = root.VerifyDelegate(metadata.TARGETS, targets)
		}
		if err != nil {
			why = errors.Join(why, err)
			continue
		}
		if file := listed(targets.Signed.Targets, b.SHA256); file != nil {
			return file, nil
		}
	}
	return nil, lockhouse.Refuse(CodeUntrusted, "Nobody whom this locker trusts has signed the program in slot %s.", b.Slot).Because(why)
}

// listed gives the agent of that hash among what was signed, by whatever name: the channel's newest, or one before it.
func listed(targets map[string]*metadata.TargetFiles, sha256 string) *metadata.TargetFiles {
	for name, file := range targets {
		if path.Base(name) == programFile && sha256 != "" && hex.EncodeToString(file.Hashes["sha256"]) == sha256 {
			return file
		}
	}
	return nil
}

// readBounded reads a file that has at most so many bytes.
func readBounded(name string, mostBytes int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err == nil && int64(len(text)) > mostBytes {
		err = fmt.Errorf("update: %s has more than %d bytes", name, mostBytes)
	}
	return text, err
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
