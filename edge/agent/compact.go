package agent

import (
	"lockhouse"
	"lockhouse/internal/strictcbor"
)

// tidy keeps the durable floor near the present, and the journal short: when it has grown, it is written anew as the
// state and the receipts that are still kept.
func (a *Agent) tidy() {
	if a.keepFloor() != nil || a.appended <= maxJournalRecords+len(a.kept) || a.Now().Before(a.rewriteAt) {
		return
	}
	a.rewriteAt = a.Now().Add(rewriteRetry)
	if err := a.rewrite(); err != nil && lockhouse.CodeOf(err) != lockhouse.CodeNotKept {
		_ = a.fail(err) // a disk without room for a second journal may still have some for the first
	}
}

func (a *Agent) rewrite() error {
	a.state.FloorS = max(a.state.FloorS, a.floorS())
	lines := []record{{Kind: recordState, AtS: a.state.FloorS, State: &a.state}}
	lines = append(lines, a.state.waitsAsRecords()...)
	for _, k := range a.kept {
		lines = append(lines, record{Kind: recordReceipt, AtS: a.state.FloorS, Receipt: k.raw})
	}
	records := make([][]byte, len(lines))
	for i := range lines {
		var err error
		if records[i], err = strictcbor.Encode(&lines[i]); err != nil {
			return err
		}
	}
	if err := a.Journal.Rewrite(records); err != nil {
		return err
	}
	a.appended = len(records)
	return nil
}
