package cluster

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres"
)

// Load sets actors to work until the function that it gives is called; that waits until each has brought what it was at to
// its end.
func (c *Cluster) Load(ctx context.Context, l *Ledger, actors int, seed uint64) (stop func()) {
	ending := make(chan struct{})
	var work sync.WaitGroup
	for i := range actors {
		a := &actor{cluster: c, ledger: l, name: fmt.Sprintf("a%d", i), ask: newCaller(c.balancer.url, &c.felt),
			outside: make(chan struct{}, maxVisits),
			random:  mathrand.New(mathrand.NewPCG(seed, uint64(i)))}
		work.Go(func() { a.run(ctx, ending) })
	}
	return func() {
		close(ending)
		work.Wait()
	}
}

// age has the time of a hold be over, as a quarter of an hour would.
func (c *Cluster) age(ctx context.Context, reference string) error {
	return c.eventually(ctx, "a hold's time is over", func() error {
		return c.store.Update(ctx, func(tx store.Tx) error {
			h, err := tx.Hold(c.shop, reference)
			if err != nil || h.State != lockhouse.HoldPlaced {
				return err
			}
			h.LapsesAt = lockhouse.AsKept(time.Now().Add(-time.Second))
			return tx.PutHold(h)
		})
	})
}

// eventually tries again and again, for as long as an actor has patience.
func (c *Cluster) eventually(ctx context.Context, what string, do func() error) error {
	for end := time.Now().Add(patience); ; {
		err := do()
		if err == nil {
			return nil
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return fmt.Errorf("waited in vain until %s: %w", what, err)
		}
		time.Sleep(againAfter)
	}
}

// openStore opens the store past the nodes, for what no client can do and for the last look.
func (c *Cluster) openStore(ctx context.Context) (err error) {
	c.store, err = postgres.Open(ctx, postgres.Options{URL: c.url, Connections: 6})
	return err
}

// Seed draws a seed, or takes the one that text names.
func Seed(text string) (seed uint64, err error) {
	if text != "" {
		_, err = fmt.Sscan(text, &seed)
		return seed, err
	}
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	return binary.LittleEndian.Uint64(raw[:]) >> 32, nil
}
