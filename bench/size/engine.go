package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/jackc/pgx/v5"

	"lockhouse/internal/postgrestest"
	"lockhouse/store"
	"lockhouse/store/backup"
	"lockhouse/store/postgres"
	"lockhouse/store/sqlite"
	"lockhouse/trust/person"
)

// engine makes stores of one kind, each with a name.
type engine struct {
	create func(ctx context.Context, name string) (store.Store, error)
	open   func(ctx context.Context, name string) (store.Store, error)
	source func(ctx context.Context, name string) (backup.Source, error)
	sink   func(ctx context.Context, name string, schema int64) (backup.Sink, error)
	bytes  func(ctx context.Context, name string) (int64, error)
	book   func(*person.Seal) person.Book
	pid    int // of the server; 0: it is this process
	close  func() error
}

func newEngine(ctx context.Context, p plan) (engine, error) {
	switch p.engine {
	case "sqlite":
		if p.stores != "" {
			return files(p.stores), nil
		}
		return files(p.dir), nil
	case "postgres":
		return databases(ctx, p.dir)
	}
	return engine{}, fmt.Errorf("-engine: %q is neither sqlite nor postgres", p.engine)
}

func files(dir string) engine {
	path := func(name string) string { return filepath.Join(dir, name+".db") }
	open := func(ctx context.Context, name string) (store.Store, error) {
		if err := sqlite.Migrate(ctx, path(name), func(string) {}); err != nil { // an older binary may have filled it
			return nil, err
		}
		return sqlite.Open(ctx, path(name))
	}
	return engine{
		create: open, open: open,
		source: func(ctx context.Context, name string) (backup.Source, error) {
			return sqlite.OpenSource(ctx, path(name))
		},
		sink: func(ctx context.Context, name string, schema int64) (backup.Sink, error) {
			return sqlite.NewSink(ctx, path(name), schema)
		},
		bytes: func(_ context.Context, name string) (int64, error) {
			info, err := os.Stat(path(name))
			if err != nil {
				return 0, err
			}
			return info.Size(), nil
		},
		book:  func(s *person.Seal) person.Book { return sqlite.NewBook(s) },
		close: func() error { return nil },
	}
}

func databases(ctx context.Context, dir string) (engine, error) {
	server, err := postgrestest.Start(ctx, postgrestest.Options{Under: dir})
	if err != nil {
		return engine{}, err
	}
	options := func(name string) postgres.Options { return postgres.Options{URL: server.URL(name)} }
	return engine{
		create: func(ctx context.Context, name string) (store.Store, error) {
			if _, err := server.Create(ctx, name); err != nil {
				return nil, err
			}
			if err := postgres.Migrate(ctx, options(name), func(string) {}); err != nil {
				return nil, err
			}
			return postgres.Open(ctx, options(name))
		},
		open: func(ctx context.Context, name string) (store.Store, error) { return postgres.Open(ctx, options(name)) },
		source: func(ctx context.Context, name string) (backup.Source, error) {
			return postgres.OpenSource(ctx, options(name))
		},
		sink: func(ctx context.Context, name string, schema int64) (backup.Sink, error) {
			if _, err := server.Create(ctx, name); err != nil {
				return nil, err
			}
			return postgres.NewSink(ctx, options(name), schema)
		},
		bytes: func(ctx context.Context, name string) (size int64, err error) {
			conn, err := pgx.Connect(ctx, server.URL(name))
			if err != nil {
				return 0, err
			}
			defer conn.Close(ctx)
			err = conn.QueryRow(ctx, `SELECT pg_database_size(current_database())`).Scan(&size)
			return size, err
		},
		book: func(s *person.Seal) person.Book { return postgres.NewBook(s) },
		pid:  server.PID(), close: server.Stop,
	}, nil
}

// nameOf names the store of a size.
func nameOf(parcels int) string { return "past_of_" + strconv.Itoa(parcels) }
