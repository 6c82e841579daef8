package tpm_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/edge/tpm"
	"lockhouse/trust/credential"
)

// simulated starts swtpm, a TPM 2.0 in software that keeps its state in dir, and speaks to it.
func simulated(t *testing.T, dir string) (chip *tpm.Chip, off func()) {
	t.Helper()
	program, err := exec.LookPath("swtpm")
	if err != nil {
		t.Skip("no swtpm on this machine: scripts/setup installs it; keys in a TPM were not tried")
	}
	socket := filepath.Join(dir, "s")
	cmd := exec.Command(program, "socket", "--tpm2", "--tpmstate", "dir="+dir, "--server", "type=unixio,path="+socket, "--flags", "not-need-init,startup-clear")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	off = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = os.Remove(socket) })
	t.Cleanup(off)
	var conn net.Conn
	for end := time.Now().Add(20 * time.Second); conn == nil; time.Sleep(10 * time.Millisecond) {
		if conn, err = net.Dial("unix", socket); err != nil && time.Now().After(end) {
			t.Fatal(err)
		}
	}
	if chip, err = tpm.Begin(conn); err != nil {
		t.Fatal(err)
	}
	return chip, off
}

// TestKeysInATPM sign receipts and agree on keys as those in files do, again after the machine was off, and in no other TPM.
func TestKeysInATPM(t *testing.T) {
	dir := t.TempDir()
	chip, off := simulated(t, dir)
	blobs, err := chip.Make()
	if err != nil {
		t.Fatal(err)
	}
	use := func(chip *tpm.Chip) {
		t.Helper()
		keys, err := chip.Load(blobs)
		if err != nil {
			t.Fatal(err)
		}
		public, err := credential.PublicKey(keys.Receipt)
		if err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(20) { // of both values of s, the lower one is kept
			raw, err := credential.SignReceipt(keys.Receipt, lockhouse.Receipt{Locker: "lkr_0102030405060708", Boot: 1, Seq: seq + 1, Kind: lockhouse.ReceiptStarted, At: time.Unix(1_790_000_000, 0)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := credential.VerifyReceipt(public, raw); err != nil {
				t.Fatal(err)
			}
			other, err := ecdh.P256().GenerateKey(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			here, err := keys.Static.ECDH(other.PublicKey())
			if err != nil {
				t.Fatal(err)
			}
			if there, err := other.ECDH(keys.Static.PublicKey()); err != nil || string(there) != string(here) {
				t.Fatalf("%x and %x, %v", here, there, err)
			}
		}
	}
	use(chip)
	first := blobs
	for range 3 { // more keys than a TPM has room for are used in turns
		if blobs, err = chip.Make(); err != nil {
			t.Fatal(err)
		}
		use(chip)
	}
	blobs = first
	use(chip)
	if err := chip.Close(); err != nil {
		t.Fatal(err)
	}
	off()
	stranger, _ := simulated(t, t.TempDir())
	if _, err := stranger.Load(blobs); err == nil {
		t.Error("another TPM loaded this one's keys")
	}
	again, _ := simulated(t, dir)
	use(again)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
