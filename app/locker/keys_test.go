package locker

import (
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// simulated starts swtpm, a TPM 2.0 in software, and gives the settings of a locker whose keys are in it.
func simulated(t *testing.T) Config {
	t.Helper()
	program, err := exec.LookPath("swtpm")
	if err != nil {
		t.Skip("no swtpm on this machine: scripts/setup installs it; keys in a TPM were not tried")
	}
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server", "type=unixio,path="+socket, "--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil { // the file is there a little earlier
			_ = conn.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatal("swtpm does not listen")
		}
	}
	c := Defaults()
	c.StateDir, c.Keys, c.TPMDevice = t.TempDir(), KeysInTPM, socket
	return c
}

// TestIdentityInATPM: no key lies on the disk that could be used elsewhere, and receipts are signed as ever.
func TestIdentityInATPM(t *testing.T) {
	c := simulated(t)
	id, err := c.makeIdentity(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	noun, err := id.Noun()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := credential.SignReceipt(id.Receipt, lockhouse.Receipt{Locker: id.ID, Boot: 1, Seq: 1, Kind: lockhouse.ReceiptStarted, At: time.Unix(1_790_000_000, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := credential.VerifyReceipt(noun.ReceiptKey, raw); err != nil {
		t.Error(err)
	}
	for _, name := range []string{staticFile, receiptFile} {
		if _, err := os.Stat(filepath.Join(c.StateDir, name)); err == nil {
			t.Errorf("%s lies on the disk", name)
		}
	}
	c.TPMDevice = filepath.Join(t.TempDir(), "none")
	c.StateDir = t.TempDir()
	if _, err := c.makeIdentity(rand.Reader); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("without a TPM: %v", err)
	}
}
