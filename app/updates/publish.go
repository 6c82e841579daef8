package updates

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"lockhouse"
	"lockhouse/edge/update"
	"lockhouse/internal/keyfile"
)

// maxProgramBytes is what lockers take.
const maxProgramBytes = 64 << 20

// state is what is published.
type state struct {
	root      *metadata.Metadata[metadata.RootType]
	targets   *metadata.Metadata[metadata.TargetsType]
	snapshot  *metadata.Metadata[metadata.SnapshotType]
	timestamp *metadata.Metadata[metadata.TimestampType]
}

// read gives what is published now.
func (r Repository) read() (s state, err error) {
	if s.timestamp, err = metadata.Timestamp().FromFile(r.meta("timestamp.json")); err != nil {
		return s, lockhouse.Refuse(lockhouse.CodeNotFound, "There is no repository in %s; run 'lockhouse updates init' first.", r.Dir).Because(err)
	}
	if s.root, err = metadata.Root().FromFile(filepath.Join(r.Dir, "root.json")); err != nil {
		return s, err
	}
	at := s.timestamp.Signed.Meta["snapshot.json"].Version
	if s.snapshot, err = metadata.Snapshot().FromFile(r.meta(fmt.Sprintf("%d.snapshot.json", at))); err != nil {
		return s, err
	}
	at = s.snapshot.Signed.Meta["targets.json"].Version
	s.targets, err = metadata.Targets().FromFile(r.meta(fmt.Sprintf("%d.targets.json", at)))
	return s, err
}

// publish signs targets, snapshot and timestamp as they are, in this order: lockers see all of it or what was before.
func (r Repository) publish(s state) error {
	name := fmt.Sprintf("%d.targets.json", s.targets.Signed.Version)
	if err := r.sign(s.targets, metadata.TARGETS, name); err != nil {
		return err
	}
	if err := r.name(s.snapshot.Signed.Meta, "targets.json", name, s.targets.Signed.Version); err != nil {
		return err
	}
	return r.publishFreshness(s)
}

func (r Repository) publishFreshness(s state) error {
	name := fmt.Sprintf("%d.snapshot.json", s.snapshot.Signed.Version)
	if err := r.sign(s.snapshot, metadata.SNAPSHOT, name); err != nil {
		return err
	}
	if err := r.name(s.timestamp.Signed.Meta, "snapshot.json", name, s.snapshot.Signed.Version); err != nil {
		return err
	}
	return r.sign(s.timestamp, metadata.TIMESTAMP, "timestamp.json")
}

// name has one role name another's file by its version, size and hash: whoever has stolen the other's key, and serves the repository, can
// make another file of that version, and no locker takes it.
func (r Repository) name(in map[string]*metadata.MetaFiles, role, file string, version int64) error {
	data, err := os.ReadFile(r.meta(file))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	named := metadata.MetaFile(version)
	named.Length, named.Hashes["sha256"] = int64(len(data)), sum[:]
	in[role] = named
	return nil
}

// Version is what is published of a program.
type Version struct {
	Channel string
	Arch    string // amd64, arm64, arm
	Name    string
	Urgent  bool // lockers do not wait for the hours in which a version may begin
}

// Add publishes a program for a channel and an architecture. It takes the place of the one before: lockers of the channel
// go to it, whatever it calls itself. The ones before stay listed (former.go).
func (r Repository) Add(v Version, program string) error {
	if v.Channel == "" || lockhouse.CheckChannel(v.Channel) != nil || v.Name == "" || len(v.Name) > update.MaxVersionChars {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "A channel is a name of lower-case letters, digits and hyphens, such as stable; a version has 1 to %d characters.", update.MaxVersionChars)
	}
	s, err := r.read()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	if len(data) == 0 || len(data) > maxProgramBytes {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "%s has %d bytes; lockers take 1 to %d.", program, len(data), maxProgramBytes)
	}
	name := update.TargetName(v.Channel, v.Arch)
	file, err := metadata.TargetFile().FromBytes(name, data, "sha256")
	if err != nil {
		return err
	}
	s.targets.Signed.Version++
	custom, err := json.Marshal(update.Custom{Version: v.Name, Urgent: v.Urgent, Number: s.targets.Signed.Version})
	if err != nil {
		return err
	}
	file.Custom = (*json.RawMessage)(&custom)
	if err := r.store(name, data); err != nil {
		return err
	}
	replace(s.targets.Signed.Targets, name, file)
	s.targets.Signed.Expires = r.until(targetsDays)
	return r.publish(r.fresher(s))
}

// store keeps a program under a name with its hash, as consistent snapshots want it.
func (r Repository) store(name string, data []byte) error {
	sum := sha256.Sum256(data)
	dir := filepath.Join(r.Dir, "targets", filepath.FromSlash(path.Dir(name)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	to := filepath.Join(dir, hex.EncodeToString(sum[:])+"."+path.Base(name))
	if err := keyfile.Write(to, data); err != nil {
		return err
	}
	return os.Chmod(to, 0o644)
}

// fresher gives snapshot and timestamp their next versions.
func (r Repository) fresher(s state) state {
	s.snapshot.Signed.Version++
	s.snapshot.Signed.Expires = r.until(snapshotDays)
	s.timestamp.Signed.Version++
	s.timestamp.Signed.Expires = r.until(timestampDays)
	return s
}

// Refresh says anew that what is published is the newest: before the last word expires, by the two keys that may lie on a server.
func (r Repository) Refresh() error {
	s, err := r.read()
	if err != nil {
		return err
	}
	s = r.fresher(s)
	return r.publishFreshness(s)
}
