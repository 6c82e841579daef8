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
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"lockhouse"
	"lockhouse/internal/keyfile"
)

// newest refreshes the metadata and gives what the channel has for this machine. The library refuses what is expired, older than
// what was seen before, mixed, or signed by anybody else (TUF 1.0.33, 5.3 to 5.6).
func (f Fetcher) newest(ctx context.Context) (*metadata.TargetFiles, error) {
	_, latest, err := f.Dir.roots(f.Root)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"metadata", "roots"} {
		if err := os.MkdirAll(f.Dir.path(dir), 0o700); err != nil {
			return nil, err
		}
	}
	if err := f.Dir.mend(); err != nil {
		return nil, err
	}
	c, err := f.config(ctx, latest)
	if err != nil {
		return nil, err
	}
	u, err := updater.New(c)
	if err != nil {
		return nil, untrusted(err)
	}
	u.UnsafeSetRefTime(f.Late)
	if err := u.Refresh(); err != nil {
		return nil, untrusted(err)
	}
	if err := errors.Join(syncFiles(f.Dir.path("metadata")), syncDir(f.Dir.path("metadata"))); err != nil {
		return nil, err
	}
	file, err := u.GetTargetInfo(TargetName(f.Channel, runtime.GOARCH))
	if err != nil {
		return nil, fmt.Errorf("the channel %q has nothing for this machine: %w", f.Channel, err)
	}
	return file, nil
}

func (f Fetcher) config(ctx context.Context, root []byte) (*config.UpdaterConfig, error) {
	address, err := url.JoinPath(f.URL, "metadata")
	if err != nil {
		return nil, err
	}
	c, err := config.New(address, root)
	if err != nil {
		return nil, err
	}
	c.LocalMetadataDir, c.LocalTargetsDir = f.Dir.path("metadata"), f.Dir.path("metadata")
	c.RootMaxLength, c.TargetsMaxLength, c.SnapshotMaxLength, c.MaxRootRotations = maxRootBytes, maxTargetsBytes, maxRootBytes, maxRootRotations
	c.MaxDelegations = 1
	c.Fetcher = library{ctx, f}
	return c, nil
}

// untrusted tells what the library refused from what did not arrive.
func untrusted(err error) error {
	if errors.Is(err, &metadata.ErrRepository{}) {
		return lockhouse.Refuse(CodeUntrusted, "What the repository says of new versions is not to be believed: %v.", err).Because(err)
	}
	return err
}

// library fetches for the library, and keeps roots: the chain from the package's to the latest is followed at each start.
type library struct {
	ctx context.Context
	f   Fetcher
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
		err = keep(l.f.Dir.path("roots", filepath.Base(name)), data)
	}
	return data, err
}

// get asks for a file.
func get(ctx context.Context, client *http.Client, address string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
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

func syncFiles(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		err = errors.Join(err, syncDir(name))
	}
	return err
}

// syncDir has a directory, or a file, on the disk.
func syncDir(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
