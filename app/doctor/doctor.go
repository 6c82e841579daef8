// Package doctor looks at a locker's machine and says in plain words what is wrong with it and what to do. It disturbs
// nothing: an agent that runs is asked how it is, and lock boards are spoken to only while no agent can start.
//
// Each matter has a file: settings.go, state.go, journal.go, clock.go, boards.go, panel.go, air.go, bluez.go, line.go, certificates.go, versions.go, wear.go.
package doctor

import (
	"context"
	"time"

	"lockhouse"
	"lockhouse/app/locker"
)

// Level is how bad something is.
type Level string

// The levels, from good to bad.
const (
	Fine    Level = "fine"
	Note    Level = "note"    // worth knowing
	Warning Level = "warning" // it works, and somebody should see to it
	Fault   Level = "fault"   // parcels can't be stored or fetched as they should
)

// Finding is what there is to say of one matter.
type Finding struct {
	About string `json:"about"`
	Level Level  `json:"level"`
	Says  string `json:"says"`
	Do    string `json:"do,omitempty"` // next; empty where nothing has to be done
}

// Patient is a locker's machine.
type Patient struct {
	SettingsFile string // empty: the defaults
	Now          func() time.Time
	Local        *time.Location // the machine's time zone
	Version      string
	// BlueZSettings is the file that tells BlueZ what to be; empty: it is not looked at.
	BlueZSettings string

	config   locker.Config
	identity *locker.Identity // nil where there is none to be read
	boxes    []lockhouse.Compartment
	running  *locker.Condition // nil while no agent answers
	floor    time.Time         // it is at least this late, as far as is known
	found    []Finding
}

// examinations are done in this order: a later one may build on what an earlier one found.
var examinations = []func(context.Context, *Patient){
	settings, state, agentRunning, identity, memory, clock, wiring, front, air, line, versions, wear,
}

// Examine looks at everything, and gives what it found in the order of a technician's thoughts. It takes some seconds for
// each thing that does not answer.
func Examine(ctx context.Context, p Patient) []Finding {
	for _, look := range examinations {
		if ctx.Err() == nil {
			look(ctx, &p)
		}
		if p.config.StateDir == "" {
			break // without settings there is nothing to look at
		}
	}
	return p.found
}

// Worst gives the level of the worst finding.
func Worst(found []Finding) Level {
	worst, order := 0, []Level{Fine, Note, Warning, Fault}
	for _, f := range found {
		for i, level := range order {
			if f.Level == level {
				worst = max(worst, i)
			}
		}
	}
	return order[worst]
}

func (p *Patient) say(about string, level Level, says, do string) {
	p.found = append(p.found, Finding{About: about, Level: level, Says: says, Do: do})
}

func (p *Patient) fine(about, says string) { p.say(about, Fine, says, "") }

// refusal says what an error says.
func (p *Patient) refusal(about string, level Level, err error, do string) {
	p.say(about, level, lockhouse.SentenceOf(err), do)
}
