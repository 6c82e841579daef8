package agent

import (
	"slices"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

// maxObeyed bounds the commands that are remembered: each until its time is over, a minute at most.
const maxObeyed = 64

// verbs are what this agent does.
var verbs = []lockhouse.CommandVerb{lockhouse.CommandReport, lockhouse.CommandRelease, lockhouse.CommandRetire, lockhouse.CommandLeave,
	lockhouse.CommandRekey, lockhouse.CommandSwitch, lockhouse.CommandKnown, lockhouse.CommandShow, lockhouse.CommandForget}

// obeyed is a command that was taken.
type obeyed struct {
	id        [8]byte
	expiresAt time.Time
}

// Obey decides about a command of the network, and gives its verb where it is to be done. No command opens a door; all the
// same a locker does nothing that is not meant for it, now and once: it refuses one that its issuer did not sign, one for
// another locker, one whose time is over or begun before the agent did, one that it has done, and any while it does not
// know how late it is.
func (a *Agent) Obey(statement []byte) (lockhouse.CommandVerb, lockhouse.Outcome) {
	c, err := credential.VerifyCommand(a.trusted(), statement)
	if err != nil || c.Locker != a.config.Locker {
		return "", lockhouse.OutcomeForeign
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	outcome := a.outcome(c)
	if outcome == lockhouse.OutcomeDone && ends(c.Verb) {
		outcome = a.end(c.Verb)
	}
	if outcome == lockhouse.OutcomeDone {
		outcome = a.do(c, statement)
	}
	if outcome == lockhouse.OutcomeDone {
		a.retired = a.retired || ends(c.Verb)
		a.obeyed = append(a.obeyed, obeyed{c.ID, c.ExpiresAt})
	}
	return c.Verb, outcome
}

// do does what is done here: what is left is for who speaks with the network.
func (a *Agent) do(c lockhouse.Command, statement []byte) lockhouse.Outcome {
	switch c.Verb {
	case lockhouse.CommandRelease:
		return a.release(c.Doubt)
	case lockhouse.CommandRekey:
		return a.rekey(statement)
	case lockhouse.CommandSwitch:
		return a.switchTo(c.Keyset)
	case lockhouse.CommandKnown:
		return a.noteKnown(statement)
	case lockhouse.CommandShow:
		return a.mayShow()
	case lockhouse.CommandForget:
		return a.forget(c.Keyset)
	}
	return lockhouse.OutcomeDone
}

func (a *Agent) outcome(c lockhouse.Command) lockhouse.Outcome {
	now := a.Now()
	if a.clock.quality(now) == lockhouse.TimeFloor {
		return lockhouse.OutcomeNoTime
	}
	late := a.clock.floor(now)
	a.obeyed = slices.DeleteFunc(a.obeyed, func(o obeyed) bool { return !late.Before(o.expiresAt) })
	switch {
	case !late.Before(c.ExpiresAt), c.IssuedAt.Before(late.Add(-now.Sub(a.started)).Truncate(time.Second)):
		return lockhouse.OutcomeExpired
	case slices.ContainsFunc(a.obeyed, func(o obeyed) bool { return o.id == c.ID }):
		return lockhouse.OutcomeRepeated
	case !slices.Contains(verbs, c.Verb):
		return lockhouse.OutcomeUnknown
	case len(a.obeyed) >= maxObeyed:
		return lockhouse.OutcomeBusy
	}
	return lockhouse.OutcomeDone
}

func ends(verb lockhouse.CommandVerb) bool {
	return verb == lockhouse.CommandRetire || verb == lockhouse.CommandLeave
}

// end decides whether the locker may end. While something lies inside it may not; nor is its end noted while the network lacks a receipt.
func (a *Agent) end(verb lockhouse.CommandVerb) lockhouse.Outcome {
	switch {
	case !a.empty():
		return lockhouse.OutcomeConflict
	case verb == lockhouse.CommandRetire && a.acked < a.state.Seq:
		return lockhouse.OutcomeBusy
	}
	return lockhouse.OutcomeDone
}

// release frees a compartment that is in doubt. One in which the parcel was seen to be put since, which has another generation,
// or at which somebody stands, is none.
func (a *Agent) release(d lockhouse.Doubt) lockhouse.Outcome {
	i := slices.IndexFunc(a.state.Compartments, func(c *compartment) bool { return int(c.Number) == d.Compartment })
	if i < 0 {
		return lockhouse.OutcomeConflict
	}
	c := a.state.Compartments[i]
	if !c.inDoubt() || c.Ref != d.Ref || c.Generation != d.Generation {
		return lockhouse.OutcomeConflict
	}
	if a.write(record{Kind: recordReleased, Number: c.Number}) != nil {
		return lockhouse.OutcomeBusy
	}
	return lockhouse.OutcomeDone
}

// inDoubt tells whether a cut left open what lies inside, and nobody is at the door to find out.
func (c *compartment) inDoubt() bool {
	return c.Doubtful && (c.Opening == nil || c.Opening.Stage == stuck)
}

// doubts lists the compartments in doubt, for the network, which may know where their parcels are.
func (a *Agent) doubts() (all []wire.Doubt) {
	for _, c := range a.state.Compartments {
		if c.inDoubt() {
			all = append(all, wire.Doubt{Compartment: int(c.Number), Generation: c.Generation, Ref: c.Ref})
		}
	}
	return all
}

// empty tells whether nothing lies inside for all that is known, and nobody is at a door.
func (a *Agent) empty() bool {
	return !slices.ContainsFunc(a.state.Compartments, func(c *compartment) bool {
		return c.Ref != lockhouse.ParcelRef{} || c.Doubtful || c.Opening != nil
	})
}
