// Package postgrestest starts a private PostgreSQL server for a test or a benchmark, from the binaries that the machine
// has, and removes every trace of it afterwards.
//
// The server is as durable as one in production (fsync, synchronous_commit and full_page_writes are on): what a test
// proves or a benchmark measures on it holds there too. It listens on a Unix socket in a directory of its own and
// nowhere else. PostgreSQL refuses to run as root; started by root, it runs as the user postgres, or else as nobody.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Limits of waiting for the server.
const (
	initLimitS    = 60
	startLimitS   = 30
	stopLimitS    = 20
	readyPollMS   = 20
	maxSocketPath = 100 // bytes; a Unix socket's path ends at 107
)

// Options is what a caller may choose.
type Options struct {
	// Under is the directory in which the server's own is made; "" is the system's for temporary files. What is measured
	// must lie on the disk that is meant: a RAM disk's fsync costs nothing.
	Under string
	// Settings are parameters for postgresql.conf beside PostgreSQL's defaults, such as "shared_buffers": "512MB".
	Settings map[string]string
}

// Server is a running server that belongs to its caller alone.
type Server struct {
	dir    string
	user   string // superuser of the cluster
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process is gone
	log    string
}

// Start makes a cluster, starts a server on it and waits until it answers. The error is ErrNotInstalled where the machine
// has no PostgreSQL. The caller stops the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	owner, err := ownerOfServer()
	if err != nil {
		return nil, err
	}
	dir, err := directory(o.Under, owner)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, user: "postgres", exited: make(chan struct{}), log: filepath.Join(dir, "log")}
	if err := s.start(ctx, bin, owner, o.Settings); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// start makes the cluster and brings the server up.
func (s *Server) start(ctx context.Context, bin string, owner *owner, settings map[string]string) error {
	if err := s.initialise(ctx, bin, owner); err != nil {
		return err
	}
	if err := configure(s.data(), s.dir, settings); err != nil {
		return err
	}
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close() // the server keeps its own copy
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", s.data())
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, log, log
	s.cmd.SysProcAttr = attributes(owner)
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("postgres did not start: %w", err)
	}
	go func() {
		_ = s.cmd.Wait() // how it ended stands in its log
		close(s.exited)
	}()
	return s.ready(ctx)
}

// initialise runs initdb.
func (s *Server) initialise(ctx context.Context, bin string, owner *owner) error {
	ctx, cancel := context.WithTimeout(ctx, initLimitS*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", s.data(), "--username", s.user,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-instructions")
	cmd.Dir, cmd.SysProcAttr = s.dir, attributes(owner)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// ready waits until the server answers.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimitS*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.exited:
			return fmt.Errorf("postgres ended instead of starting:\n%s", s.Log())
		case <-ctx.Done():
			return fmt.Errorf("postgres did not answer: %w\n%s", err, s.Log())
		case <-time.After(readyPollMS * time.Millisecond):
		}
	}
}

// URL gives the connection string of one of the server's databases; "postgres" is always there.
func (s *Server) URL(database string) string {
	q := url.Values{"host": {s.dir}, "user": {s.user}, "sslmode": {"disable"}}
	return "postgres:///" + url.PathEscape(database) + "?" + q.Encode()
}

// Create makes an empty database and gives its connection string.
func (s *Server) Create(ctx context.Context, database string) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{database}.Sanitize()); err != nil {
		return "", err
	}
	return s.URL(database), nil
}

// Version gives the server's version, such as "15.14".
func (s *Server) Version(ctx context.Context) (version string, err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SELECT split_part(current_setting('server_version'), ' ', 1)").Scan(&version)
	return version, err
}

// PID gives the process id of the postmaster, whose children are all other processes of the server.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log gives what the server has written so far.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Stop ends the server, in order if it can, and removes its directory.
func (s *Server) Stop() error {
	if s.cmd != nil {
		for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} { // fast, immediate, at last
			_ = s.cmd.Process.Signal(sig) // it may be gone already
			if s.goneWithin(stopLimitS * time.Second) {
				break
			}
		}
	}
	return os.RemoveAll(s.dir)
}

func (s *Server) goneWithin(limit time.Duration) bool {
	select {
	case <-s.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
