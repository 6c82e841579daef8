package meters

import (
	"slices"
	"testing"

	"lockhouse/edge/board"
)

// Lockers name the dialects that edge/board knows; here each has a series of its own.
func TestBoardsAreTheDialects(t *testing.T) {
	if !slices.Equal(boards, board.Names()) {
		t.Errorf("openings are told apart by %v, and lockers name %v", boards, board.Names())
	}
}
