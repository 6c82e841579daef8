package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ncruces/go-sqlite3/driver"
	"github.com/pressly/goose/v3"

	"lockhouse"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings a file's schema to this binary's version: forward only, each step in a transaction, and said as it is
// done. A file that is not there is made.
func Migrate(ctx context.Context, path string, say func(step string)) error {
	if err := private(path); err != nil {
		return err
	}
	return withProvider(ctx, path, func(g *goose.Provider, is, knows int64) error {
		if is > knows {
			return newer(is, knows)
		}
		return up(ctx, g, say)
	})
}

// migrateTo makes a schema that may be older than this binary's: what an older one wrote is loaded into its own.
func migrateTo(ctx context.Context, path string, schema int64) error {
	return withProvider(ctx, path, func(g *goose.Provider, _, knows int64) error {
		if schema > knows {
			return newer(schema, knows)
		}
		_, err := g.UpTo(ctx, schema)
		return err
	})
}

// fit refuses a file with another schema than this binary's, and sets up one that is empty.
func fit(ctx context.Context, path string) error {
	return withProvider(ctx, path, func(g *goose.Provider, is, knows int64) error {
		switch {
		case is > knows:
			return newer(is, knows)
		case is == 0:
			return up(ctx, g, func(string) {})
		case is < knows:
			return lockhouse.Refuse(lockhouse.CodeConflict, "The store's schema is %d and this Lockhouse needs %d. Stop the network, keep a copy of the file, and run: lockhouse migrate", is, knows)
		}
		return nil
	})
}

func withProvider(ctx context.Context, path string, do func(g *goose.Provider, is, knows int64) error) (err error) {
	db, err := driver.Open(path)
	if err != nil {
		return fmt.Errorf("open the store to look at its schema: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `PRAGMA journal_mode = WAL`); err != nil {
		return fmt.Errorf("set up the store: %w", err)
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	rooms := goose.NewGoMigration(4, &goose.GoFunc{RunTx: migrateRooms}, nil)
	g, err := goose.NewProvider(goose.DialectSQLite3, db, steps, goose.WithGoMigrations(rooms))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	is, knows, err := g.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the store's version: %w", err)
	}
	return do(g, is, knows)
}

func up(ctx context.Context, g *goose.Provider, say func(step string)) error {
	for {
		done, err := g.UpByOne(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("migrate the store: %w", err)
		}
		say(fmt.Sprintf("schema %d in %d ms", done.Source.Version, done.Duration.Milliseconds()))
	}
}

func newer(is, knows int64) error {
	return lockhouse.Refuse(lockhouse.CodeConflict, "The store was written by a newer Lockhouse (schema %d; this one knows %d). Start that one, or restore a backup from before.",
		is, knows)
}
