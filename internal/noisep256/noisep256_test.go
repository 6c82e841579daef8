package noisep256

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"testing"
)

func TestSameBytesSameKey(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, 32)
	a, err := Curve{}.GenerateKeypair(bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := Curve{}.GenerateKeypair(bytes.NewReader(a.Private))
	if !bytes.Equal(a.Public, b.Public) || len(a.Public) != PublicBytes {
		t.Error("the same scalar gave two keys")
	}
}

func TestBadRandomnessIsRefused(t *testing.T) {
	if _, err := (Curve{}).GenerateKeypair(bytes.NewReader(nil)); err == nil {
		t.Error("a key of no bytes")
	}
	if _, err := (Curve{}).GenerateKeypair(bytes.NewReader(make([]byte, 32*maxDraws))); err == nil {
		t.Error("zero is no scalar")
	}
}

func TestBothSidesAgreeAndTheStaticKeyCanBeOpaque(t *testing.T) {
	static, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Curve{}.GenerateKeypair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	phone, err := Curve{}.DH(e.Private, static.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	locker, err := New(static).DH(nil, e.Public)
	if err != nil || !bytes.Equal(phone, locker) || len(phone) != 32 {
		t.Errorf("shared secrets differ: %v", err)
	}
}

func TestPointsOffTheCurveAreRefused(t *testing.T) {
	e, err := Curve{}.GenerateKeypair(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	off := bytes.Clone(e.Public)
	off[64] ^= 1
	for name, point := range map[string][]byte{"off the curve": off, "infinity": {0}, "short": e.Public[:64], "zeros": make([]byte, 65)} {
		if _, err := (Curve{}).DH(e.Private, point); err == nil {
			t.Errorf("%s was taken for a key", name)
		}
	}
}
