package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lockhouse"
	"lockhouse/app/locker"
	"lockhouse/app/probe"
	"lockhouse/sim/cabinet"
)

// technician stands before a cabinet with the agent's own program, reads what it asks, and does what a person would.
type technician struct {
	t       *testing.T
	program string
	line    *cabinet.Line
	steel   *cabinet.Cabinet
	tried   map[string]bool // locks
	sticks  map[string]int  // doors that are opened by hand, by their lock
	said    strings.Builder
}

// places is how the cabinet is built: eight doors on board 0 and four on board 1, in three columns of four.
func places() (all []lockhouse.Compartment) {
	for n := range 12 {
		all = append(all, lockhouse.Compartment{Number: n + 1, Board: n / 8, Channel: n % 8, Column: n/4 + 1, Row: n%4 + 1, Size: []string{"L", "M", "S", "XL"}[n%4]})
	}
	return all
}

func TestProbe(t *testing.T) {
	t.Parallel()
	program, err := program()
	must(t, err)
	file := filepath.Join(t.TempDir(), "compartments.csv")
	t.Run("prints JSON", func(t *testing.T) { printsJSON(newTechnician(t, program)) })
	t.Run("walks along bad wiring", func(t *testing.T) { badly(newTechnician(t, program), file) })
	t.Run("goes on when it is put right", func(t *testing.T) { putRight(newTechnician(t, program), file) })
}

func newTechnician(t *testing.T, program string) *technician {
	c, err := cabinet.New(places(), cabinet.Settings{SpringMS: 30, Speed: 19_200})
	must(t, err)
	line, err := c.Plug()
	must(t, err)
	t.Cleanup(func() { must(t, line.Close()) })
	return &technician{t: t, program: program, line: line, steel: c, tried: map[string]bool{}, sticks: map[string]int{}}
}

// badly meets every mistake of wiring, and keeps only what is in order.
func badly(p *technician, file string) {
	must(p.t, p.steel.SwapContacts(2, 3))
	must(p.t, p.steel.JoinCoils(5, 6))
	must(p.t, p.steel.FaultDoor(7, cabinet.HookBackwards))
	must(p.t, p.steel.FaultDoor(8, cabinet.HookStuckShut))
	must(p.t, p.steel.FaultDoor(9, cabinet.DoorSticks))
	p.sticks["board 1, lock 0"] = 9
	p.tried["board 0, lock 5"] = true // whose coil went with lock 4's
	said := p.walks(file)
	for _, want := range []string{
		"board 0, 16 locks, hooks 11111101 00000000",
		"The coil at board 0, lock 1 and the contact at board 0, lock 2 belong to one door",
		"The coil at board 0, lock 2 and the contact at board 0, lock 1 belong to one door",
		"board 0, lock 4 moves 2 doors: two locks are on one channel",
		"The contact of compartment 7 says the opposite of the others",
		"board 0, lock 7 opens compartment 8, and no contact says so",
		"Compartment 9 was moved by hand",
		"|   4 XL  | ", // drawn as it is learnt
		fmt.Sprintf("serial_port = %q", p.line.Path()), `board_dialect = "cu16"`,
	} {
		if !strings.Contains(said, want) {
			p.t.Errorf("it did not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "hook_reversed") || strings.Contains(said, "serial_baud") {
		p.t.Error("it asks for settings that are not needed")
	}
	p.kept(file, 1, 4, 9, 10, 11, 12)
}

// putRight goes on where the first walk ended, with the wires as they should be, and takes in what was left out.
func putRight(p *technician, file string) {
	said := p.walks(file)
	if strings.Contains(said, "To put right") || strings.Contains(said, "Pulse board 0, lock 0?") {
		p.t.Errorf("it finds fault, or begins anew:\n%s", said)
	}
	p.kept(file, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
}

// kept makes sure that the file holds these compartments, each as it is built.
func (p *technician) kept(file string, numbers ...int) {
	p.t.Helper()
	f, err := os.Open(file)
	must(p.t, err)
	defer f.Close()
	all, err := locker.ReadCompartments(f, "")
	must(p.t, err)
	if len(all) != len(numbers) {
		p.t.Errorf("%d compartments are in the file, want %v: %+v", len(all), numbers, all)
		return
	}
	for i, c := range all {
		want := places()[numbers[i]-1]
		want.Rank, want.FloorMM, want.Locker = map[string]int{"S": 1, "M": 2, "L": 3, "XL": 4}[want.Size], c.FloorMM, c.Locker
		if c != want {
			p.t.Errorf("kept %+v, want %+v", c, want)
		}
	}
	if floor := all[0].FloorMM; floor != 150 {
		p.t.Errorf("the lowest floor is at %d mm", floor)
	}
}

// walks runs the program and answers until it ends.
func (p *technician) walks(file string) string {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), p.program, "probe", "--port", p.line.Path(), "--dialect", "cu16", "--baud", "19200", "--last-board", "2", "--compartments", file)
	in, err := command.StdinPipe()
	must(p.t, err)
	out, err := command.StdoutPipe()
	must(p.t, err)
	must(p.t, command.Start())
	screen := bufio.NewReader(out)
	for {
		prompt, err := p.reads(screen)
		if err != nil {
			break
		}
		_, err = io.WriteString(in, p.answers(prompt)+"\n")
		must(p.t, err)
	}
	must(p.t, command.Wait())
	return p.said.String()
}

// reads until the program waits for an answer, or for a hand.
func (p *technician) reads(screen *bufio.Reader) (string, error) {
	var text strings.Builder
	for {
		b, err := screen.ReadByte()
		if err != nil {
			return "", err
		}
		p.said.WriteByte(b)
		text.WriteByte(b)
		if strings.HasSuffix(text.String(), " > ") {
			return text.String(), nil
		}
		if strings.HasSuffix(text.String(), "Open or shut one door now.\n") {
			must(p.t, p.steel.Force(p.sticks["board 1, lock 0"]))
		}
	}
}

var asksFor = regexp.MustCompile(`Pulse (board \d+, lock (\d+))\?`)

func (p *technician) answers(prompt string) string {
	switch {
	case strings.Contains(prompt, "lowest compartment"):
		return map[bool]string{true: "150"}[strings.Contains(prompt, "[120]")] // the second time, it is known
	case strings.Contains(prompt, "of the size XL"):
		return "600"
	case strings.Contains(prompt, "Go along these too"):
		return map[bool]string{true: "yes", false: "no"}[strings.Contains(prompt, "board 0, lock 6;")]
	case strings.Contains(prompt, "Shut every door"):
		p.shutAll()
		return ""
	case strings.Contains(prompt, "XL is new"):
		return "4 600"
	case asksFor.MatchString(prompt):
		return p.tries(asksFor.FindAllStringSubmatch(prompt, -1))
	case strings.Contains(prompt, "which compartment is it"):
		return p.sees()
	case strings.Contains(prompt, "If a door opened"):
		return strings.Fields(p.sees() + " ")[0]
	case strings.Contains(prompt, "Is the door open now"):
		return "yes"
	}
	p.t.Errorf("nobody knows what to answer to %q", prompt)
	return "done"
}

// tries says what to do at a lock: pulse it once, move the door that sticks by hand, and leave out the rest.
func (p *technician) tries(asked [][]string) string {
	p.shutAll()
	lock, channel := asked[len(asked)-1][1], asked[len(asked)-1][2]
	switch {
	case len(channel) > 1 || channel > "7" || p.tried[lock] || strings.HasPrefix(lock, "board 1") && channel > "3":
		return "" // Enter leaves it out
	case p.sticks[lock] != 0:
		p.tried[lock] = true
		return "hand"
	}
	p.tried[lock] = true
	return "yes"
}

func (p *technician) shutAll() {
	for _, v := range p.steel.Look() {
		if v.Open {
			must(p.t, p.steel.Shut(v.Number))
		}
	}
}

// sees describes the compartment whose door stands open.
func (p *technician) sees() string {
	for _, v := range p.steel.Look() {
		if c := places()[v.Number-1]; v.Open {
			return fmt.Sprintf("%d %s %d %d", c.Number, c.Size, c.Column, c.Row)
		}
	}
	p.t.Error("no door stands open")
	return "0"
}

// printsJSON finds out what a search prints for other programs, and that it moves nothing.
func printsJSON(p *technician) {
	out, err := exec.CommandContext(p.t.Context(), p.program, "probe", "--json", "--port", p.line.Path(), "--dialect", "cu16", "--last-board", "1").Output()
	must(p.t, err)
	var found probe.Result
	must(p.t, json.Unmarshal(out, &found))
	if len(found.Lines) != 1 || found.Lines[0].Dialect != "cu16" || len(found.Lines[0].Boards) != 2 || len(found.Troubles) != 0 {
		p.t.Errorf("%s", out)
	}
	for _, v := range p.steel.Look() {
		if v.Pulses > 0 {
			p.t.Errorf("a search pulsed lock %d", v.Number)
		}
	}
}
