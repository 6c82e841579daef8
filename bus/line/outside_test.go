package line_test

import (
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"lockhouse"
	"lockhouse/bus"
	"lockhouse/internal/natstest"
	"lockhouse/internal/tlstest"
	"lockhouse/store"
	"lockhouse/store/storetest"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// nodes are several nodes of one network on a cluster outside, with one store. The cluster speaks TLS, and asks for certificates, as
// docs/howto/nats.md has it.
func nodes(t *testing.T, n int) ([]*world, *natstest.Cluster) {
	t.Helper()
	keys := newCredentials(t)
	cert, key := tlstest.Certificate(t, time.Now().Add(-time.Hour), 2*time.Hour, natstest.Hosts()...)
	cluster := natstest.ForTest(t, natstest.Options{Stanza: bus.Stanza(keys), Cert: cert, Key: key, CallersCA: callersCA(t)})
	first := closed(t)
	first.caFile = cert
	var all []*world
	for i := range n {
		w := *first
		w.startOn(bus.Options{URLs: cluster.URLs(true), CAFile: cert, Credentials: keys, Node: fmt.Sprint("node", i)})
		w.server = cluster.Server(0).Address()
		all = append(all, &w)
	}
	return all, cluster
}

// callersCA is what `lockhouse nats callers` prints, in a file.
func callersCA(t *testing.T) string {
	t.Helper()
	der, err := credential.LineAuthority()
	path := filepath.Join(t.TempDir(), "callers.pem")
	if err == nil {
		err = os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func newCredentials(t *testing.T) bus.Credentials {
	t.Helper()
	keys, err := bus.NewCredentials(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// say writes down that something happened.
func (w *world) say() {
	w.t.Helper()
	storetest.Update(w.t, w.store, func(tx store.Tx) error {
		return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: storetest.Noon})
	})
}

// Two nodes share the lockers of a cluster outside: who answers does not matter, confinement and replacement hold, and what
// was going on when all of the cluster was killed goes on when it is back.
func TestClusterOutside(t *testing.T) {
	t.Parallel()
	all, cluster := nodes(t, 2)
	w := all[0]
	l, other := w.newLocker(), w.newLocker()
	c, older := w.back(l), w.back(other)
	for n := range uint64(20) {
		answered[wire.Welcome](c, c.hello())
		if ack := answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}}); ack.AppliedThrough != n+1 {
			t.Fatalf("%+v after %d", ack, n+1)
		}
	}
	sub, err := c.nats.SubscribeSync("lk.>")
	w.must(err)
	until(t, "another's subjects are denied", func() bool { return c.denied() == 1 })
	w.must(sub.Unsubscribe())
	w.server = cluster.Server(1).Address() // the newer line ends at another server than the older
	newer := w.back(other)
	until(t, "the older line is ended", older.nats.IsClosed)
	answered[wire.Time](newer, askTime)
	w.wantsItsCertificate(l, other)
	if _, err := w.dial(l, shows()); err == nil {
		t.Error("let in without a certificate")
	}

	for i := range natstest.Size {
		w.must(cluster.Server(i).Kill())
	}
	until(t, "the lockers and nodes know", func() bool {
		return c.nats.IsClosed() && !all[0].bus.Status().Connected && !all[1].bus.Status().Connected
	})
	raw := l.sign(t)
	var starting sync.WaitGroup
	for i := range natstest.Size { // none is ready before the others are there
		starting.Go(func() {
			if err := cluster.Server(i).Restart(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	starting.Wait()
	c = w.back(l)
	if welcome := answered[wire.Welcome](c, c.hello()); welcome.AppliedThrough != 20 {
		t.Errorf("%+v", welcome)
	}
	if ack := answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{raw}}); ack.AppliedThrough != 21 {
		t.Errorf("%+v", ack)
	}
	all[0].stop() // a node that goes is missed by nobody
	for range 10 {
		answered[wire.Welcome](c, c.hello())
	}
	w.wantOnce(l)
	stranger := closed(t)
	stranger.startOn(bus.Options{URLs: cluster.URLs(true), CAFile: w.caFile, Credentials: newCredentials(t), Node: "stranger"})
	until(t, "a node with other keys is refused", func() bool { return errors.Is(stranger.bus.Conn().LastError(), nats.ErrAuthorization) })
	if stranger.bus.Status().Connected {
		t.Error("and is connected")
	}
}

// wantOnce wants each receipt of a locker to have had its effect once.
func (w *world) wantOnce(l *locker) {
	w.t.Helper()
	counts := w.effects(l.ID)
	for n := range l.seq {
		if times := counts[fmt.Sprint(n+1)]; times != 1 {
			w.t.Errorf("receipt %d had its effect %d times", n+1, times)
		}
	}
}

// back connects again, as soon as that can be.
func (w *world) back(l *locker) (c *caller) {
	w.t.Helper()
	until(w.t, "the locker is let in", func() bool {
		var err error
		c, err = w.dial(l, nil)
		return err == nil
	})
	return c
}

// A cluster of three, one of which is killed: lines that ended there come back at another server, the stream of events
// goes on without a gap, and so does it when the third is back.
func TestClusterLosesOne(t *testing.T) {
	t.Parallel()
	all, cluster := nodes(t, 2)
	var mu sync.Mutex
	heard := map[string][]int64{}
	for _, w := range all {
		w.relaying()
		w.hearing(func(run []lockhouse.Event) {
			mu.Lock()
			defer mu.Unlock()
			for _, e := range run {
				heard[w.bus.Node] = append(heard[w.bus.Node], e.Seq)
			}
		})
	}
	reached := func(last int64) {
		t.Helper()
		until(t, fmt.Sprintf("both nodes hear of event %d", last), func() bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Contains(heard["node0"], last) && slices.Contains(heard["node1"], last)
		})
	}
	newest := func() (seq int64) {
		storetest.View(t, all[0].store, func(tx store.Tx) error {
			recent, err := tx.Recent(1)
			if len(recent) > 0 {
				seq = recent[0].Seq
			}
			return err
		})
		return seq
	}
	w := all[0]
	l := w.newLocker()
	w.say()
	reached(newest())
	c := w.back(l)
	answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}})
	w.must(cluster.Server(0).Kill())
	until(t, "the line is down", c.nats.IsClosed)
	for i := 1; i < natstest.Size; i++ { // the locker's host leads to one that is there
		w.server = cluster.Server(i).Address()
		c := w.back(l)
		for range 5 {
			answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}})
			w.say()
		}
	}
	reached(newest())
	w.must(cluster.Server(0).Restart(t.Context()))
	w.server = cluster.Server(0).Address()
	c = w.back(l)
	answered[wire.Ack](c, wire.Delivery{Receipts: []wire.Bytes{l.sign(t)}})
	w.say()
	reached(newest())
	mu.Lock()
	defer mu.Unlock()
	for node, seqs := range heard {
		for i := 1; i < len(seqs); i++ {
			if seqs[i] != seqs[i-1]+1 {
				t.Errorf("%s heard of %d after %d", node, seqs[i], seqs[i-1])
			}
		}
	}
	w.wantOnce(l)
}

// A node that begins before its cluster does waits for it, and refuses nobody anything but what needs it.
func TestClusterComesLater(t *testing.T) {
	w := closed(t)
	w.startOn(bus.Options{URLs: []string{"nats://127.0.0.1:1"}, Credentials: newCredentials(t), Node: "node"})
	l := w.newLocker()
	if _, err := w.desk.Command(t.Context(), l.ID, lockhouse.CommandReport); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable || w.bus.Status().Connected {
		t.Errorf("without a connection: %v", err)
	}
}
