package uplink

import (
	"context"
	"net"
	"time"
)

// State is whether the line is up, since when, and if not, why.
type State struct {
	Up    bool
	Since time.Time // zero before the first call has ended
	Why   error
}

// State gives how the line is just now.
func (u *Uplink) State() State {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.state
}

// note keeps how the line is; that it is still so, changes nothing but the reason.
func (u *Uplink) note(up bool, why error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if up != u.state.Up || u.state.Since.IsZero() {
		u.state.Since = time.Now()
	}
	u.state.Up, u.state.Why = up, why
}

// Step is how far a try to reach the network comes.
type Step string

// The steps, in order.
const (
	StepName    Step = "name"    // the host has an address
	StepConnect Step = "connect" // something listens there
	StepTLS     Step = "tls"     // it has a certificate that is good for this host, now
	StepLogin   Step = "login"   // it speaks, and lets this locker in
)

// Try goes the way to the network once, and gives the step that failed with its reason, or no error; and what the network has shown of
// itself, if it came so far. With login it lets the locker in and hangs up: only where no agent is on the line.
func (u *Uplink) Try(ctx context.Context, login bool) (step Step, shown Shown, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialS*time.Second)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, u.address.Hostname()); err != nil {
		return StepName, shown, err
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.address.Host)
	if err != nil {
		return StepConnect, shown, err
	}
	if u.address.Scheme == "tls" {
		shown, err = u.look(ctx, raw)
	}
	if _ = raw.Close(); err != nil { // it was only tried
		return StepTLS, shown, err
	}
	if !login {
		return "", shown, nil
	}
	c, err := u.open(ctx)
	if err != nil {
		return StepLogin, shown, err
	}
	c.hangUp()
	return "", shown, nil
}

func (u *Uplink) look(ctx context.Context, raw net.Conn) (Shown, error) {
	secure := u.secure(raw)
	if err := secure.HandshakeContext(ctx); err != nil {
		return Shown{}, err
	}
	return u.judge(secure.ConnectionState().PeerCertificates)
}
