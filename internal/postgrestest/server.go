// Package postgrestest starts a private PostgreSQL server, or a primary with its synchronous standby, for a test or a
// benchmark, from the binaries that the machine has, and removes every trace of it afterwards.
//
// The servers are as durable as one in production (fsync, synchronous_commit and full_page_writes are on): what a test
// proves or a benchmark measures on them holds there too. One listens on a Unix socket in a directory of its own; a pair
// listens on loopback addresses too, with a password. PostgreSQL refuses to run as root; started by root, it runs as the
// user postgres, or else as nobody.
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

	"lockhouse/internal/process"
)

// Limits of waiting for the server.
const (
	initLimitS    = 60
	startLimitS   = 30
	stopLimitS    = 20
	maxSocketPath = 100 // bytes; a Unix socket's path ends at 107
)

// superuser is the user that made the cluster.
const superuser = "postgres"

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
	bin     string // where PostgreSQL's programs are
	owner   *process.Owner
	dir     string
	address string // host:port where it listens beside its socket; "" is nowhere
	process *process.Process
}

// Start makes a cluster, starts a server on it and waits until it answers. The error is ErrNotInstalled where the machine
// has no PostgreSQL. The caller stops the server.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := prepare(o.Under)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, o.Settings); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// prepare finds PostgreSQL and makes a server's directory.
func prepare(under string) (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	owner, err := ownerOfServer()
	if err != nil {
		return nil, err
	}
	dir, err := directory(under, owner)
	if err != nil {
		return nil, err
	}
	return &Server{bin: bin, owner: owner, dir: dir}, nil
}

// begin makes the cluster and brings the server up.
func (s *Server) begin(ctx context.Context, settings map[string]string) error {
	err := s.run(ctx, "initdb", "--pgdata", s.data(), "--username", superuser, "--auth-local", "trust", "--auth-host", "reject",
		"--encoding", "UTF8", "--locale", "C", "--no-instructions")
	if err != nil {
		return err
	}
	if err := configure(s.data(), s.dir, s.address, settings); err != nil {
		return err
	}
	return s.up(ctx)
}

// up starts the server on what is in its directory, and waits until it answers.
func (s *Server) up(ctx context.Context) (err error) {
	s.process, err = process.Start(process.Plan{Program: filepath.Join(s.bin, "postgres"), Args: []string{"-D", s.data()}, Dir: s.dir,
		Log: filepath.Join(s.dir, "log"), Owner: s.owner, Orphan: syscall.SIGQUIT})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimitS*time.Second)
	defer cancel()
	return s.process.Await(ctx, func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// run runs one of PostgreSQL's own programs to its end.
func (s *Server) run(ctx context.Context, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, initLimitS*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, process.Attributes(s.owner, syscall.SIGQUIT)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, out)
	}
	return nil
}

// URL gives the connection string of one of the server's databases; "postgres" is always there.
func (s *Server) URL(database string) string {
	_, port, _ := splitAddress(s.address) // configure has read it
	q := url.Values{"host": {s.dir}, "port": {port}, "user": {superuser}, "sslmode": {"disable"}}
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
func (s *Server) PID() int { return s.process.PID() }

// Log gives what the server has written so far.
func (s *Server) Log() string { return s.process.Log() }

// Stop ends the server, in order if it can (fast, then immediate), and removes its directory.
func (s *Server) Stop() error {
	if s.process != nil {
		s.process.End(stopLimitS*time.Second, syscall.SIGINT, syscall.SIGQUIT)
	}
	return os.RemoveAll(s.dir)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }
