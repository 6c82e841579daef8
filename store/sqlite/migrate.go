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

// migrate brings the file's schema to this binary's version: forward only, each step in a transaction.
func migrate(ctx context.Context, path string) (err error) {
	db, err := driver.Open(path)
	if err != nil {
		return fmt.Errorf("open the store to migrate it: %w", err)
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
	if is > knows {
		return newer(is, knows)
	}
	if _, err := g.Up(ctx); err != nil {
		return fmt.Errorf("migrate the store: %w", err)
	}
	return nil
}

func newer(is, knows int64) error {
	return lockhouse.Refuse(lockhouse.CodeConflict, "The store was written by a newer Lockhouse (schema %d; this one knows %d). Start that one, or restore a backup from before.",
		is, knows)
}
