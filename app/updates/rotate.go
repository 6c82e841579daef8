package updates

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"lockhouse"
	"lockhouse/internal/keyfile"
)

// Rotate gives a role a new key: the old one is worth nothing to lockers from their next look on. The new root is signed by the root's key, and where
// that is the one to go, by both.
//
// The new key lies beside the old one until a root that names it is published. After a failure anywhere it is given again, with the
// same key: the one that lockers trust is never without a name.
func (r Repository) Rotate(role string) error {
	if !slices.Contains(Roles, role) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "There is no role %q; there are %v.", role, Roles)
	}
	s, err := r.read()
	if err != nil {
		return err
	}
	if err := r.nameNext(s.root, role); err != nil {
		return err
	}
	if err := r.putRotated(s.root, role); err != nil {
		return err
	}
	if err := r.takeNext(role); err != nil {
		return err
	}
	s.targets.Signed.Version++
	return r.publish(r.fresher(s))
}

func (r Repository) nextFile(role string) string { return r.keyFile(role) + ".next" }

// nameNext has a root name the role's next key alone.
func (r Repository) nameNext(root *metadata.Metadata[metadata.RootType], role string) error {
	key, err := makeKey(r.nextFile(role), r.Random)
	if err != nil {
		return err
	}
	for _, id := range slices.Clone(root.Signed.Roles[role].KeyIDs) {
		if err := root.Signed.RevokeKey(id, role); err != nil {
			return err
		}
	}
	root.Signed.Version++
	root.Signed.Expires = r.until(rootDays)
	return entrust(root, key, role)
}

// putRotated signs and publishes a root.
func (r Repository) putRotated(root *metadata.Metadata[metadata.RootType], role string) error {
	signers := []string{r.keyFile(metadata.ROOT)}
	if role == metadata.ROOT {
		signers = append(signers, r.nextFile(role))
	}
	root.ClearSignatures()
	for _, file := range signers {
		if err := r.addSignature(root, file); err != nil {
			return err
		}
	}
	for _, name := range []string{r.meta(fmt.Sprintf("%d.root.json", root.Signed.Version)), filepath.Join(r.Dir, "root.json")} {
		if err := r.put(root, name); err != nil {
			return err
		}
	}
	return nil
}

// takeNext puts the next key in the place of the one that is kept as old.
func (r Repository) takeNext(role string) error {
	was, err := keyfile.Read(r.keyFile(role))
	if err != nil {
		return err
	}
	if err := keyfile.Write(r.keyFile(role)+".old", was); err != nil {
		return err
	}
	return os.Rename(r.nextFile(role), r.keyFile(role))
}
