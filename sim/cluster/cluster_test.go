package cluster

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"lockhouse/internal/longtest"
	"lockhouse/internal/postgrestest"
)

// seedName is the environment variable by which a run is repeated.
const seedName = "LOCKHOUSE_SEED"

// calmS is how long nothing is done between two troubles, and rounds how many follow on the first five in a long run.
const (
	calmS  = 1
	rounds = 25
)

// TestNothingIsLost has shops, couriers and lockers at work while every machine fails in its turn, and then looks whether
// all that they were told is true. A client that asks again as the API's document says sees no failure at all.
func TestNothingIsLost(t *testing.T) {
	seed, err := Seed(os.Getenv(seedName))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("again with the same draws: %s=%d", seedName, seed)
	c := open(t)
	ledger := NewLedger()
	stop := c.Load(t.Context(), ledger, longtest.Or(4, 8), seed)
	faults, err := suffer(t, c, rand.New(rand.NewPCG(seed, 0)))
	seen, searching := c.FillAndSearch(t.Context())
	stop()
	err = errors.Join(err, searching, c.Verify(t.Context(), ledger, faults), ledger.Err())
	t.Log(ledger.Said())
	if err != nil {
		t.Error(err)
	}
	t.Log("\n" + table(faults))
	for _, s := range seen {
		t.Logf("a search on node %s knew of a hold on node %s after %d ms, and said that it was as of %s", s.Node, c.Nodes[0].Name, s.TookMS, s.AsOf)
	}
}

// suffer lets each trouble happen once, and in a long run many more as the seed has it.
func suffer(t *testing.T, c *Cluster, r *rand.Rand) (faults []Fault, err error) {
	troubles := Troubles()
	for range longtest.Or(0, rounds) {
		troubles = append(troubles, troubles[r.IntN(len(Troubles()))])
	}
	for _, trouble := range troubles {
		time.Sleep(calmS * time.Second)
		f, err := c.Suffer(t.Context(), trouble, r)
		faults = append(faults, f)
		if err != nil {
			return faults, err
		}
	}
	return faults, nil
}

// open opens a cluster that lives as long as the test.
func open(t *testing.T) *Cluster {
	t.Helper()
	began := time.Now()
	c, err := Open(t.Context(), func(what string) { t.Logf("%5.1f s  %s", time.Since(began).Seconds(), what) })
	if errors.Is(err, postgrestest.ErrNotInstalled) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("\n" + c.Complaints())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}
