package uplink

import (
	"context"
	"fmt"
	"time"

	"lockhouse/wire"
)

// greetS is what the network may take to say welcome.
const greetS = 15

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
	message, err := c.hear(ctx)
	if err != nil {
		return 0, err
	}
	if m, ok := message.(wire.Refused); ok {
		return 0, refused(m)
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
