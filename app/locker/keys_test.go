package locker

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/trust/credential"
)

// TestIdentityInATPM: no key lies on the disk that could be used elsewhere, and receipts are signed as ever.
func TestIdentityInATPM(t *testing.T) {
	program, err := exec.LookPath("swtpm")
	if err != nil {
		t.Skip("no swtpm on this machine: scripts/setup installs it; keys in a TPM were not tried")
	}
	chip, dir := t.TempDir(), t.TempDir()
	socket := filepath.Join(chip, "s")
	cmd := exec.Command(program, "socket", "--tpm2", "--tpmstate", "dir="+chip, "--server", "type=unixio,path="+socket, "--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("swtpm does not listen")
		}
	}
	c := Defaults()
	c.StateDir, c.Keys, c.TPMDevice = dir, KeysInTPM, socket
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
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s lies on the disk", name)
		}
	}
	c.TPMDevice = filepath.Join(chip, "none")
	c.StateDir = t.TempDir()
	if _, err := c.makeIdentity(rand.Reader); lockhouse.CodeOf(err) != lockhouse.CodeUnavailable {
		t.Errorf("without a TPM: %v", err)
	}
}
