package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"lockhouse"
	"lockhouse/edge/journal"
)

// wiring looks at serial port, lock boards and doors: through the agent where one runs, and otherwise by asking the boards
// how their doors are, which moves nothing.
func wiring(ctx context.Context, p *Patient) {
	if p.running != nil {
		p.boardsOfAgent()
		return
	}
	if len(p.boxes) == 0 {
		return
	}
	giveBack, err := journal.Borrow(p.config.JournalPath())
	if err != nil {
		p.refusal("boards", Warning, err, "An agent is just starting, or hangs; run the doctor again in a minute.")
		return
	}
	defer func() { _ = giveBack() }()
	if p.port() {
		p.askBoards(ctx)
	}
}

func (p *Patient) boardsOfAgent() {
	a := p.running.Agent
	for _, id := range a.Silent {
		p.say("boards", Fault, fmt.Sprintf("Lock board %d does not answer the agent: its doors can't be opened. %s", id, a.Troubles[id]),
			"Check its power, its address switches, and the A and B wires; is "+p.config.SerialPort+" there?")
	}
	if len(a.Silent) == 0 {
		p.fine("boards", "Every lock board answers the agent.")
	}
	p.doorsOpen(a.LeftOpen)
}

func (p *Patient) askBoards(ctx context.Context) {
	boards, err := p.config.Boards(p.boxes)
	if err != nil {
		p.refusal("boards", Fault, err, "Correct board_dialect, or "+p.config.Compartments+".")
		return
	}
	defer boards.Close()
	var ids, open []int
	for _, box := range p.boxes {
		if !slices.Contains(ids, box.Board) {
			ids = append(ids, box.Board)
		}
	}
	silent := false
	for _, id := range ids {
		shut, err := boards.Shut(ctx, id)
		if err != nil {
			silent = true
			p.refusal("boards", Fault, withoutCause(err), "Then run the doctor again.")
			continue
		}
		for _, box := range p.boxes {
			if box.Board == id && box.Channel < len(shut) && !shut[box.Channel] {
				open = append(open, box.Number)
			}
		}
	}
	if !silent {
		p.fine("boards", fmt.Sprintf("Every lock board answers (%d).", len(ids)))
	}
	p.doorsOpen(open)
}

// withoutCause leaves a refusal its sentence.
func withoutCause(err error) error {
	if r, ok := err.(*lockhouse.Error); ok {
		return lockhouse.Refuse(r.Code, "%s", r.Sentence)
	}
	return err
}

func (p *Patient) doorsOpen(numbers []int) {
	switch n := len(numbers); {
	case n == 0:
		return
	case n > 1 && n == len(p.boxes):
		p.say("doors", Fault, "Every door is seen open.", "If they are shut, the contacts read the other way round: change hook_reversed, and start the agent anew.")
		return
	}
	slices.Sort(numbers)
	list := strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
	p.say("doors", Warning, "Seen open: compartment "+list+".", "Shut it. If it is shut, its contact or its wire is broken.")
}
