package uplink

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"lockhouse/wire"
)

// greetS is what the network may take to say welcome.
const greetS = 15

// setDesired hands on how the locker is to be. A word that is refused ends no line: receipts are to arrive all the same.
func (u *Uplink) setDesired(statement []byte) {
	if len(statement) == 0 {
		return
	}
	if err := u.agent.SetDesired(statement); err != nil {
		u.Log.Warn("uplink: how the network wants this locker to be was refused", slog.Any("error", err))
	}
}

// greet says hello and learns up to which number the locker's receipts are applied. Who the locker is, it proved when it
// connected; the network proves itself by the signed time: without it, whoever ends the TLS could acknowledge receipts
// that never arrived.
func (u *Uplink) greet(ctx context.Context, c conn) (applied uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, greetS*time.Second)
	defer cancel()
	nonce, err := u.agent.TimeNonce()
	if err != nil {
		return 0, err
	}
	if err := c.say(wire.Hello{Locker: u.Locker, Boot: u.agent.Boot(), Version: u.Version, TimeNonce: nonce[:]}); err != nil {
		return 0, err
	}
	first, err := c.hear(ctx)
	if err != nil {
		return 0, err
	}
	if m, ok := first.message.(wire.Refused); ok {
		return 0, refused(m)
	}
	welcome, ok := first.message.(wire.Welcome)
	if !ok {
		return 0, unexpected(first.message, "a welcome")
	}
	if err := u.agent.SetTime(welcome.Time); err != nil {
		return 0, fmt.Errorf("the network's time is not signed by an issuer that this locker knows: %w", err)
	}
	u.setDesired(welcome.Desired)
	return welcome.AppliedThrough, nil
}
