// Postgis is what searches are measured against: the nearest sites with room as a team would have PostGIS find them. There is a
// partial GiST index for each size with only the sites that have room for it on the one day that is asked for, as good as it gets:
// a day more would be three indexes more, and each hold would write to them. The service is Go's net/http, pgx with prepared
// statements and a pool; an answer is put together from texts that the table has. It is thin: no key, no log, no reasons.
//
//	postgis -database URL [-listen 127.0.0.1:7091] [-connections 8] [-sites 1000000]
//
// It makes its table, fills it with the sites of bench/earth and serves GET /sites?lat=&lon=&size=.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"lockhouse/bench/plain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "postgis:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context) error {
	database := flag.String("database", "", "connection string of an empty PostgreSQL database")
	listen := flag.String("listen", "127.0.0.1:7091", "address to listen on")
	connections := flag.Int("connections", 8, "connections in the pool")
	sites := flag.Int("sites", 1_000_000, "sites")
	flag.Parse()
	s, err := open(ctx, *database, *connections)
	if err != nil {
		return err
	}
	defer s.pool.Close()
	if err := s.fill(ctx, *sites); err != nil {
		return err
	}
	return plain.Serve(ctx, *listen, s.handler())
}
