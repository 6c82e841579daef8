package agent_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/agent"
	"lockhouse/edge/journal"
	"lockhouse/trust/credential"
)

const guesserEnv = "LOCKHOUSE_AGENT_GUESSER"

// TestMain turns the test's own program into the locker at whose panel somebody guesses, until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(guesserEnv); path != "" {
		guess(path)
	}
	os.Exit(m.Run())
}

// onDisk is an agent on a real journal. Its clock stands still while nobody asks it to go on.
func onDisk(path string) (*agent.Agent, error) {
	j, _, err := journal.Open(path, rand.Reader)
	if err != nil {
		return nil, err
	}
	scalars := &testing.B{} // the keys' helpers want somebody to complain to
	issuers, err := credential.NewIssuers(public(scalars, "issuer"))
	if err != nil {
		return nil, err
	}
	boxes := []lockhouse.Compartment{{Locker: lockerID, Number: 1, Size: "S", Rank: 1, Column: 1, Row: 1}}
	return agent.New(agent.Config{Locker: lockerID, Trusted: credential.Trusted{Issuers: issuers, Shared: shared}, NotBefore: noon, Compartments: boxes}, agent.Parts{
		Static: exchange(scalars, "static"), Receipt: signer(scalars, "receipts"), Board: &fakeBoard{}, Journal: j,
		Now: func() time.Time { return noon }, Random: rand.Reader,
	})
}

// guess types a wrong PIN, says what it was answered and how long the wait is, and then does nothing until it is killed.
func guess(path string) {
	a, err := onDisk(path)
	if err != nil {
		fmt.Println("did not start:", err)
		os.Exit(1)
	}
	err = a.EnterPIN(wrong)
	fmt.Println(lockhouse.CodeOf(err), a.AtPanel().WaitS)
	time.Sleep(time.Hour)
}

// TestWaitSurvivesAKill: kill -9 right after an answer, and the next start knows of every PIN that was answered as wrong.
func TestWaitSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	for start, want := range []string{"wrong_pin 0", "wrong_pin 0", "wrong_pin 10", "wait_pin 10"} {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), guesserEnv+"="+path)
		said, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		lines := bufio.NewScanner(said)
		if !lines.Scan() {
			t.Fatal("the locker said nothing")
		}
		got := lines.Text()
		must(t, child.Process.Kill())
		_ = child.Wait() // it was killed
		if got != want {
			t.Fatalf("start %d: %q, want %q", start+1, got, want)
		}
	}
}
