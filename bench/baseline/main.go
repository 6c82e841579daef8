// Baseline is the service that we measure ourselves against: parcel compartments as a team would write them in a day with
// Go's net/http, pgx and PostgreSQL. A free compartment is picked by FOR UPDATE SKIP LOCKED, each request is one
// transaction, statements are prepared and connections pooled. It is decent and it is thin: no sign-in, no log, no receipts, no
// days, no messages to anybody.
//
//	baseline -database URL [-listen 127.0.0.1:7090] [-connections 16] [-sites 200] [-each 20,20,10]
//
// It makes its tables, fills them with free compartments and serves.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse/bench/plain"
)

// maxBodyBytes is how much of a request is read.
const maxBodyBytes = 4 << 10

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "baseline:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context) error {
	database := flag.String("database", "", "connection string of an empty PostgreSQL database")
	listen := flag.String("listen", "127.0.0.1:7090", "address to listen on")
	connections := flag.Int("connections", 16, "connections in the pool")
	sites := flag.Int("sites", 200, "sites")
	each := flag.String("each", "20,20,10", "compartments of sizes S, M and L at each site")
	flag.Parse()
	counts, err := parseCounts(*each)
	if err != nil {
		return err
	}
	s, err := open(ctx, *database, *connections)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	if err := s.fill(ctx, *sites, counts); err != nil {
		return err
	}
	return plain.Serve(ctx, *listen, s.handler())
}

// parseCounts reads how many compartments of each size a site has.
func parseCounts(text string) (map[string]int, error) {
	parts := strings.Split(text, ",")
	if len(parts) != 3 {
		return nil, fmt.Errorf("-each %q: give three numbers, such as 20,20,10", text)
	}
	counts := map[string]int{}
	for i, size := range []string{"S", "M", "L"} {
		n, err := strconv.Atoi(parts[i])
		if err != nil || n < 0 {
			return nil, fmt.Errorf("-each %q: %q is not a number of compartments", text, parts[i])
		}
		counts[size] = n
	}
	return counts, nil
}

// open connects and makes the tables. pgx prepares each statement once for each connection by itself.
func open(ctx context.Context, database string, connections int) (*service, error) {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(connections)
	config.MinConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, schema); err != nil {
		pool.Close()
		return nil, fmt.Errorf("making the tables: %w", err)
	}
	return &service{pool: pool}, nil
}
