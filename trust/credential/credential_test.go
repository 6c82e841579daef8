package credential_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/internal/fixedkeys"
	"lockhouse/trust/credential"
)

// key and public give keys by their names.
var key, public = fixedkeys.Signer, fixedkeys.Public

// shared is the key that locker and network share in tests.
var shared = []byte("sixteen bytes of")

func authority(t testing.TB, name string) credential.Authority {
	t.Helper()
	return credential.Authority{Issuer: key(t, name), Shared: shared}
}

func trusted(t testing.TB) credential.Trusted {
	t.Helper()
	return credential.Trusted{Issuers: issuers(t), Shared: shared}
}

func issuers(t testing.TB) credential.Issuers {
	t.Helper()
	all, err := credential.NewIssuers(public(t, "issuer"), public(t, "next issuer"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var (
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	locker = lockhouse.LockerIDOf([8]byte{1, 2, 3, 4, 5, 6, 7, 8})
)

func aGrant(t testing.TB, targets ...lockhouse.Target) lockhouse.Grant {
	if targets == nil {
		targets = []lockhouse.Target{{Ref: lockhouse.ParcelRef{7}, Verb: lockhouse.VerbCollect, Compartment: 12, Generation: 4}}
	}
	return lockhouse.Grant{
		ID: lockhouse.GrantID{1}, Locker: locker, PhoneKey: public(t, "phone"),
		IssuedAt: noon, ExpiresAt: noon.Add(72 * time.Hour), Targets: targets,
	}
}

func signGrant(t testing.TB, by string, g lockhouse.Grant) []byte {
	t.Helper()
	raw, err := credential.SignGrant(authority(t, by), g)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// eachFlip calls try with every single bit of data flipped, one at a time.
func eachFlip(data []byte, try func(bit int, flipped []byte)) {
	for bit := range len(data) * 8 {
		flipped := bytes.Clone(data)
		flipped[bit/8] ^= 1 << (bit % 8)
		try(bit, flipped)
	}
}

// turned gives the other signature that ECDSA's mathematics accept: s becomes n - s.
func turned(raw []byte) []byte {
	out := bytes.Clone(raw)
	s := new(big.Int).SetBytes(out[len(out)-32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(out[len(out)-32:])
	return out
}

// withUnprotected puts a header in that the signature does not cover.
func withUnprotected(raw []byte) []byte {
	at := 3 + int(raw[2]&0x1f)
	return append(append(bytes.Clone(raw[:at]), 0xa1, 0x18, 0x63, 0x01), raw[at+1:]...)
}

func TestKeysAreChecked(t *testing.T) {
	good := public(t, "phone")
	off := bytes.Clone(good)
	off[64] ^= 1
	for name, k := range map[string][]byte{"short": good[:64], "long": append(bytes.Clone(good), 0), "off the curve": off, "empty": nil} {
		if _, err := credential.ParseKey(k); err == nil {
			t.Errorf("%s: taken for a key", name)
		}
	}
	if _, err := credential.NewIssuers(); err == nil {
		t.Error("no issuers at all were accepted")
	}
	if _, err := credential.NewIssuers(good, good); err == nil {
		t.Error("the same key twice was accepted")
	}
	if k, err := ecdsa.GenerateKey(elliptic.P384(), bytes.NewReader(make([]byte, 512))); err == nil {
		if _, err := credential.SignGrant(credential.Authority{Issuer: k, Shared: shared}, aGrant(t)); err == nil {
			t.Error("a P-384 key signed a grant")
		}
	}
}

func TestProofIsBoundToTheMeeting(t *testing.T) {
	m := credential.Meeting{
		Info: bytes.Repeat([]byte{1}, 46), Static: public(t, "static"), Ephemeral: public(t, "ephemeral"), Grant: []byte("grant"),
	}
	proof, err := credential.Prove(key(t, "phone"), m)
	if err != nil {
		t.Fatal(err)
	}
	if err := credential.CheckProof(public(t, "phone"), m, proof); err != nil {
		t.Fatal(err)
	}
	if err := credential.CheckProof(public(t, "phone"), m, turned(proof)); err != nil {
		t.Error("WebCrypto gives high s too: ", err)
	}
	if credential.CheckProof(public(t, "other phone"), m, proof) == nil {
		t.Error("another phone's key checks the proof")
	}
	eachFlip(proof, func(bit int, p []byte) {
		if credential.CheckProof(public(t, "phone"), m, p) == nil {
			t.Errorf("bit %d of the proof flipped, and accepted", bit)
		}
	})
	for name, part := range map[string]*[]byte{"info": &m.Info, "static": &m.Static, "ephemeral": &m.Ephemeral, "grant": &m.Grant} {
		was := *part
		eachFlip(was, func(bit int, p []byte) {
			*part = p
			if credential.CheckProof(public(t, "phone"), m, proof) == nil {
				t.Errorf("bit %d of %s flipped, and the proof holds", bit, name)
			}
		})
		*part = was
	}
}

func TestProofRefusesOtherLengths(t *testing.T) {
	m := credential.Meeting{Info: make([]byte, 45), Static: public(t, "static"), Ephemeral: public(t, "ephemeral")}
	if _, err := credential.Prove(key(t, "phone"), m); err == nil {
		t.Error("INFO of 45 bytes")
	}
}

func TestCallIsBoundToNonceLockerAndHost(t *testing.T) {
	call := credential.Call{Nonce: "zSdz81VJo3DH0Yw", Locker: locker, Host: "lockers.example:7080"}
	proof, err := credential.ProveCall(key(t, "receipts"), call)
	if err != nil {
		t.Fatal(err)
	}
	if err := credential.CheckCall(public(t, "receipts"), call, proof); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]credential.Call{
		"nonce":  {Nonce: "zSdz81VJo3DH0Yx", Locker: call.Locker, Host: call.Host},
		"locker": {Nonce: call.Nonce, Locker: lockhouse.LockerIDOf([8]byte{9}), Host: call.Host},
		"host":   {Nonce: call.Nonce, Locker: call.Locker, Host: "elsewhere.example:7080"},
		"split":  {Nonce: call.Nonce + "l", Locker: call.Locker, Host: call.Host[1:]},
		"short":  {Nonce: call.Nonce[:7], Locker: call.Locker, Host: call.Host},
		"long":   {Nonce: strings.Repeat("n", 65), Locker: call.Locker, Host: call.Host},
	} {
		if credential.CheckCall(public(t, "receipts"), other, proof) == nil {
			t.Errorf("the proof holds for another %s", name)
		}
	}
}

func TestTimeStatement(t *testing.T) {
	said := credential.Time{Locker: locker, At: noon, Nonce: [16]byte{4}}
	raw, err := credential.SignTime(authority(t, "issuer"), said)
	if err != nil {
		t.Fatal(err)
	}
	heard, err := credential.VerifyTime(trusted(t), raw)
	if err != nil || heard != said {
		t.Fatalf("said %v, heard %v, %v", said, heard, err)
	}
	eachFlip(raw, func(bit int, flipped []byte) {
		if _, err := credential.VerifyTime(trusted(t), flipped); err == nil {
			t.Errorf("bit %d flipped, and accepted", bit)
		}
	})
	for name, bad := range map[string][]byte{"turned": turned(raw), "unprotected header": withUnprotected(raw), "cut": raw[:len(raw)-1], "longer": append(bytes.Clone(raw), 0)} {
		if _, err := credential.VerifyTime(trusted(t), bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNoStatementIsTakenForAnother(t *testing.T) {
	grant := signGrant(t, "issuer", aGrant(t))
	at, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: locker, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := credential.SignReceipt(key(t, "issuer"), lockhouse.Receipt{Locker: locker, Seq: 1, Kind: lockhouse.ReceiptStarted, At: noon})
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range [][]byte{at, receipt} {
		if _, err := credential.VerifyGrant(trusted(t), raw); err == nil {
			t.Error("something else was taken for a grant")
		}
	}
	for _, raw := range [][]byte{grant, receipt} {
		if _, err := credential.VerifyTime(trusted(t), raw); err == nil {
			t.Error("something else was taken for the time")
		}
	}
	for _, raw := range [][]byte{grant, at} {
		if _, err := credential.VerifyReceipt(public(t, "issuer"), raw); err == nil {
			t.Error("something else was taken for a receipt")
		}
	}
}

func TestReceiptRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := lockhouse.Receipt{
			Locker: locker, Boot: rapid.Uint32().Draw(rt, "boot"), Seq: rapid.Uint64Min(1).Draw(rt, "seq"),
			Kind:        lockhouse.ReceiptKind(rapid.IntRange(1, 14).Draw(rt, "kind")),
			At:          time.Unix(int64(rapid.Uint32().Draw(rt, "at")), 0).UTC(),
			Quality:     lockhouse.TimeQuality(rapid.IntRange(0, 2).Draw(rt, "quality")),
			Compartment: rapid.IntRange(0, 65_535).Draw(rt, "compartment"), Generation: rapid.Uint32().Draw(rt, "generation"),
		}
		binary.BigEndian.PutUint64(r.Grant[:], rapid.Uint64().Draw(rt, "grant"))
		binary.BigEndian.PutUint64(r.Ref[:], rapid.Uint64().Draw(rt, "ref"))
		binary.BigEndian.PutUint64(r.Phone[:], rapid.Uint64().Draw(rt, "phone"))
		binary.BigEndian.PutUint64(r.Prev[:], rapid.Uint64().Draw(rt, "prev"))
		raw, err := credential.SignReceipt(key(t, "receipts"), r)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := credential.VerifyReceipt(public(t, "receipts"), raw)
		if err != nil || got != r {
			rt.Fatalf("signed %+v, read %+v, %v", r, got, err)
		}
		if peeked, err := credential.ReadReceipt(raw); err != nil || peeked != r {
			rt.Fatalf("read unchecked as %+v, %v", peeked, err)
		}
		if len(raw) > credential.MaxReceiptBytes {
			rt.Fatalf("%d bytes", len(raw))
		}
	})
}

func TestReceiptRefusesEveryChange(t *testing.T) {
	r := lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 900, Kind: lockhouse.ReceiptOpened, At: noon, Quality: lockhouse.TimeGood,
		Grant: lockhouse.GrantID{3}, Ref: lockhouse.ParcelRef{7}, Compartment: 12, Generation: 4, Phone: [8]byte{1}, Prev: [16]byte{2}}
	raw, err := credential.SignReceipt(key(t, "receipts"), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a receipt with everything in it has %d bytes", len(raw))
	eachFlip(raw, func(bit int, flipped []byte) {
		if _, err := credential.VerifyReceipt(public(t, "receipts"), flipped); err == nil {
			t.Errorf("bit %d flipped, and accepted", bit)
		}
	})
	for name, bad := range map[string][]byte{"turned": turned(raw), "unprotected header": withUnprotected(raw), "empty": nil} {
		if _, err := credential.VerifyReceipt(public(t, "receipts"), bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := credential.VerifyReceipt(public(t, "other"), raw); err == nil {
		t.Error("another locker's key checks it")
	}
	if got, err := credential.VerifyReceipt(public(t, "receipts"), raw); err != nil || got != r {
		t.Errorf("got %+v, %v", got, err)
	}
	if credential.Link(raw) == credential.Link(turned(raw)) {
		t.Error("the chain does not cover the signature")
	}
}
