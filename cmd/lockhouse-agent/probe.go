package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"lockhouse"
	"lockhouse/app/probe"
	"lockhouse/edge/board"
)

type probeCommand struct {
	Port         []string `placeholder:"PORT" help:"Look at this serial port alone; may be given several times. Otherwise at all that there are."`
	Dialect      string   `placeholder:"NAME" help:"Try this dialect alone (cu16, cu24, cu48, 8a, winnsen, wkly)."`
	Baud         int      `help:"Try this speed alone."`
	LastBoard    int      `placeholder:"ADDRESS" help:"Ask at addresses up to this one; it is quicker. Otherwise at all that the dialect has."`
	Search       bool     `help:"Only search; move nothing and ask nothing."`
	JSON         bool     `name:"json" help:"Only search, and print what was found as JSON."`
	Compartments string   `type:"path" default:"compartments.csv" placeholder:"FILE" help:"Where the compartments are written to after each door; a file that is there is gone on from."`
}

// Run searches for lock boards, and then walks through the wiring with the technician.
func (c *probeCommand) Run(ctx context.Context) error {
	search, err := c.search()
	if err != nil {
		return err
	}
	found, err := search.Run(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(found)
	}
	show(found)
	if c.Search || len(found.Lines) == 0 {
		return none(found)
	}
	return c.walk(ctx, found)
}

func (c *probeCommand) search() (probe.Search, error) {
	s := probe.Search{Ports: c.Port, Dialects: board.Dialects(), Baud: c.Baud, LastBoard: c.LastBoard, Tell: func(port, dialect string, baud int) {
		fmt.Fprintf(os.Stderr, "Asking at %s, %d baud: %s\n", port, baud, dialect)
	}}
	if c.Dialect != "" {
		d, err := board.Named(c.Dialect)
		if err != nil {
			return s, err
		}
		s.Dialects = []board.Dialect{d}
	}
	if len(s.Ports) > 0 {
		return s, nil
	}
	var err error
	s.Ports, err = board.Ports()
	return s, err
}

// show prints what was found, for people.
func show(found probe.Result) {
	for _, l := range found.Lines {
		fmt.Printf("%s: %s, dialect %s, %d baud\n", l.Port, l.Make, l.Dialect, l.Baud)
		if l.Unsure != "" {
			fmt.Printf("  Compare with the vendor's sheet: %s.\n", l.Unsure)
		}
		for _, b := range l.Boards {
			fmt.Printf("  board %d, %d locks, hooks %s (1: holds a door)\n", b.Board, len(b.Holds), bits(b.Holds))
			if slices.Contains(b.Sees, true) {
				fmt.Printf("    its sensors say   %s (1: sees something inside)\n", bits(b.Sees))
			}
		}
	}
	for _, t := range found.Troubles {
		fmt.Printf("%s: %s\n", t.Port, t.Says)
	}
}

func bits(locks []bool) string {
	var b strings.Builder
	for i, is := range locks {
		if i > 0 && i%8 == 0 {
			b.WriteByte(' ')
		}
		if is {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}

func none(found probe.Result) error {
	if len(found.Lines) > 0 {
		return nil
	}
	return lockhouse.Refuse(board.CodeBoardSilent, "No lock board answers at %d serial ports; check the adapter, the boards' power and their A and B wires.", len(found.Troubles))
}

// walk goes along one line; if there are several, the technician says which.
func (c *probeCommand) walk(ctx context.Context, found probe.Result) error {
	if len(found.Lines) > 1 {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Lock boards answer at %d ports; choose one with --port.", len(found.Lines))
	}
	line := found.Lines[0]
	dialect, err := board.Named(line.Dialect)
	if err != nil {
		return err
	}
	driver := board.New(dialect, board.Serial(line.Port, line.Baud), board.Settings{})
	defer driver.Close()
	talk := probe.NewTalk(os.Stdin, os.Stdout)
	defer talk.Close()
	return probe.Walk(ctx, talk, line, driver, c.Compartments)
}
