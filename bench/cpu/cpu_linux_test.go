package cpu

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	s, err := parseStat([]byte("42 (a ) b (c) S 7 42 42 0 -1 4194560 100 200 0 0 11 13 17 19 20 0 1 0 5"))
	if err != nil || s.parent != 7 || s.used != 600*time.Millisecond {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "42 (x) S 7", "42 (x) S x 42 42 0 -1 1 1 1 0 0 1 1 1 1 20", "42 (x) S 7 42 42 0 -1 1 1 1 0 0 x 1 1 1 20"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// A shell whose child burns time: the tree's figure holds it while the child lives, and afterwards too.
func TestOfTreeCountsChildrenAliveAndGone(t *testing.T) {
	const burn = `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done`
	cmd := exec.Command("sh", "-c", "("+burn+"; echo alive; read x); echo gone; read x")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	var before time.Duration
	for _, want := range []string{"alive\n", "gone\n"} {
		line := make([]byte, len(want))
		if _, err := out.Read(line); err != nil || string(line) != want {
			t.Fatalf("%q, %v", line, err)
		}
		used, err := OfTree(cmd.Process.Pid)
		if err != nil || used == 0 || used < before {
			t.Errorf("%s: %v after %v, %v", want[:len(want)-1], used, before, err)
		}
		before = used
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOfTreeOfNobody(t *testing.T) {
	if _, err := OfTree(1 << 30); err == nil {
		t.Error("a process that is not there has a time")
	}
}

func TestOfMachine(t *testing.T) {
	busy, err := parseMachine([]byte("cpu  1 2 4 100 200 8 16 32 64 128"))
	if err != nil || busy != 630*time.Millisecond {
		t.Errorf("%v, %v", busy, err)
	}
	for _, bad := range []string{"", "cpu0 1 2 4 100 200 8 16 32", "cpu 1 2 3", "cpu 1 2 4 100 200 8 16 x"} {
		if _, err := parseMachine([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	machine, err := OfMachine()
	if err != nil {
		t.Fatal(err)
	}
	if self, err := OfSelf(); err != nil || machine < self/2 {
		t.Errorf("the machine was busy for %v, this process for %v; %v", machine, self, err)
	}
}

func TestOfSelf(t *testing.T) {
	self, err := OfSelf()
	if err != nil || self <= 0 {
		t.Errorf("%v, %v", self, err)
	}
	tree, err := OfTree(os.Getpid())
	if err != nil || tree+2*tick < self {
		t.Errorf("the tree has used %v, itself %v; %v", tree, self, err)
	}
}
