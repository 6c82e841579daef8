package solo

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

const childFile = "LOCKHOUSE_SOLO_FILE"

// TestMain runs the child that is to be killed, or the tests.
func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		name, release, err := Claim(path)
		fmt.Println(name, err)
		<-make(chan int)
		_ = release() // which keeps the file from the garbage collector until then
	}
	os.Exit(m.Run())
}

// TestClaim: a name is one living process's, a killed one's is free at once and the same, and a copy has another.
func TestClaim(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("names are only told apart on Linux; elsewhere every process draws its own")
	}
	path := filepath.Join(t.TempDir(), "node.lock")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childFile+"="+path)
	out, err := child.StdoutPipe()
	if err := errors.Join(err, child.Start()); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if name, _, err := Claim(path); !errors.Is(err, ErrTaken) {
		t.Fatalf("the living process's name was given away: %q, %v", name, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it says that it was killed
	name, release, err := Claim(path)
	if err != nil || fmt.Sprintln(name, nil) != line {
		t.Fatalf("%q, %v; the one that was killed had %s", name, err, line)
	}
	if other, free, err := Claim(path + "-copy"); err != nil || other == name || free() != nil {
		t.Fatalf("a copy has the name too: %q, %v", other, err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
