package journal

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const childEnv = "LOCKHOUSE_JOURNAL_CHILD"

// TestMain turns the test's own program into the agent that is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		countInto(path)
	}
	os.Exit(m.Run())
}

// countInto appends rising numbers and prints each when it is kept; now and then it rewrites the journal to its last.
func countInto(path string) {
	j, _, err := Open(path, rand.NewChaCha8([32]byte{}))
	next := 0
	if err == nil {
		err = j.Replay(func(r []byte) error { next, err = strconv.Atoi(string(r)); next++; return err })
	}
	for ; err == nil; next++ {
		if next%50 == 49 {
			err = j.Rewrite([][]byte{[]byte(strconv.Itoa(next))})
		} else {
			err = j.Append([]byte(strconv.Itoa(next)))
		}
		fmt.Println(next)
	}
	fmt.Println("stopped:", err)
	os.Exit(1)
}

// kill -9 at any moment, again and again: what was said to be kept is kept, in order and without a gap.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	random := rand.New(rand.NewPCG(1, 2))
	last := -1 // the last number said to be kept
	for range 8 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childEnv+"="+path)
		said, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(said)
		for n := 30 + random.IntN(100); n > 0 && lines.Scan(); n-- {
			last = number(t, lines.Text())
		}
		time.AfterFunc(time.Duration(random.IntN(20))*time.Millisecond, func() { _ = child.Process.Kill() })
		for lines.Scan() {
			last = number(t, lines.Text())
		}
		_ = child.Wait() // it was killed
		last = max(last, checkCount(t, path, last))
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("the child said %q", text)
	}
	return n
}

// checkCount wants numbers that rise by one, up to the last that was said to be kept or the one after it.
func checkCount(t *testing.T, path string, said int) (end int) {
	t.Helper()
	j, _ := opened(t, path)
	defer j.Close()
	end = -1
	for i, r := range kept(t, j) {
		n := number(t, r)
		if i > 0 && n != end+1 {
			t.Fatalf("%d follows %d", n, end)
		}
		end = n
	}
	if end < said || end > said+1 {
		t.Fatalf("the last record is %d, and %d was the last said to be kept", end, said)
	}
	return end
}
