package doctor

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/edge/uplink"
	"lockhouse/wire"
)

// whatToDo says it for each step at which the way to the network can end.
var whatToDo = map[uplink.Step]string{
	uplink.StepName:    "Is there a network (ip addr) and a name server (resolvectl status)? Is the name in line_url right?",
	uplink.StepConnect: "Does a firewall on the way allow the locker to call out to this port? Does the network run?",
	uplink.StepTLS:     "Is the port in line_url that of the line? Is the certificate for this name, in time, and from an authority that this machine knows (ca_file, or without it ca-certificates)?",
	uplink.StepLogin:   "Was this locker registered (lockhouse import locker)? Was its state directory replaced?",
}

// line goes the way to the network. It logs in only where no agent does.
func line(ctx context.Context, p *Patient) {
	if p.config.LineURL == "" {
		p.say("line", Note, "The locker has no line (line_url is empty): phones carry its receipts.", "")
		return
	}
	if p.identity == nil {
		return // without keys nobody is let in
	}
	u, err := p.config.Line(locker.Parts{Identity: *p.identity, Now: p.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Version: p.Version}, caller{p.floor}, uplink.OneKey{Signer: p.identity.Receipt}, nil)
	if err != nil {
		p.refusal("line", Fault, err, "Correct line_url.")
		return
	}
	step, shown, err := u.Try(ctx, p.running == nil)
	p.ends(shown)
	switch {
	case err != nil:
		p.say("line", Fault, fmt.Sprintf("The network (%s) can't be reached (%s): %v.", p.config.LineURL, step, err), whatToDo[step])
	case p.running != nil && p.running.Line != nil && !p.running.Line.Up:
		p.say("line", Fault, fmt.Sprintf("The network can be reached, and the agent's line is down: %s.", p.running.Line.Why), whatToDo[uplink.StepLogin])
	default:
		p.fine("line", "The network can be reached.")
	}
}

// caller is an agent that says nothing on the line: it is only tried whether there is one.
type caller struct{ floor time.Time }

func (c caller) Floor() time.Time                                  { return c.floor }
func (caller) ReceiptsAfter(uint64, int) [][]byte                  { return nil }
func (caller) Acknowledged(uint64)                                 {}
func (caller) Watch() (<-chan struct{}, func())                    { return nil, func() {} }
func (caller) TimeNonce() (n [wire.TimeNonceBytes]byte, err error) { return n, nil }
func (caller) SetTime([]byte) error                                { return nil }
func (caller) SetDesired([]byte) error                             { return nil }
func (caller) Obey([]byte) (lockhouse.CommandVerb, lockhouse.Outcome) {
	return "", lockhouse.OutcomeUnknown
}
func (caller) Health() wire.Health                    { return wire.Health{} }
func (caller) Openings() []wire.Opening               { return nil }
func (caller) Figures() []lockhouse.Figures           { return nil }
func (caller) FiguresCounted(lockhouse.Day, int) bool { return false }
func (caller) Lined(bool)                             {}
func (caller) Boot() uint32                           { return 0 }
