package main

import (
	"testing"
	"time"
)

// The agent's own program gets ready, its line comes up, and what is measured is there.
func TestAnAgentAtRest(t *testing.T) {
	w, err := newWorkshop(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	r, err := watchRest(t.Context(), w, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if r.Ready <= 0 || r.Empty <= 0 || r.KB <= r.EmptyKB || r.EmptyKB <= 0 {
		t.Errorf("%+v", r)
	}
}
