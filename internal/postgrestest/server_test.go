package postgrestest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestServerIsDurablePrivateAndLeavesNothing(t *testing.T) {
	s, err := Start(t.Context(), Options{Under: shortDir(t), Settings: map[string]string{"application_name": "it's ours"}})
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := s.dir
	if version, err := s.Version(t.Context()); err != nil || version == "" {
		t.Errorf("version %q, %v", version, err)
	}
	url, err := s.Create(t.Context(), `a "name"`)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"listen_addresses": "", "unix_socket_directories": dir, "application_name": "it's ours"} {
		var is string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&is); err != nil {
			t.Fatal(err)
		}
		if is != want {
			t.Errorf("%s is %q, want %q", name, is, want)
		}
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	select {
	case <-s.process.Exited():
	default:
		t.Error("the server still runs")
	}
}

func TestStartTellsWhy(t *testing.T) {
	if _, err := Start(t.Context(), Options{Under: filepath.Join(t.TempDir(), strings.Repeat("deep", 30))}); err == nil {
		t.Error("started in a directory that is not there")
	}
	under := shortDir(t)
	_, err := Start(t.Context(), Options{Under: under, Settings: map[string]string{"no_such_setting": "1"}})
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
		t.Errorf("a bad setting: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{Under: under}); err == nil {
		t.Error("started although cancelled")
	}
	if left, _ := os.ReadDir(under); len(left) != 0 {
		t.Errorf("failed starts left %v", left)
	}
}

func TestMajor(t *testing.T) {
	for dir, want := range map[string]int{"/usr/lib/postgresql/15/bin": 15, "/usr/pgsql-16/bin": 16, "/opt/homebrew/opt/postgresql@9/bin": 9, "/bin": 0} {
		if got := major(dir); got != want {
			t.Errorf("major(%s) = %d, want %d", dir, got, want)
		}
	}
}

// shortDir is a directory whose path leaves room for a socket's, and into which another user may go.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pt-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
