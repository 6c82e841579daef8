package update

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"golang.org/x/sys/unix"

	"lockhouse"
)

// Fetcher looks for a new version and brings it, verified, into the slot that is not in use.
type Fetcher struct {
	Dir     Dir
	URL     string // of the repository: metadata/ and targets/ are below it
	Channel string
	Root    []byte    // the TUF root that came with the package
	Late    time.Time // a time that has surely come: what had expired by then is refused
	Running string    // SHA-256 of the program that runs, in hexadecimal
	HTTP    *http.Client
}

// What a look can come to.
var (
	ErrNothingNew = errors.New("there is no newer version")
	ErrGivenUp    = errors.New("the newest version was given up here")
)

// CodeNoRoom says that the disk has no room for a version.
const CodeNoRoom lockhouse.Code = "update_no_room"

// TargetName is how a channel's agent for an architecture is called in a repository, such as stable/linux-arm64/lockhouse-agent.
func TargetName(channel, arch string) string {
	return path.Join(channel, "linux-"+arch, programFile)
}

// Fetch stages what is newest on the channel. It gives ErrNothingNew when that runs already or is staged, and ErrGivenUp when it
// was tried in vain.
func (f Fetcher) Fetch(ctx context.Context) (Build, error) {
	newest, err := f.newest(ctx)
	if err != nil {
		return Build{}, err
	}
	file := newest.file
	s, err := f.Dir.Read()
	if err != nil {
		return Build{}, err
	}
	b := Build{Slot: s.Current.Slot.other(), SHA256: hex.EncodeToString(file.Hashes["sha256"]), Version: CustomOf(file).Version, Urgent: CustomOf(file).Urgent}
	failed, _ := s.failed(b.SHA256)
	switch {
	case file.Length < 1 || file.Length > maxProgramBytes || len(b.SHA256) != 2*sha256.Size:
		return b, lockhouse.Refuse(CodeUntrusted, "The newest version has no size or hash that could be right (%d bytes).", file.Length)
	case s.Staged != nil && s.Staged.SHA256 == b.SHA256 && s.Staged.Urgent != b.Urgent: // the signer has thought again
		s.Staged.Urgent = b.Urgent
		return b, f.Dir.write(s)
	case b.SHA256 == f.Running, s.Trial != nil, s.Staged != nil && s.Staged.SHA256 == b.SHA256:
		return b, ErrNothingNew
	case failed.Times >= maxTimes:
		return b, fmt.Errorf("%w: %s: %s", ErrGivenUp, failed.Version, failed.Why)
	}
	if err := f.bring(ctx, b, newest); err != nil {
		return b, err
	}
	if s, err = f.Dir.Read(); err != nil {
		return b, err
	}
	s.Staged = &b
	return b, f.Dir.write(s)
}

// Custom is what the signer says of a version besides its size and hash.
type Custom struct {
	Version string `json:"version"`          // what it is called
	Urgent  bool   `json:"urgent,omitempty"` // it does not wait for the hours in which a version may begin
	Number  int64  `json:"number,omitempty"` // rises with each version that is published in a repository
}

// MaxVersionChars bounds what a version is called.
const MaxVersionChars = 64

// CustomOf reads it; what can't be read is as if it was not said.
func CustomOf(file *metadata.TargetFiles) (c Custom) {
	if file.Custom == nil || json.Unmarshal(*file.Custom, &c) != nil || c.Version == "" || len(c.Version) > MaxVersionChars {
		c.Version = "without a name"
	}
	return c
}

// bring downloads a program into a slot: beside its name first, synced, and then under it, with the signed statement that it was
// found in. What was staged there before is none from now on.
func (f Fetcher) bring(ctx context.Context, b Build, newest found) error {
	s, err := f.Dir.Read()
	if err != nil {
		return err
	}
	if s.Staged != nil || s.Other != nil && s.Other.Slot == b.Slot {
		s.Staged, s.Other = nil, nil
		if err := f.Dir.write(s); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(f.Dir.path(string(b.Slot)), 0o700); err != nil {
		return err
	}
	if err := f.room(newest.file.Length); err != nil {
		return err
	}
	beside := f.Dir.Program(b.Slot) + ".new"
	if err := f.download(ctx, newest.file, b, beside); err != nil {
		_ = os.Remove(beside)
		return err
	}
	if err := keep(f.Dir.path(string(b.Slot), targetsFile), newest.statement); err != nil {
		return err
	}
	if err := os.Rename(beside, f.Dir.Program(b.Slot)); err != nil {
		return err
	}
	return syncDir(f.Dir.path(string(b.Slot)))
}

// room refuses to begin what would fill the disk on which the journal lies.
func (f Fetcher) room(bytes int64) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(string(f.Dir), &fs); err != nil {
		return err
	}
	if free := int64(fs.Bavail) * int64(fs.Bsize); free < 2*bytes {
		return lockhouse.Refuse(CodeNoRoom, "The disk has %d kB free; a new version needs %d kB, and as much has to stay free for the journal.", free>>10, bytes>>10)
	}
	return nil
}

// download writes a program's bytes to a file on the disk, and refuses any others.
func (f Fetcher) download(ctx context.Context, file *metadata.TargetFiles, b Build, to string) error {
	address, err := url.JoinPath(f.URL, "targets", path.Dir(file.Path), b.SHA256+"."+path.Base(file.Path))
	if err != nil {
		return err
	}
	body, err := get(ctx, f.HTTP, address)
	if err != nil {
		return err
	}
	defer body.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o700)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(body, file.Length+1))
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return err
	}
	if n != file.Length || hex.EncodeToString(h.Sum(nil)) != b.SHA256 {
		return lockhouse.Refuse(CodeUntrusted, "What %s gives is not what was signed.", address)
	}
	return nil
}
