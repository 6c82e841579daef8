package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
)

// shared is the one server that the tests of a binary have in common. It starts when the first asks for it.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Main runs the tests of a package that use Shared, and stops the server after the last. Their TestMain is
// os.Exit(postgrestest.Main(m)).
func Main(m *testing.M) (code int) {
	code = m.Run()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		return max(code, 1)
	}
	return code
}

// Shared gives the server that the tests of this binary have in common; each makes a database of its own on it. Where the
// machine has no PostgreSQL the test is skipped as by ForTest.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.once.Do(func() {
		shared.server, shared.err = Start(context.Background(), Options{Settings: map[string]string{
			"max_connections": "300", "deadlock_timeout": "20ms"}})
	})
	if errors.Is(shared.err, ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}
