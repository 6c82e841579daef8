package notice

import (
	"crypto/ecdh"
	"crypto/rand"
	"testing"
)

func phone(t *testing.T) []byte {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey().Bytes()
}
