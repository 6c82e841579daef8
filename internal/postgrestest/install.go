package postgrestest

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lockhouse/internal/process"
)

// ErrNotInstalled says that the machine has no PostgreSQL server, and how to get one.
var ErrNotInstalled = errors.New("PostgreSQL's server is not installed: on Debian or Ubuntu, run apt-get install postgresql")

// homes are where distributions keep initdb and postgres, a directory for each major version.
var homes = []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"}

// binaries finds the directory of the newest server on this machine.
func binaries() (string, error) {
	var found []string
	for _, home := range homes {
		dirs, err := filepath.Glob(home)
		if err != nil {
			return "", err
		}
		for _, dir := range dirs {
			if executable(filepath.Join(dir, "initdb")) && executable(filepath.Join(dir, "postgres")) {
				found = append(found, dir)
			}
		}
	}
	if len(found) == 0 {
		return "", ErrNotInstalled
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(major(a), major(b)) }), nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// major reads the version out of a directory such as /usr/lib/postgresql/15/bin; 0 where there is none.
func major(dir string) int {
	name := filepath.Base(filepath.Dir(dir))
	n, err := strconv.Atoi(strings.TrimLeft(name, "abcdefghijklmnopqrstuvwxyz-@"))
	if err != nil {
		return 0
	}
	return n
}

// ownerOfServer gives nil unless we are root.
func ownerOfServer() (*process.Owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, err
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, err
		}
		return &process.Owner{UID: uint32(uid), GID: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody")
}

// directory makes the server's own directory, short enough for a socket's path and open to the server's user alone.
func directory(under string, owner *process.Owner) (string, error) {
	dir, err := os.MkdirTemp(under, "postgres-")
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if socket := filepath.Join(dir, ".s.PGSQL.5432"); len(socket) > maxSocketPath {
		return "", errors.Join(fmt.Errorf("the path %s is too long for a Unix socket (%d bytes at most)", socket, maxSocketPath), os.Remove(dir))
	}
	if owner == nil {
		return dir, nil
	}
	if err := os.Chown(dir, int(owner.UID), int(owner.GID)); err != nil {
		return "", errors.Join(err, os.Remove(dir))
	}
	return dir, nil
}

// configure appends what makes the server private and durable, and then the caller's settings. address is where it listens
// beside its socket; "" is nowhere.
func configure(data, socketDir, address string, settings map[string]string) error {
	host, port, err := splitAddress(address)
	if err != nil {
		return err
	}
	conf, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	lines := []string{"listen_addresses = " + quoted(host), "port = " + port, "unix_socket_directories = " + quoted(socketDir),
		"fsync = on", "synchronous_commit = on", "full_page_writes = on"}
	for name, value := range settings {
		lines = append(lines, name+" = "+quoted(value))
	}
	_, err = conf.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, conf.Close())
}

// socketPort is the port in the name of a socket whose server listens nowhere else.
const socketPort = "5432"

func splitAddress(address string) (host, port string, err error) {
	if address == "" {
		return "", socketPort, nil
	}
	return net.SplitHostPort(address)
}

func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
