package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"lockhouse/app/lease"
	"lockhouse/internal/natstest"
)

// awayMS is how long what was killed stays away at most, and pauseBeyond how long a paused node sleeps beyond its lease.
const (
	awayMS      = 3_000
	pauseBeyond = 2 * time.Second
)

// Trouble is something that happens to machines.
type Trouble struct {
	What string
	do   func(ctx context.Context, c *Cluster, r *rand.Rand) error
}

// Troubles are all that the network is said to survive. Each ends when everything is there again.
func Troubles() []Trouble {
	return []Trouble{
		{"a node is killed", killNode},
		{"one NATS server is killed", killNATS},
		{"the PostgreSQL primary is killed and comes back", failOver},
		{"all nodes are restarted, one after the other", roll},
		{"a node sleeps longer than its lease", pauseNode},
	}
}

// Suffer lets it happen, and tells how it was felt.
func (c *Cluster) Suffer(ctx context.Context, t Trouble, r *rand.Rand) (f Fault, err error) {
	c.say(t.What)
	f = Fault{What: t.What, From: time.Now()}
	if err := t.do(ctx, c, r); err != nil {
		return f, fmt.Errorf("%s: %w", t.What, err)
	}
	if err := c.allReady(ctx); err != nil {
		return f, fmt.Errorf("after that %s: %w", t.What, err)
	}
	f.Until = time.Now()
	answers, longest, silence := c.felt.since(f.From, f.Until)
	f.Answers, f.LongestMS, f.SilenceMS = answers, longest.Milliseconds(), silence.Milliseconds()
	_, longest, _ = c.byLine.since(f.From, f.Until)
	f.LineMS = longest.Milliseconds()
	return f, nil
}

// allReady waits until every node says that it can work.
func (c *Cluster) allReady(ctx context.Context) error {
	for _, n := range c.Nodes {
		if err := n.Ready(ctx); err != nil {
			return fmt.Errorf("node %s: %w", n.Name, err)
		}
	}
	return nil
}

// away waits for a while.
func away(ctx context.Context, r *rand.Rand) error {
	return sleep(ctx, time.Duration(r.IntN(awayMS))*time.Millisecond)
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// killNode ends one as a power cut would, and switches it on again.
func killNode(ctx context.Context, c *Cluster, r *rand.Rand) error {
	n := c.Nodes[r.IntN(len(c.Nodes))]
	if err := n.Kill(); err != nil {
		return err
	}
	return errors.Join(away(ctx, r), n.Start(ctx))
}

// pauseNode has one sleep until another has taken over what only one does at a time, and lets it wake up and believe that
// nothing happened.
func pauseNode(ctx context.Context, c *Cluster, r *rand.Rand) error {
	n := c.Nodes[r.IntN(len(c.Nodes))]
	if err := n.Pause(); err != nil {
		return err
	}
	return errors.Join(sleep(ctx, lease.Within+pauseBeyond), n.Resume())
}

// killNATS ends one of the three servers, and switches it on again.
func killNATS(ctx context.Context, c *Cluster, r *rand.Rand) error {
	s := c.NATS.Server(r.IntN(natstest.Size))
	if err := s.Kill(); err != nil {
		return err
	}
	return errors.Join(away(ctx, r), s.Restart(ctx))
}

// failOver ends the primary as a power cut would and promotes its standby. Then the old primary comes back as it was, and a
// node is restarted that might take it for the one: nobody speaks to it. At last it is made the standby of the new one.
func failOver(ctx context.Context, c *Cluster, r *rand.Rand) error {
	old := c.Postgres.Primary()
	if err := old.Kill(); err != nil {
		return err
	}
	if err := c.Postgres.Promote(ctx); err != nil {
		return err
	}
	if err := old.Restart(ctx); err != nil {
		return err
	}
	n := c.Nodes[r.IntN(len(c.Nodes))]
	if err := errors.Join(n.Kill(), n.Start(ctx), c.allReady(ctx)); err != nil {
		return err
	}
	err := c.eventually(ctx, "nobody speaks to the old primary", func() error {
		sessions, err := old.Sessions(ctx, "lockhouse")
		if err == nil && sessions > 0 {
			err = fmt.Errorf("%d sessions", sessions)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.Postgres.Rebuild(ctx)
}

// roll restarts every node in order, one after the other, as an update does.
func roll(ctx context.Context, c *Cluster, _ *rand.Rand) error {
	for _, n := range c.Nodes {
		if n.Stop() {
			return fmt.Errorf("node %s had to be killed:\n%s", n.Name, n.Tail())
		}
		if err := n.Start(ctx); err != nil {
			return err
		}
	}
	return nil
}
