package postgres_test

import (
	"errors"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/postgres"
	"lockhouse/store/postgres/pgtest"
	"lockhouse/store/storetest"
)

// wire stands between a store and its server, and can be cut.
type wire struct {
	socket string
	net.Listener
	armed atomic.Pointer[cut]
	work  sync.WaitGroup
}

// cut says when: before the next question reaches the server, or after it was answered and before anybody hears that.
type cut struct{ answered bool }

// startWire gives a store's address that leads over the wire.
func startWire(t *testing.T, address string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	w := &wire{socket: q.Get("host") + "/.s.PGSQL." + q.Get("port")}
	if w.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(w.Addr().String())
	q.Set("host", host)
	q.Set("port", port)
	u.RawQuery = q.Encode()
	w.work.Go(w.serve)
	t.Cleanup(func() {
		_ = w.Close()
		w.work.Wait()
	})
	return w, u.String()
}

func (w *wire) serve() {
	for {
		client, err := w.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("unix", w.socket)
		if err != nil {
			_ = client.Close()
			continue
		}
		c := &carrier{wire: w, client: client, server: server}
		w.work.Go(c.up)
		w.work.Go(c.down)
	}
}

// carrier is one connection.
type carrier struct {
	wire           *wire
	client, server net.Conn
	mute           atomic.Bool
}

func (c *carrier) close() {
	_ = c.client.Close()
	_ = c.server.Close()
}

// up carries questions, and cuts where it was told to.
func (c *carrier) up() {
	defer c.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.client.Read(buffer)
		if err != nil {
			return
		}
		cut := c.wire.armed.Swap(nil)
		if cut != nil && !cut.answered {
			return
		}
		c.mute.Store(cut != nil)
		if _, err := c.server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// down carries answers, but for the one that nobody is to hear.
func (c *carrier) down() {
	defer c.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := c.server.Read(buffer)
		if err != nil || c.mute.Load() {
			return
		}
		if _, err := c.client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestWireCutAtTheCommit cuts the connection at the very commit. Before it: the transaction runs again and is done once.
// After it: nobody knows, and the store says that, and does not do it a second time.
func TestWireCutAtTheCommit(t *testing.T) {
	for name, c := range map[string]struct {
		cut cut
	}{"the commit did not reach the server": {cut{}}, "its answer did not reach us": {cut{answered: true}}} {
		t.Run(name, func(t *testing.T) {
			w, address := startWire(t, pgtest.URL(t))
			s, err := postgres.Open(t.Context(), postgres.Options{URL: address, Connections: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			say := func(before func()) error {
				return s.Update(t.Context(), func(tx store.Tx) error {
					if _, err := tx.Unheard(1); err != nil { // so that BEGIN has been sent
						return err
					}
					before()
					return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: time.Now()})
				})
			}
			for range 20 { // every connection has its statements prepared: what comes next is the commit itself
				if err := say(func() {}); err != nil {
					t.Fatal(err)
				}
			}
			var once sync.Once
			err = say(func() { once.Do(func() { w.armed.Store(&c.cut) }) })
			if lockhouse.CodeOf(err) != lockhouse.CodeUnavailable || !strings.Contains(lockhouse.SentenceOf(err), "not known") {
				t.Errorf("the store said %v", err)
			}
			want := 20
			if c.cut.answered {
				want = 21
			}
			if got := countEvents(t, s); got != want {
				t.Errorf("%d events, want %d", got, want)
			}
		})
	}
}

// TestWireCutBeforeTheCommit cuts the connection at a question: nothing was done, and the transaction runs again.
func TestWireCutBeforeTheCommit(t *testing.T) {
	w, address := startWire(t, pgtest.URL(t))
	s, err := postgres.Open(t.Context(), postgres.Options{URL: address, Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs := 0
	for _, c := range []cut{{answered: false}, {answered: true}} {
		err := s.Update(t.Context(), func(tx store.Tx) error {
			if runs++; runs%2 == 1 {
				w.armed.Store(&c)
			}
			if _, err := tx.Unheard(1); err != nil {
				return errors.New("a function that hides what broke")
			}
			return tx.Say(lockhouse.Event{Kind: lockhouse.EventLockerStarted, At: time.Now()})
		})
		if err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if got := countEvents(t, s); got != 2 || runs != 4 {
		t.Errorf("%d events after %d runs, want 2 after 4", got, runs)
	}
}

func countEvents(t *testing.T, s store.Store) (n int) {
	t.Helper()
	storetest.View(t, s, func(tx store.Tx) error {
		events, err := tx.EventsAfter(0, 1_000)
		n = len(events)
		return err
	})
	return n
}
