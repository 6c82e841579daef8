package locker

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"lockhouse"
	"lockhouse/edge/tpm"
	"lockhouse/internal/keyfile"
)

// Where a locker's keys are kept. All that uses them asks for a crypto.Signer and an ecdh.KeyExchanger.
const (
	KeysInFiles = "file"
	KeysInTPM   = "tpm"
)

// tpmFile holds keys that a TPM has wrapped, and says which one.
const tpmFile = "keys.tpm"

// wrapped is what stands in it.
type wrapped struct {
	Device string `json:"device"`
	tpm.Blobs
}

func makeKeyFiles(dir string, random io.Reader) error {
	static, err := ecdh.P256().GenerateKey(random)
	if err != nil {
		return fmt.Errorf("making the static key: %w", err)
	}
	receipt, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return fmt.Errorf("making the receipt key: %w", err)
	}
	return errors.Join(keyfile.WriteP256(filepath.Join(dir, staticFile), static), keyfile.WriteP256(filepath.Join(dir, receiptFile), receipt))
}

func makeKeysInTPM(dir, device string) error {
	chip, err := openTPM(device)
	if err != nil {
		return err
	}
	return errors.Join(keepBlobs(dir, device, chip), chip.Close())
}

// keepBlobs makes keys in a TPM, and keeps what it has wrapped of them.
func keepBlobs(dir, device string, chip *tpm.Chip) error {
	blobs, err := chip.Make()
	if err != nil {
		return err
	}
	text, err := json.Marshal(wrapped{device, blobs})
	if err != nil {
		return err
	}
	return keyfile.Write(filepath.Join(dir, tpmFile), text)
}

// loadKeys gives the keys from where they were made. The TPM that is opened for them stays open, for all keysets.
func (k *Keysets) loadKeys(dir string) (ecdh.KeyExchanger, crypto.Signer, error) {
	text, err := os.ReadFile(filepath.Join(dir, tpmFile))
	if errors.Is(err, fs.ErrNotExist) {
		return loadKeyFiles(dir)
	}
	if err != nil {
		return nil, nil, err
	}
	var w wrapped
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", filepath.Join(dir, tpmFile), err)
	}
	if k.chip == nil {
		if k.chip, err = openTPM(w.Device); err != nil {
			return nil, nil, err
		}
		k.device = w.Device
	}
	keys, err := k.chip.Load(w.Blobs)
	if err != nil {
		return nil, nil, lockhouse.Refuse(lockhouse.CodeUnavailable, "The TPM at %s does not take this locker's keys: was it cleared, or is it another machine's? Retire this locker and enrol it anew.", w.Device).Because(err)
	}
	return keys.Static, keys.Receipt, nil
}

func loadKeyFiles(dir string) (ecdh.KeyExchanger, crypto.Signer, error) {
	read, err := keyfile.ReadP256(filepath.Join(dir, staticFile))
	if err != nil {
		return nil, nil, err
	}
	static, err := read.ECDH()
	if err != nil {
		return nil, nil, err
	}
	receipt, err := keyfile.ReadP256(filepath.Join(dir, receiptFile))
	return static, receipt, err
}

// openTPM opens a device, or the socket of a TPM in software.
func openTPM(device string) (*tpm.Chip, error) {
	var conn io.ReadWriteCloser
	is, err := os.Stat(device)
	switch {
	case err != nil:
	case is.Mode()&os.ModeSocket != 0:
		conn, err = net.Dial("unix", device)
	default:
		conn, err = os.OpenFile(device, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeUnavailable, "There is no TPM to be had at %s. Look at tpm_device, and whether this user may use it (often: group tss).", device).Because(err)
	}
	return tpm.Begin(conn)
}
