package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"lockhouse/internal/settings"
	"lockhouse/store"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
	"lockhouse/trust/person"
)

// Store says where everything is kept.
type Store struct {
	URL         string `toml:"url" doc:"PostgreSQL, such as postgres://lockhouse@db1,db2/lockhouse?target_session_attrs=read-write&sslmode=verify-full. Empty: SQLite in data_dir. A password stands in url_file, or in a passfile that the URL names."`
	URLFile     string `toml:"url_file" doc:"File with that URL, password and all, so that it stands in no config."`
	Connections int    `toml:"connections" doc:"Most connections of this node to PostgreSQL, 2 to 500. All nodes together must stay below the server's max_connections."`
}

func (s Store) check() error {
	if s.URL != "" && s.URLFile != "" {
		return settings.RefuseKey("store.url", "and store.url_file are two places for one thing: keep one")
	}
	if s.Connections < 2 || s.Connections > 500 {
		return settings.RefuseKey("store.connections", "must be 2 to 500")
	}
	if s.URL == "" {
		return nil
	}
	if u, err := url.Parse(s.URL); err == nil && (hasPassword(u.User) || u.Query().Has("password")) {
		return settings.RefuseKey("store.url", "holds a password: put the URL into a file of its own and name that in store.url_file")
	}
	return s.options(s.URL).Check()
}

func hasPassword(u *url.Userinfo) bool {
	_, has := u.Password()
	return has
}

func (s Store) options(url string) postgres.Options {
	return postgres.Options{URL: url, Connections: s.Connections}
}

// engine is the kind of store that the config asks for.
type engine struct {
	postgres *postgres.Options // nil: SQLite
	file     string            // SQLite's
	fresh    bool              // it may be that nothing was ever kept there
}

func (c Config) engine() (engine, error) {
	if c.Store.URL == "" && c.Store.URLFile == "" {
		file := filepath.Join(c.DataDir, databaseFile)
		_, err := os.Stat(file)
		return engine{file: file, fresh: errors.Is(err, fs.ErrNotExist)}, nil
	}
	address := c.Store.URL
	if c.Store.URLFile != "" {
		text, err := os.ReadFile(c.Store.URLFile)
		if err != nil {
			return engine{}, fmt.Errorf("store.url_file: %w", err)
		}
		address = strings.TrimSpace(string(text))
	}
	o := c.Store.options(address)
	return engine{postgres: &o, fresh: true}, o.Check()
}

// openStore opens the store. A file's keys are made before it: a start that is cut off must not leave a file without them.
func openStore(ctx context.Context, c Config, e engine, random io.Reader) (store.Store, error) {
	if e.postgres != nil {
		return postgres.Open(ctx, *e.postgres)
	}
	if e.fresh {
		if err := makeKeys(c.DataDir, random); err != nil {
			return nil, err
		}
	}
	return sqlite.Open(ctx, e.file)
}

func (e engine) book(seal *person.Seal) person.Book {
	if e.postgres != nil {
		return postgres.NewBook(seal)
	}
	return sqlite.NewBook(seal)
}

// describe names the store for people; it holds no secret.
func (e engine) describe() string {
	if e.postgres != nil {
		return e.postgres.Describe()
	}
	return e.file
}

// Migrate brings the schema of the configured store to this binary's, and says each step. Several nodes may do it at once.
func Migrate(ctx context.Context, c Config, say func(step string)) error {
	if err := c.Check(); err != nil {
		return err
	}
	e, err := c.engine()
	if err != nil {
		return err
	}
	say("migrating " + e.describe())
	if e.postgres != nil {
		return postgres.Migrate(ctx, *e.postgres, say)
	}
	if e.fresh {
		return fmt.Errorf("there is no %s yet, and a new one needs no migration: lockhouse serve makes it", e.file)
	}
	return sqlite.Migrate(ctx, e.file, say)
}
