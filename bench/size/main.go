// Size shows what a parcel costs in a network that has carried ten thousand, a hundred thousand, a million, ten million
// before it, with a hundred thousand lockers. It fills a store for each size, row for row in the form of the past, and then
// takes parcels through their whole life at the stores in turns: hold, announcement, drop-off, collection, what is heard of
// it, and the move into the past. What each part costs stands beside the smallest store's in the same run; every commit is
// synced in all of them.
//
// The rows of the past are written without the work that would have made them (ten million parcels are days of that), from
// one parcel and one locker's receipts that went through the real rooms, with other names in place of theirs.
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
	"time"
)

// plan is the command line.
type plan struct {
	sizes   []int // parcels in the past
	lockers int
	rounds  int
	lives   int // parcels that live in one round at one store
	clients int
	lookups int
	engine  string
	dir     string
	stores  string // filled before, and kept; "" for none
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/size:", err)
		os.Exit(1)
	}
}

func parse() (p plan, err error) {
	sizes := flag.String("sizes", "10000,100000,1000000,10000000", "parcels in the past, for each store; the first is what the others are compared with")
	flag.IntVar(&p.lockers, "lockers", 100_000, "lockers, each at a site of its own")
	flag.IntVar(&p.rounds, "rounds", 5, "rounds, in which the stores take turns")
	flag.IntVar(&p.lives, "lives", 900, "parcels that live at one store in one round")
	flag.IntVar(&p.clients, "clients", 32, "clients, each of which waits for every answer")
	flag.IntVar(&p.lookups, "lookups", 2_000, "lookups of each kind at one store in one round")
	flag.StringVar(&p.engine, "engine", "sqlite", "sqlite or postgres")
	flag.StringVar(&p.dir, "dir", "", "where stores are made: a disk, not memory (default: the system's for temporary files)")
	flag.StringVar(&p.stores, "stores", "", "directory in which the stores are kept, and found filled by the next run (sqlite)")
	flag.Parse()
	for _, text := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return p, fmt.Errorf("-sizes: %q is no number of parcels", text)
		}
		p.sizes = append(p.sizes, n)
	}
	return p, nil
}

func run(ctx context.Context) (err error) {
	p, err := parse()
	if err != nil {
		return err
	}
	if p.dir, err = os.MkdirTemp(p.dir, "lockhouse-size-"); err != nil {
		return err
	}
	defer os.RemoveAll(p.dir)
	if p.stores != "" {
		if err := os.MkdirAll(p.stores, 0o700); err != nil {
			return err
		}
	}
	if err := os.Chmod(p.dir, 0o711); err != nil { // PostgreSQL runs as somebody else
		return err
	}
	if err := enough(p); err != nil {
		return err
	}
	began := time.Now()
	report, err := measure(ctx, p)
	if err != nil {
		return err
	}
	report.print(os.Stdout)
	fmt.Printf("\nAll of it took %s.\n", time.Since(began).Round(time.Second))
	return nil
}

// What a parcel in the past, with its part of its locker's chain, and a locker take on the disk, roundly.
const (
	bytesPerParcel = 2_600
	bytesPerLocker = 4_000
	spareBytes     = 2 << 30
)

// enough refuses to begin what the disk has no room for.
func enough(p plan) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(p.dir, &fs); err != nil {
		return err
	}
	free, need := int64(fs.Bavail)*fs.Bsize, int64(spareBytes)
	for _, n := range p.sizes {
		need += int64(n)*bytesPerParcel + int64(p.lockers)*bytesPerLocker
	}
	fmt.Fprintf(os.Stderr, "needs %.1f GB in %s, which has %.1f GB\n", float64(need)/1e9, p.dir, float64(free)/1e9)
	if need > free {
		return fmt.Errorf("not enough room: give another -dir, or fewer -sizes")
	}
	return nil
}
