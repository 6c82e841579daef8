package onair

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/bus/line"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/store/sqlite/sqlitetest"
	"lockhouse/store/storetest"
)

// network is the other end of the locker's line: it tells the time, and takes receipts.
type network struct {
	t      *testing.T
	issuer *ecdsa.PrivateKey
	store  store.Store
	fleet  *fleet.Desk
	bus    *bus.Bus
	ahead  atomic.Int64 // of this machine's clock, nanoseconds
	stop   func()       // serving
}

// openNetwork begins to serve.
func openNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{t: t, issuer: newKey(t), store: sqlitetest.Open(t)}
	n.fleet = &fleet.Desk{Store: n.store, Now: n.now}
	storetest.Update(t, n.store, func(tx store.Tx) error { return tx.PutSite(storetest.Site(1)) })
	log := slog.New(slog.DiscardHandler)
	var err error
	n.bus, err = bus.Open(bus.Options{Listen: "127.0.0.1:0", Dir: t.TempDir(), Node: "node", Random: rand.Reader, Log: log})
	must(t, err)
	desk := &line.Desk{Bus: n.bus, Store: n.store, Fleet: n.fleet, Issuer: n.issuer, Host: "127.0.0.1", Now: n.now, Log: log}
	ctx, stop := context.WithCancel(context.Background())
	opened := make(chan error, 2)
	var work sync.WaitGroup
	work.Go(func() { opened <- desk.Run(ctx, func() error { err := n.bus.OpenDoor(); opened <- err; return err }) })
	n.stop = sync.OnceFunc(func() { stop(); work.Wait(); n.bus.Close() })
	t.Cleanup(n.stop)
	must(t, <-opened)
	return n
}

func (n *network) now() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }

// applied gives the number up to which the locker's receipts have arrived.
func (n *network) applied(locker lockhouse.LockerID) (through uint64) {
	n.t.Helper()
	storetest.View(n.t, n.store, func(tx store.Tx) (err error) {
		through, err = tx.AppliedThrough(locker)
		return err
	})
	return through
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}
