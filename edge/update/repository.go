package update

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"runtime"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"lockhouse"
	"lockhouse/internal/keyfile"
)

// found is what a look came upon, all of it signed.
type found struct {
	file      *metadata.TargetFiles // what the channel has for this machine
	statement []byte                // where that stands
}

// newest refreshes the metadata and gives what the channel has for this machine. The library refuses what is expired, older than
// what was seen before, mixed, or signed by anybody else (TUF 1.0.33, 5.3 to 5.6). It works in a directory of its own, which begins with
// what was seen: whatever a cut or a mirror leaves in there, what was seen is replaced by what is good as a whole.
func (f Fetcher) newest(ctx context.Context) (found, error) {
	_, latest, err := f.Dir.latestRoot(f.Root)
	if err != nil {
		return found{}, err
	}
	if err := f.Dir.layOut(); err != nil {
		return found{}, err
	}
	defer os.RemoveAll(f.Dir.path(scratch))
	roots := map[string][]byte{}
	c, err := f.config(ctx, latest, roots)
	if err != nil {
		return found{}, err
	}
	u, err := updater.New(c)
	if err != nil {
		return found{}, untrusted(err)
	}
	u.UnsafeSetRefTime(f.Late)
	if err := u.Refresh(); err != nil {
		return found{}, untrusted(err)
	}
	statement, err := os.ReadFile(f.Dir.path(scratch, metadata.TARGETS+".json"))
	if err != nil {
		return found{}, err
	}
	if err := f.Dir.believe(roots, statement, u.GetTrustedMetadataSet().Targets[metadata.TARGETS].Signed.Targets); err != nil {
		return found{}, err
	}
	file, err := u.GetTargetInfo(TargetName(f.Channel, runtime.GOARCH))
	if err != nil {
		return found{}, fmt.Errorf("the channel %q has nothing for this machine: %w", f.Channel, err)
	}
	return found{file, statement}, nil
}

func (f Fetcher) config(ctx context.Context, root []byte, roots map[string][]byte) (*config.UpdaterConfig, error) {
	address, err := url.JoinPath(f.URL, "metadata")
	if err != nil {
		return nil, err
	}
	c, err := config.New(address, root)
	if err != nil {
		return nil, err
	}
	c.LocalMetadataDir, c.LocalTargetsDir = f.Dir.path(scratch), f.Dir.path(scratch)
	c.RootMaxLength, c.TargetsMaxLength, c.SnapshotMaxLength, c.MaxRootRotations = maxRootBytes, maxTargetsBytes, maxRootBytes, maxRootRotations
	c.MaxDelegations = 1
	c.Fetcher = library{ctx, f, roots}
	return c, nil
}

// untrusted tells what the library refused from what did not arrive.
func untrusted(err error) error {
	if errors.Is(err, &metadata.ErrRepository{}) || errors.Is(err, &metadata.ErrDownloadLengthMismatch{}) {
		return lockhouse.Refuse(CodeUntrusted, "What the repository says of new versions is not to be believed: %v.", err).Because(err)
	}
	return err
}

// library fetches for the library, and holds roots: the chain from the package's to the latest is followed at each start.
type library struct {
	ctx   context.Context
	f     Fetcher
	roots map[string][]byte // by their files' names
}

// DownloadFile is what the library calls.
func (l library) DownloadFile(address string, maxBytes int64, _ time.Duration) ([]byte, error) {
	body, err := get(l.ctx, l.f.HTTP, address)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > maxBytes {
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s has more than %d bytes", address, maxBytes)}
	}
	if name := path.Base(address); strings.HasSuffix(name, ".root.json") {
		l.roots[name] = data
	}
	return data, err
}

// get asks for a file. It is not sent on: whoever serves the repository would have the locker ask others, at the site and in the locker
// itself, in its own name.
func get(ctx context.Context, client *http.Client, address string) (io.ReadCloser, error) {
	straight := *client
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := straight.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, &metadata.ErrDownloadHTTP{StatusCode: answer.StatusCode, URL: address}
	}
	return answer.Body, nil
}

// keep writes a file that is whole or as it was before.
func keep(name string, data []byte) error { return keyfile.Write(name, data) }

// syncDir has a directory, or a file, on the disk.
func syncDir(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
