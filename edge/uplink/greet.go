package uplink

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// Bounds of one exchange.
const (
	dialS  = 15
	greetS = 15
	writeS = 10
)

var errRedirect = errors.New("the network sent the locker elsewhere; a line goes to the address in the config alone")

func noRedirect(*http.Request, []*http.Request) error { return errRedirect }

// dial opens the WebSocket.
func (u *Uplink) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialS*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, u.address.String(), &websocket.DialOptions{HTTPClient: u.client})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(wire.MaxUplinkBytes)
	return conn, nil
}

// greet proves who the locker is and learns up to which number its receipts are applied. The network proves itself by
// the signed time: without it, whoever ends the TLS could acknowledge receipts that never arrived.
func (u *Uplink) greet(ctx context.Context, conn *websocket.Conn) (applied uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, greetS*time.Second)
	defer cancel()
	message, err := hear(ctx, conn)
	if err != nil {
		return 0, err
	}
	challenge, ok := message.(wire.Challenge)
	if !ok {
		return 0, unexpected(message, "a challenge")
	}
	if err := u.hello(ctx, conn, challenge); err != nil {
		return 0, err
	}
	if message, err = hear(ctx, conn); err != nil {
		return 0, err
	}
	welcome, ok := message.(wire.Welcome)
	if !ok {
		return 0, unexpected(message, "a welcome")
	}
	if err := u.agent.SetTime(welcome.Time); err != nil {
		return 0, fmt.Errorf("the network's time is not signed by an issuer that this locker knows: %w", err)
	}
	return welcome.AppliedThrough, nil
}

// hello answers a challenge. One for another host was made for another line: who passes it on wants to be taken for us.
func (u *Uplink) hello(ctx context.Context, conn *websocket.Conn, c wire.Challenge) error {
	if c.Host != u.address.Host {
		return fmt.Errorf("%w: called %s, and %q answered; the network's own address and network_url must be the same", wire.ErrUplink, u.address.Host, c.Host)
	}
	proof, err := credential.ProveCall(u.Key, credential.Call{Challenge: c.Challenge, Locker: u.Locker, Host: c.Host})
	if err != nil {
		return err
	}
	nonce, err := u.agent.TimeNonce()
	if err != nil {
		return err
	}
	return say(ctx, conn, wire.Hello{Locker: u.Locker, Boot: u.agent.Boot(), Version: u.Version, Proof: proof, TimeNonce: nonce[:]})
}

func say(ctx context.Context, conn *websocket.Conn, message any) error {
	data, err := wire.EncodeUplink(message)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, writeS*time.Second)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, data)
}

func hear(ctx context.Context, conn *websocket.Conn) (any, error) {
	kind, data, err := conn.Read(ctx)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, fmt.Errorf("%w: binary", wire.ErrUplink)
	}
	return wire.DecodeUplink(data)
}

// hangUp ends a line: with a word where the other end broke the rules, at once where it is gone. Neither can fail in a
// way that matters: the line is given up.
func hangUp(conn *websocket.Conn, why error) {
	if errors.Is(why, wire.ErrUplink) {
		_ = conn.Close(websocket.StatusPolicyViolation, "not understood")
	}
	_ = conn.CloseNow()
}
