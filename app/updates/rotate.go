package updates

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"lockhouse"
)

// Rotate gives a role a new key: the old one is worth nothing to lockers from their next look on. The new root is signed by the root's key, and where
// that is the one to go, by both.
func (r Repository) Rotate(role string) error {
	if !slices.Contains(Roles, role) {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "There is no role %q; there are %v.", role, Roles)
	}
	s, err := r.read()
	if err != nil {
		return err
	}
	old := r.keyFile(role) + ".old"
	if err := os.Rename(r.keyFile(role), old); err != nil {
		return err
	}
	key, err := r.makeKey(role)
	if err != nil {
		return err
	}
	for _, id := range slices.Clone(s.root.Signed.Roles[role].KeyIDs) {
		if err := s.root.Signed.RevokeKey(id, role); err != nil {
			return err
		}
	}
	if err := entrust(s.root, key, role); err != nil {
		return err
	}
	s.root.Signed.Version++
	s.root.Signed.Expires = r.until(rootDays)
	s.root.ClearSignatures()
	signers := []string{r.keyFile(metadata.ROOT)}
	if role == metadata.ROOT {
		signers = append(signers, old)
	}
	for _, file := range signers {
		if err := r.addSignature(s.root, file); err != nil {
			return err
		}
	}
	for _, name := range []string{r.meta(fmt.Sprintf("%d.root.json", s.root.Signed.Version)), filepath.Join(r.Dir, "root.json")} {
		if err := r.put(s.root, name); err != nil {
			return err
		}
	}
	s.targets.Signed.Version++
	return r.publish(r.fresher(s))
}
