// Package cluster puts a network on several machines, as far as one machine can: three `lockhouse serve` behind an HTTP
// balancer, over a PostgreSQL primary with its synchronous standby and a NATS cluster of three, each a process of its own
// at a loopback address of its own. It is built by the commands and the config of docs/howto/run-several-nodes.md, which is
// read for it.
//
// Shops, couriers and lockers are at work in it (actor.go), each asking as the API's document tells it to, and a ledger
// keeps what the network acknowledged. Whatever is done to the machines meanwhile, the ledger must come out right: verify.go
// reads what the store has and what every node says.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"lockhouse"
	"lockhouse/internal/natstest"
	"lockhouse/internal/postgrestest"
	"lockhouse/internal/process"
	"lockhouse/store"
)

// Nodes is how many nodes there are, and Sites how many sites with a locker each that the actors use.
const (
	Nodes = 3
	Sites = 6
)

// Cluster is all of it, from Open to Close.
type Cluster struct {
	Postgres *postgrestest.Pair
	NATS     *natstest.Cluster
	Nodes    []*Node

	dir      string
	say      func(what string)
	url      string // of the database
	store    store.Store
	heard    *hearer
	balancer *balancer
	lines    *lines
	calling  sync.WaitGroup // lockers on their lines
	hangUp   context.CancelFunc
	keys     keys
	shop     lockhouse.ShopID
	lockers  []*locker
	spare    *locker // at a site that no actor uses
	today    string  // at every site
	felt     felt
	byLine   felt // what lockers felt who wait for their receipts to be applied
}

// keys are the API keys of those who take part.
type keys struct{ shop, courier string }

// Open builds and starts everything. say is told what is being done. The error is postgrestest.ErrNotInstalled where the
// machine has no PostgreSQL.
func Open(ctx context.Context, say func(what string)) (*Cluster, error) {
	dir, err := os.MkdirTemp("", "lhc-") // short: a Unix socket's path ends at 107 bytes
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, say: say}
	if err := c.open(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Cluster) open(ctx context.Context) (err error) {
	if err := os.Chmod(c.dir, 0o711); err != nil { // PostgreSQL's user has to get to its own directory in it
		return err
	}
	if c.heard, err = startHearer(); err != nil {
		return err
	}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"starting PostgreSQL, a primary and its standby", c.openPostgres},
		{"building lockhouse", c.prepareNodes},
		{"starting three NATS servers", c.openNATS},
		{"furnishing the network", c.furnish},
		{"starting the nodes", c.startNodes},
		{"lockers call in", c.callIn},
	} {
		c.say(step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

func (c *Cluster) openPostgres(ctx context.Context) (err error) {
	if c.Postgres, err = postgrestest.StartPair(ctx, postgrestest.Options{Under: c.dir}); err != nil {
		return err
	}
	c.url, err = c.Postgres.Create(ctx, "lockhouse")
	return err
}

// prepareNodes builds the program, finds an address for each node and opens the balancer, which is where people come.
func (c *Cluster) prepareNodes(ctx context.Context) error {
	program, err := process.Build(ctx, c.dir, "lockhouse/cmd/lockhouse")
	if err != nil {
		return err
	}
	for i := range Nodes {
		n := &Node{Name: string(rune('A' + i)), program: program}
		n.dir = c.dir + "/" + n.Name
		host := "127.0.0.1"
		if runtime.GOOS == "linux" { // which gives every machine all of 127/8
			host = fmt.Sprintf("127.0.0.%d", 41+i)
		}
		if n.Address, err = process.FreeAddress(host); err != nil {
			return err
		}
		c.Nodes = append(c.Nodes, n)
	}
	c.balancer, err = startBalancer(c.Nodes)
	return err
}

// startNodes starts all, and lets the first be ready before the others come.
func (c *Cluster) startNodes(ctx context.Context) error {
	for _, n := range c.Nodes {
		if err := n.Start(ctx); err != nil {
			return fmt.Errorf("node %s: %w", n.Name, err)
		}
	}
	return c.tellShop(ctx)
}

// Close stops everything, nodes first, and removes it.
func (c *Cluster) Close() error {
	var errs []error
	if c.hangUp != nil {
		c.hangUp()
		c.calling.Wait()
	}
	for _, n := range c.Nodes {
		if n.process != nil && n.Stop() {
			errs = append(errs, fmt.Errorf("node %s did not end by itself:\n%s", n.Name, n.Tail()))
		}
	}
	if c.balancer != nil {
		c.balancer.close()
	}
	if c.lines != nil {
		c.lines.close()
	}
	if c.store != nil {
		errs = append(errs, c.store.Close())
	}
	if c.NATS != nil {
		errs = append(errs, c.NATS.Stop())
	}
	if c.Postgres != nil {
		errs = append(errs, c.Postgres.Stop())
	}
	if c.heard != nil {
		c.heard.close()
	}
	return errors.Join(append(errs, os.RemoveAll(c.dir))...)
}

// maxComplaints is how many of a node's complaints are shown: the last ones.
const maxComplaints = 40

// Complaints gives what the nodes' logs say of what went wrong.
func (c *Cluster) Complaints() string {
	var b strings.Builder
	for _, n := range c.Nodes {
		fmt.Fprintf(&b, "--- node %s, running: %t\n%s\n", n.Name, n.Running(), n.complaints())
	}
	return b.String()
}
