package doctor

import (
	"context"
	"fmt"
	"time"

	"lockhouse"
)

// aheadH is how far the machine's clock may be ahead of the network's word before it is told.
const aheadH = 24

// clock holds the machine's clock against the earliest that it can be.
func clock(_ context.Context, p *Patient) {
	now, day := p.Now(), time.DateTime+" MST"
	if p.floor.IsZero() && p.identity != nil {
		p.floor = p.identity.MadeAt
	}
	known := p.running != nil && p.running.Agent.TimeQuality != lockhouse.TimeFloor
	switch {
	case p.floor.IsZero():
		p.say("clock", Note, "Nothing says yet how late it is at least.", "")
	case now.Before(p.floor.Add(-time.Minute)):
		p.say("clock", Warning, fmt.Sprintf("The machine's clock says %s, which is earlier than the network has said (%s). The agent does not believe it: recipients are served, couriers' grants wait for the line.",
			now.UTC().Format(day), p.floor.UTC().Format(day)), "A machine without a clock of its own, or with an empty battery: fit a real-time clock or change its battery, or see that the line is up.")
	case known && now.After(p.floor.Add(aheadH*time.Hour)):
		p.say("clock", Warning, fmt.Sprintf("The machine's clock says %s, and the network says %s. The agent goes by the network.", now.UTC().Format(day), p.floor.UTC().Format(day)),
			"Set the clock (timedatectl), and change its battery.")
	case p.running != nil && !known:
		p.say("clock", Note, "The network has not said the time since the agent started, or for 45 days: couriers' grants wait for the line, recipients are served.", "")
	default:
		p.fine("clock", "The machine's clock is not before the earliest that it can be.")
	}
}
