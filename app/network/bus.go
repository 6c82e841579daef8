package network

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"sync"

	"lockhouse"
	"lockhouse/api"
	"lockhouse/bus"
	"lockhouse/bus/line"
	"lockhouse/estate/fleet"
	"lockhouse/internal/settings"
	"lockhouse/store"
)

// Bus says by which NATS nodes and lockers speak.
type Bus struct {
	Listen          string   `toml:"listen" doc:"Where lockers' lines arrive, at the NATS server in this process. Off this machine they arrive by TLS, with tls_cert and tls_key."`
	LineURL         string   `toml:"line_url" doc:"The same place as lockers dial it: tls://parcels.example:7422, or nats:// on this machine. Their proof names it, so it must be what their own config has."`
	URLs            []string `toml:"urls" doc:"Servers of a NATS cluster to use instead of one in this process, such as tls://nats-1.example:4222. lockhouse nats config prints what the cluster has to be told."`
	CredentialsFile string   `toml:"credentials_file" doc:"File with the nodes' two keys for that cluster, the same on every node. lockhouse nats config makes it."`
	CAFile          string   `toml:"ca_file" doc:"File with the certificates, in PEM, by which the cluster is known. Empty: the machine's own."`
	Certificates    string   `toml:"certificates" doc:"Whether a locker must show a certificate of its key in TLS: needed, or asked while agents from before there were any are about, or the cluster asks for none (docs/howto/nats.md). With asked, who has a false certificate for line_url's host can sit in a line."`
}

// What bus.certificates can be.
const (
	certificatesNeeded = "needed"
	certificatesAsked  = "asked"
)

// busDir is where the server in this process keeps house.
const busDir = "bus"

func (c Config) checkBus() error {
	b := c.Bus
	if b.Certificates != certificatesNeeded && b.Certificates != certificatesAsked {
		return settings.RefuseKey("bus.certificates", "must be needed or asked")
	}
	if err := settings.CheckLine("bus.line_url", b.LineURL); err != nil {
		return err
	}
	if len(b.URLs) > 0 {
		return b.checkOutside()
	}
	host, _, err := net.SplitHostPort(b.Listen)
	if err != nil {
		return settings.RefuseKey("bus.listen", "is not an address such as 127.0.0.1:7422")
	}
	if !settings.ThisMachine(host) && c.TLSCert == "" {
		return settings.RefuseKey("bus.listen", "%s can be reached from outside without TLS; set tls_cert and tls_key, or listen on 127.0.0.1", b.Listen)
	}
	return nil
}

func (b Bus) checkOutside() error {
	for _, u := range b.URLs {
		if err := settings.CheckLine("bus.urls", u); err != nil {
			return err
		}
	}
	if b.CredentialsFile == "" {
		return settings.RefuseKey("bus.credentials_file", "is missing beside bus.urls; lockhouse nats config makes one")
	}
	return nil
}

// host is what a locker's proof must name.
func (b Bus) host() string {
	u, err := url.Parse(b.LineURL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Connect opens the bus: events are carried, other nodes' are heard of, and lockers are answered. Serve begins with it;
// HangUp ends it.
func (n *Network) Connect(ctx context.Context) error {
	o := bus.Options{
		Listen: n.config.Bus.Listen, TLSCert: n.config.TLSCert, TLSKey: n.config.TLSKey, Dir: filepath.Join(n.config.DataDir, busDir),
		URLs: n.config.Bus.URLs, CAFile: n.config.Bus.CAFile, Node: lockhouse.NewID("node", n.parts.Now(), n.parts.Random),
		Random: n.parts.Random, Log: n.parts.Log,
	}
	if len(o.URLs) > 0 {
		var err error
		if o.Credentials, err = bus.ReadCredentials(n.config.Bus.CredentialsFile); err != nil {
			return err
		}
	}
	b, err := bus.Open(o)
	if err != nil {
		return err
	}
	w := &wires{bus: b, desk: &line.Desk{
		Bus: b, Store: n.store, Fleet: n.rooms.fleet, Issuer: n.keys.issuer, Host: n.config.Bus.host(), Now: n.parts.Now, Log: n.parts.Log,
		Uncertified: n.config.Bus.Certificates == certificatesAsked, Watcher: openings{n},
	}}
	n.wires.Store(w)
	return w.plug(n)
}

// wires are an open bus and what is done on it.
type wires struct {
	bus  *bus.Bus
	desk *line.Desk
	stop context.CancelFunc
	work sync.WaitGroup
	once sync.Once
}

// plug begins all of it, and returns when lockers can call.
func (w *wires) plug(n *Network) error {
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	w.work.Go(func() { w.bus.RelayEvents(ctx, n.store, n.carry) })
	w.work.Go(func() {
		w.bus.HearEvents(ctx, func(node string, _ bus.Run) {
			if node != w.bus.Node {
				n.nudge.Ring()
				n.said.Ring()
			}
		})
	})
	open := make(chan error, 2)
	w.work.Go(func() {
		open <- w.desk.Run(ctx, func() error {
			err := w.bus.OpenDoor()
			open <- err
			return err
		})
	})
	return <-open
}

// cut ends it all, and waits; once is enough.
func (w *wires) cut() {
	w.once.Do(func() {
		w.stop()
		w.work.Wait()
		w.bus.Close()
	})
}

// notConnected is said by a network that does not serve yet.
func notConnected() error {
	return lockhouse.Refuse(lockhouse.CodeUnavailable, "The network is not connected to its lockers yet. Try again.")
}

// Tell says to a locker how it is to be.
func (n *Network) Tell(ctx context.Context, locker lockhouse.LockerID) error {
	if w := n.wires.Load(); w != nil {
		return w.desk.Tell(ctx, locker)
	}
	return notConnected()
}

// Command has a locker do something now.
func (n *Network) Command(ctx context.Context, locker lockhouse.LockerID, verb lockhouse.CommandVerb) (lockhouse.Outcome, error) {
	if w := n.wires.Load(); w != nil {
		return w.desk.Command(ctx, locker, verb)
	}
	return "", notConnected()
}

// Rekey has a locker make the next of its keys.
func (n *Network) Rekey(ctx context.Context, locker lockhouse.LockerID) (lockhouse.Outcome, error) {
	if w := n.wires.Load(); w != nil {
		return w.desk.Rekey(ctx, locker)
	}
	return "", notConnected()
}

// Forget has a retired locker forget its keys.
func (n *Network) Forget(ctx context.Context, locker lockhouse.LockerID) (lockhouse.Outcome, error) {
	if w := n.wires.Load(); w != nil {
		return w.desk.Forget(ctx, locker)
	}
	return "", notConnected()
}

// hangUpOn hears that a locker is in others' hands, and ends its line.
func (n *Network) hangUpOn(_ store.Tx, e lockhouse.Event) error {
	if w := n.wires.Load(); w != nil && e.Note == fleet.RetiredStolen {
		w.desk.HangUp(e.Locker)
	}
	return nil
}

// forget tells lockers that were retired, and are empty, to forget their keys. One whose line is not up is told another time.
func (n *Network) forget(ctx context.Context, _ int) (done int, err error) {
	empty, err := n.rooms.fleet.ToForget(ctx)
	for _, id := range empty {
		outcome, err := n.Forget(ctx, id)
		n.parts.Log.Info("retiring", slog.String("locker", string(id)), slog.String("outcome", string(outcome)), slog.Any("error", err))
	}
	return 0, err
}

// Relay asks a locker for a session in a phone's name.
func (n *Network) Relay(ctx context.Context, locker lockhouse.LockerID) (api.Relay, error) {
	w := n.wires.Load()
	if w == nil {
		return nil, notConnected()
	}
	way, err := w.desk.Relay(ctx, locker)
	if err != nil {
		return nil, err // and no *line.Relay, which would not be nil
	}
	return way, nil
}

// desk is the network's end of the lockers' lines; nil before Connect.
func (n *Network) desk() *line.Desk {
	if w := n.wires.Load(); w != nil {
		return w.desk
	}
	return nil
}

// BusStatus tells how the bus is, for readiness and metrics; before Connect nothing is.
func (n *Network) BusStatus() bus.Status {
	if w := n.wires.Load(); w != nil {
		return w.bus.Status()
	}
	return bus.Status{}
}
