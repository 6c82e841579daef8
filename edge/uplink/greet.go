package uplink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"lockhouse"
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
	first, err := u.hello(ctx, c)
	if err != nil {
		return 0, err
	}
	welcome, ok := first.(wire.Welcome)
	if !ok {
		return 0, unexpected(first, "a welcome")
	}
	if err := u.agent.SetTime(welcome.Time); err != nil {
		return 0, fmt.Errorf("the network's time is not signed by an issuer that this locker knows: %w", err)
	}
	u.setDesired(welcome.Desired)
	if u.leaves(welcome.Command) {
		return 0, errLeft
	}
	return welcome.AppliedThrough, nil
}

var errLeft = errors.New("uplink: this locker was retired")

// leaves has the locker forget who it is, where the network says so, signed, and the agent finds it good. Nothing is answered: whoever
// calls here again is told again.
func (u *Uplink) leaves(command []byte) bool {
	if len(command) == 0 {
		return false
	}
	verb, outcome := u.agent.Obey(command)
	u.Log.Info("uplink: commanded in the welcome", slog.String("verb", string(verb)), slog.String("outcome", string(outcome)))
	if verb != lockhouse.CommandLeave || outcome != lockhouse.OutcomeDone {
		return false
	}
	if u.Retire != nil {
		u.Retire()
	}
	return true
}

// hello says hello until it is answered by something else than that there is no room just now.
func (u *Uplink) hello(ctx context.Context, c conn) (first any, err error) {
	for rest := u.firstWait; ; rest *= 2 {
		nonce, err := u.agent.TimeNonce()
		if err != nil {
			return nil, err
		}
		if err := c.say(wire.Hello{Locker: u.Locker, Boot: u.agent.Boot(), Version: u.Version, TimeNonce: nonce[:], Rekeyed: u.Keys.Rekeyed()}); err != nil {
			return nil, err
		}
		answer, err := c.hear(ctx)
		if err != nil {
			return nil, err
		}
		m, no := answer.message.(wire.Refused)
		switch {
		case !no:
			return answer.message, nil
		case m.Code != lockhouse.CodeUnavailable || !sleep(ctx, u.chance(rest)):
			return nil, refused(m)
		}
	}
}
