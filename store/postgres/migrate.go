package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"lockhouse"
)

//go:embed migrations/*.sql
var migrations embed.FS

// How long a migration waits for another node's: so many tries, a second apart.
const (
	lockEveryS = 1
	lockTries  = 600
)

// Migrate brings the database's schema to this binary's version: forward only, each step in a transaction, and said as it
// is done. Several nodes may call it at once: one migrates, the others wait and find nothing left.
func Migrate(ctx context.Context, o Options, say func(step string)) error {
	if err := migrateTo(ctx, o, math.MaxInt64, say); err != nil {
		return err
	}
	return renumber(ctx, o)
}

// migrateTo goes only as far as a version: what was written by an older binary is loaded into its own schema.
func migrateTo(ctx context.Context, o Options, schema int64, say func(step string)) (err error) {
	config, err := o.pool()
	if err != nil {
		return err
	}
	for name := range settings { // steps take as long as they take
		delete(config.ConnConfig.RuntimeParams, name)
	}
	db := stdlib.OpenDB(*config.ConnConfig)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.PingContext(ctx); err != nil {
		return unreachable(err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockEveryS, lockTries))
	if err != nil {
		return err
	}
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	g, err := goose.NewProvider(goose.DialectPostgres, db, steps, goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	return up(ctx, g, schema, say)
}

func up(ctx context.Context, g *goose.Provider, schema int64, say func(step string)) error {
	is, knows, err := g.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the store's version: %w", plain(err))
	}
	if is > knows {
		return newer(is, knows)
	}
	if schema != math.MaxInt64 {
		if err := fitBackup(schema, is, knows); err != nil {
			return err
		}
	}
	for is < schema {
		done, err := g.UpByOne(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("migrate the store: %w", plain(err))
		}
		say(fmt.Sprintf("schema %d in %d ms", done.Source.Version, done.Duration.Milliseconds()))
		is = done.Source.Version
	}
	return nil
}

// firstSchema is the number of the first step.
const firstSchema = 5

// fitBackup refuses rows of a schema that this database can't have.
func fitBackup(schema, is, knows int64) error {
	switch {
	case schema > knows:
		return newer(schema, knows)
	case schema < firstSchema:
		return lockhouse.Refuse(lockhouse.CodeConflict, "Schema %d is older than the oldest that PostgreSQL has had here, %d. Restore it into SQLite with this binary, and back that up.",
			schema, firstSchema)
	case is > schema:
		return lockhouse.Refuse(lockhouse.CodeConflict, "The database has tables of schema %d already, and these rows are of schema %d. Give a database without tables.", is, schema)
	}
	return nil
}

// fit refuses a database that this binary can't work with.
func fit(ctx context.Context, pool *pgxpool.Pool) error {
	c, err := pool.Acquire(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer c.Release()
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var value string
		if err := c.QueryRow(ctx, `SELECT current_setting($1)`, name).Scan(&value); err != nil {
			return unreachable(err)
		}
		if value == "off" {
			return lockhouse.Refuse(lockhouse.CodeConflict, "The PostgreSQL server has %s = off, so it forgets what it has acknowledged when the power fails. Switch it on.", name)
		}
	}
	if err := fitSchema(ctx, c); err != nil {
		return err
	}
	if err := whole(ctx, c); err != nil {
		return err
	}
	return fitNumbers(ctx, c)
}

func fitSchema(ctx context.Context, c *pgxpool.Conn) error {
	knows, err := known()
	if err != nil {
		return err
	}
	is, err := version(ctx, c)
	switch {
	case err != nil:
		return err
	case is > knows:
		return newer(is, knows)
	case is < knows:
		return lockhouse.Refuse(lockhouse.CodeConflict, "The store's schema is %d and this Lockhouse needs %d. Run: lockhouse migrate", is, knows)
	}
	return nil
}

// version gives the database's schema; 0 where there is none.
func version(ctx context.Context, c *pgxpool.Conn) (is int64, err error) {
	err = c.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&is)
	if hasCode(err, undefinedTable) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the store's version: %w", plain(err))
	}
	return is, nil
}

// known gives the newest schema that this binary has.
func known() (newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	for _, f := range files {
		n, bad := goose.NumericComponent(f)
		newest, err = max(newest, n), errors.Join(err, bad)
	}
	return newest, err
}

func newer(is, knows int64) error {
	return lockhouse.Refuse(lockhouse.CodeConflict, "The store was written by a newer Lockhouse (schema %d; this one knows %d). Start that one, or restore a backup from before.",
		is, knows)
}
