package doctor

import (
	"context"
	"fmt"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/journal"
)

// memory looks at the journal. While an agent runs, it knows better than the file.
func memory(_ context.Context, p *Patient) {
	path := p.config.JournalPath()
	if p.running != nil {
		p.fine("journal", fmt.Sprintf("The agent has its journal open (%d kB).", p.running.JournalBytes>>10))
		return
	}
	var found journal.Found
	m, err := agent.Glance(func(each func([]byte) error) error {
		var err error
		found, err = journal.Look(path, each)
		return err
	})
	switch {
	case lockhouse.CodeOf(err) == journal.CodeDamaged:
		p.refusal("journal", Fault, err, "The disk lost what it had promised to keep: change it. Keep a copy of the journal for the operator.")
	case lockhouse.CodeOf(err) == agent.CodeJournalNewer:
		p.refusal("journal", Fault, err, "With updates.url in the settings the agent fetches a version by itself, while this stands.")
	case err != nil:
		p.say("journal", Fault, fmt.Sprintf("%s can't be read: %v.", path, err), "Keep a copy, and ask the operator.")
	case found.New:
		p.say("journal", Note, "There is no journal yet: the agent has not run here.", "")
	case found.TornBytes > 0:
		p.say("journal", Note, fmt.Sprintf("The journal's last record is torn (%d bytes), as after a power cut; it was never promised, and is cut off at the next start. If that comes at each start, change the disk.", found.TornBytes), "")
	default:
		p.fine("journal", fmt.Sprintf("The journal can be read: %d records, %d receipts, %d openings under way.", found.Records, m.Receipts, m.UnderWay))
	}
	if err == nil {
		p.floor = m.Floor
	}
}
