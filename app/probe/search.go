package probe

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"lockhouse"
	"lockhouse/edge/board"
)

// oddBauds are tried at last: boards that somebody has set to another speed than they came with.
var oddBauds = []int{9_600, 19_200, 38_400, 57_600, 115_200}

const firstAddresses = 2 // where boards mostly are

// Search says where to look.
type Search struct {
	Ports     []string
	Dialects  []board.Dialect
	Baud      int                                  // 0: the dialects' own, and then all others
	LastBoard int                                  // the highest address to ask at; 0: all that a dialect has
	Tell      func(port, dialect string, baud int) // what is being tried; it may take minutes
}

// Run looks at one port after the other. It ends early when ctx does, with its error.
func (s Search) Run(ctx context.Context) (Result, error) {
	r := Result{Lines: []Line{}, Troubles: []Trouble{}}
	for _, port := range s.Ports {
		line, found, trouble := s.port(ctx, port)
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if found {
			r.Lines = append(r.Lines, line)
			continue
		}
		r.Troubles = append(r.Troubles, Trouble{port, string(lockhouse.CodeOf(trouble)), saying(trouble)})
	}
	return r, nil
}

// saying gives an error's sentence, with the cause behind it where the port itself is the trouble.
func saying(err error) string {
	text := lockhouse.SentenceOf(err)
	if cause := errors.Unwrap(err); cause != nil && lockhouse.CodeOf(err) == board.CodeLineDown {
		text += " (" + cause.Error() + ")"
	}
	return text
}

// attempt is one dialect at one speed, with addresses to knock at.
type attempt struct {
	dialect   board.Dialect
	baud      int
	addresses []int
}

// attempts are in order of likelihood: the first addresses at the speed that boards come with, all addresses, and then
// other speeds.
func (s Search) attempts() (all []attempt) {
	for _, far := range []bool{false, true} {
		for _, d := range s.Dialects {
			t := d.Traits()
			all = append(all, attempt{d, cmp.Or(s.Baud, t.Baud), s.addresses(t, far)})
		}
	}
	if s.Baud != 0 {
		return all
	}
	for _, baud := range oddBauds {
		for _, d := range s.Dialects {
			if t := d.Traits(); t.Baud != baud {
				all = append(all, attempt{d, baud, s.addresses(t, false)})
			}
		}
	}
	return all
}

// addresses gives the first ones of a line, or those after them.
func (s Search) addresses(t board.Traits, far bool) (all []int) {
	for n := t.FirstBoard; n <= s.last(t); n++ {
		if far == (n >= t.FirstBoard+firstAddresses) {
			all = append(all, n)
		}
	}
	return all
}

// port looks for boards at one port. Without any, trouble says the most that can be said.
func (s Search) port(ctx context.Context, port string) (l Line, found bool, trouble error) {
	for _, a := range s.attempts() {
		t := a.dialect.Traits()
		s.Tell(port, t.Name, a.baud)
		boards, err := knock(ctx, port, a)
		if len(boards) > 0 {
			rest, _ := knock(ctx, port, attempt{a.dialect, a.baud, s.others(t, a.addresses)}) // silence is no trouble now
			return Line{Port: port, Dialect: t.Name, Make: t.Make, Baud: a.baud, Unsure: t.Unsure, Boards: inOrder(append(boards, rest...))}, true, nil
		}
		trouble = telling(trouble, err)
		if lockhouse.CodeOf(err) == board.CodeLineDown || ctx.Err() != nil {
			break
		}
	}
	return Line{}, false, trouble
}

// knock asks for the status of the boards at some addresses, once each, and gives those that answer. The error is the
// most telling one: nonsense rather than silence.
func knock(ctx context.Context, port string, a attempt) (found []Board, trouble error) {
	driver := board.New(a.dialect, board.Serial(port, a.baud), board.Settings{StatusTries: 1})
	defer driver.Close() // nothing is lost with it
	for _, n := range a.addresses {
		status, err := driver.Status(ctx, n)
		if err == nil {
			found = append(found, Board{n, status.Shut, status.Items})
			continue
		}
		trouble = telling(trouble, err)
		if lockhouse.CodeOf(err) == board.CodeLineDown || ctx.Err() != nil {
			return found, err
		}
	}
	return found, trouble
}

// others gives the addresses of a line beside those that were asked.
func (s Search) others(t board.Traits, asked []int) (rest []int) {
	for n := t.FirstBoard; n <= s.last(t); n++ {
		if !slices.Contains(asked, n) {
			rest = append(rest, n)
		}
	}
	return rest
}

func inOrder(boards []Board) []Board {
	slices.SortFunc(boards, func(a, b Board) int { return a.Board - b.Board })
	return boards
}

// telling gives the error that tells more: nonsense rather than silence, and no line rather than either.
func telling(was, is error) error {
	if was == nil || is != nil && lockhouse.CodeOf(was) == board.CodeBoardSilent || lockhouse.CodeOf(is) == board.CodeLineDown {
		return is
	}
	return was
}

func (s Search) last(t board.Traits) int {
	if s.LastBoard == 0 {
		return t.LastBoard
	}
	return min(s.LastBoard, t.LastBoard)
}
