package keyfile

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockhouse"
)

func TestSecretIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	for _, secret := range [][]byte{[]byte("first"), []byte("second, and longer")} {
		if err := Write(path, secret); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%q, %v; want %q", got, err, secret)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: only its owner may read it", info, err)
	}
}

func TestSecretOfOthersIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if _, err := Read(path); lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		t.Errorf("no file: %v", err)
	}
	for mode, code := range map[os.FileMode]lockhouse.Code{0o640: lockhouse.CodeForbidden, 0o604: lockhouse.CodeForbidden, 0o620: lockhouse.CodeForbidden} {
		if err := Write(path, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); lockhouse.CodeOf(err) != code {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := Write(path, make([]byte, maxBytes+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
		t.Errorf("too long: %v", err)
	}
}

func TestP256(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteP256(path, key); err != nil {
			t.Fatal(err)
		}
		got, err := ReadP256(path)
		if good := curve == elliptic.P256(); (err == nil) != good || good && !got.Equal(key) {
			t.Errorf("%s: %v", curve.Params().Name, err)
		}
	}
	for _, text := range []string{"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", strings.Repeat("-", 100)} {
		if err := Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadP256(path); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
