package wire_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/internal/fixedkeys"
	"lockhouse/trust/credential"
	"lockhouse/wire"
)

var update = flag.Bool("update", false, "write testdata/latch-1.json anew; then look at what changed, and say so in versions.go")

const vectorsFile = "testdata/latch-1.json"

// vectors is one visit with fixed keys. Every value is hex. A phone in another language is right when it makes the same
// first message from the same ephemeral key and proof, and opens everything the locker says.
type vectors struct {
	Note     string            `json:"note"`
	Keys     map[string]string `json:"keys"`
	Info     string            `json:"info"`
	InfoIs   map[string]any    `json:"info_is"`
	Advert   map[string]any    `json:"advert"`
	Grant    string            `json:"grant"`
	ProofIn  string            `json:"proof_input"`
	Proof    string            `json:"proof"`
	M1Inside string            `json:"m1_payload"`
	M1       string            `json:"m1"`
	M2Inside string            `json:"m2_payload"`
	M2       string            `json:"m2"`
	Line     lineVector        `json:"line"`
	Up       []step            `json:"up"`
	Down     []step            `json:"down"`
	Receipts []receiptVector   `json:"receipts"`
	Frames   []frameVector     `json:"frames"`
	Connect  map[string]string `json:"uplink_connect"` // not hex: as NATS carries it
	Uplink   []json.RawMessage `json:"uplink"`
	Keyset   keysetVector      `json:"keyset"`
}

// keysetVector is a change from the keys "static" and "receipts" to "next static" and "next receipts".
type keysetVector struct {
	Card       string `json:"card"`
	Name       string `json:"name"`
	Shared     string `json:"shared"`
	Rekeyed    string `json:"rekeyed"`
	Succession string `json:"succession"`
	M2Inside   string `json:"m2_payload"`
}

func keysetOf(t testing.TB, receipt []byte) (v keysetVector) {
	t.Helper()
	id := lockhouse.LockerIDOf(vectorLocker)
	own := func(static, receipt string, shared []byte) credential.OwnKeyset {
		exchanger, err := signer(t, static).ECDH()
		must(t, err)
		return credential.OwnKeyset{Static: exchanger, Receipt: signer(t, receipt), Shared: shared}
	}
	card, shared, err := credential.MakeKeyCard(id, own("static", "receipts", authority(t, "issuer").Shared), own("next static", "next receipts", nil), public(t, "issuer"))
	must(t, err)
	name := credential.KeysetNameOf(card)
	rekeyed, err := credential.SignRekeyed(signer(t, "next receipts"), credential.Rekeyed{Locker: id, Keyset: name, Through: 42})
	must(t, err)
	succession, err := credential.Succeed(signer(t, "receipts"), id, public(t, "next receipts"))
	must(t, err)
	m2 := encoded(t, wire.Admission{Compartment: 12, Receipt: receipt, Succession: succession})
	hexed := hex.EncodeToString
	return keysetVector{hexed(card), hexed(name[:]), hexed(shared), hexed(rekeyed), hexed(succession), hexed(m2)}
}

// lineVector is the first message of the same visit over the locker's line: with a presence code, which the proof is over.
type lineVector struct {
	Info     string `json:"info"`
	Presence string `json:"presence"` // digits
	ProofIn  string `json:"proof_input"`
	Proof    string `json:"proof"`
	M1Inside string `json:"m1_payload"`
	M1       string `json:"m1"`
}

type step struct {
	Name   string `json:"name"`
	Plain  string `json:"plain"`
	Sealed string `json:"sealed"`
}

type receiptVector struct {
	Kind    string `json:"kind"`
	Raw     string `json:"raw"`
	Signed  string `json:"signed"` // the Sig_structure of RFC 9052, 4.4
	Prev    string `json:"prev"`
	Link    string `json:"link"`
	Seq     uint64 `json:"seq"`
	AtUnixS int64  `json:"at_unix_s"`
}

type frameVector struct {
	FrameBytes int      `json:"frame_bytes"`
	Message    string   `json:"message"`
	Frames     []string `json:"frames"`
}

// The vectors' keys, by their names.
const ofVectors = "latch-1 vectors: "

func scalar(name string) []byte                          { return fixedkeys.Scalar(ofVectors + name) }
func signer(t testing.TB, name string) *ecdsa.PrivateKey { return fixedkeys.Signer(t, ofVectors+name) }
func exchange(t testing.TB, name string) *ecdh.PrivateKey {
	return fixedkeys.Exchange(t, ofVectors+name)
}
func public(t testing.TB, name string) []byte { return fixedkeys.Public(t, ofVectors+name) }

func authority(t testing.TB, name string) credential.Authority {
	t.Helper()
	return credential.Authority{Issuer: signer(t, name), Shared: scalar("advert")[:credential.SharedKeyBytes]}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func encoded(t testing.TB, message any) []byte {
	t.Helper()
	out, err := wire.Encode(message)
	must(t, err)
	return out
}

var (
	vectorTime   = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	vectorLocker = [8]byte{0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88}
	vectorRef    = lockhouse.ParcelRef{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7}
)

func vectorGrant(t testing.TB, targets ...lockhouse.Target) []byte {
	t.Helper()
	raw, err := credential.SignGrant(authority(t, "issuer"), lockhouse.Grant{
		ID: lockhouse.GrantID{1, 2, 3, 4, 5, 6, 7, 8}, Locker: lockhouse.LockerIDOf(vectorLocker), PhoneKey: public(t, "phone"),
		IssuedAt: vectorTime, ExpiresAt: vectorTime.Add(72 * time.Hour), Targets: targets,
	})
	must(t, err)
	return raw
}

// receiptChain signs receipts of a collection, numbered from 41.
func receiptChain(t testing.TB, kinds ...lockhouse.ReceiptKind) (raws [][]byte) {
	t.Helper()
	prev := [16]byte{0xee}
	for i, kind := range kinds {
		raw, err := credential.SignReceipt(signer(t, "receipts"), lockhouse.Receipt{
			Locker: lockhouse.LockerIDOf(vectorLocker), Boot: 3, Seq: uint64(41 + i), Kind: kind,
			At: vectorTime.Add(time.Hour + time.Duration(i)*time.Second), Quality: lockhouse.TimeGood,
			Grant: lockhouse.GrantID{1, 2, 3, 4, 5, 6, 7, 8}, Ref: vectorRef, Compartment: 12, Generation: 4,
			Phone: credential.Thumbprint(public(t, "phone")), Prev: prev,
		})
		must(t, err)
		prev = credential.Link(raw)
		raws = append(raws, raw)
	}
	return raws
}

// visit makes the vectors, with the real code on both sides.
func visit(t testing.TB) vectors {
	t.Helper()
	info := wire.Info{
		Session: 0x2a, Flags: wire.FlagNoDropOffs, Locker: vectorLocker, Nonce: [16]byte(scalar("nonce")[:16]),
		TimeFloorS: uint32(vectorTime.Add(time.Hour).Unix()), Quality: lockhouse.TimeGood, ReceiptHead: [4]byte{0xee},
		StaticKey: wire.StaticKeyID(public(t, "static")), MTU: 247,
	}
	v := vectors{
		Note: "Latch 1: one visit with fixed keys. All values are hex. Private keys are SHA-256(\"latch-1 vectors: \" + name). " +
			"Made by wire/vectors_test.go; docs/latch.md says what the values mean.",
		Keys: map[string]string{}, Info: hex.EncodeToString(info.Encode()),
		InfoIs: map[string]any{"version": 1, "session": 42, "flags": 4, "locker": hex.EncodeToString(vectorLocker[:]), "time_floor_s": info.TimeFloorS, "quality": 2, "mtu": 247},
		Advert: map[string]any{"key": hex.EncodeToString(scalar("advert")[:16]), "utc_day": "2026-11-23", "days_since_1970": int(lockhouse.DayOf(vectorTime)), "name": wire.AdvertName(scalar("advert")[:16], vectorLocker, lockhouse.DayOf(vectorTime))},
	}
	for _, name := range []string{"issuer", "static", "receipts", "phone", "phone ephemeral", "locker ephemeral"} {
		v.Keys[name+" private"], v.Keys[name+" public"] = hex.EncodeToString(scalar(name)), hex.EncodeToString(public(t, name))
	}
	v.handshake(t, info)
	v.Line = lineVectorOf(t, info)
	return v
}

// lineVectorOf makes the first message over the line, and has the locker's side read it.
func lineVectorOf(t testing.TB, info wire.Info) lineVector {
	t.Helper()
	info.Flags |= wire.FlagRelayed
	const presence = "314159"
	phone, err := wire.NewInitiator(public(t, "static"), info.Encode(), bytes.NewReader(scalar("phone ephemeral")))
	must(t, err)
	grant := vectorGrant(t, lockhouse.Target{Ref: vectorRef, Verb: lockhouse.VerbCollect, Compartment: 12, Generation: 4})
	meeting := credential.Meeting{Info: info.Encode(), Static: public(t, "static"), Ephemeral: phone.Ephemeral(), Grant: grant, Presence: []byte(presence)}
	input, err := credential.ProofInput(meeting)
	must(t, err)
	proof, err := credential.Prove(signer(t, "phone"), meeting)
	must(t, err)
	inside := encoded(t, wire.Relayed{Grant: grant, Proof: proof, Open: new(uint8), Presence: meeting.Presence})
	m1, err := phone.First(inside)
	must(t, err)

	locker, err := wire.NewResponder(exchange(t, "static"), info.Encode(), bytes.NewReader(scalar("locker ephemeral")))
	must(t, err)
	read, ephemeral, err := locker.First(m1)
	must(t, err)
	p, typed, err := wire.DecodeRelayed(read)
	must(t, err)
	if string(typed) != presence || credential.CheckProof(public(t, "phone"), credential.Meeting{Info: info.Encode(), Static: public(t, "static"), Ephemeral: ephemeral, Grant: p.Grant, Presence: typed}, p.Proof) != nil {
		t.Fatalf("the locker read %+v with %q", p, typed)
	}
	return lineVector{
		Info: hex.EncodeToString(info.Encode()), Presence: presence, ProofIn: hex.EncodeToString(input), Proof: hex.EncodeToString(proof),
		M1Inside: hex.EncodeToString(inside), M1: hex.EncodeToString(m1),
	}
}

func (v *vectors) handshake(t testing.TB, info wire.Info) {
	t.Helper()
	phone, err := wire.NewInitiator(public(t, "static"), info.Encode(), bytes.NewReader(scalar("phone ephemeral")))
	must(t, err)
	grant := vectorGrant(t, lockhouse.Target{Ref: vectorRef, Verb: lockhouse.VerbCollect, Compartment: 12, Generation: 4})
	meeting := credential.Meeting{Info: info.Encode(), Static: public(t, "static"), Ephemeral: phone.Ephemeral(), Grant: grant}
	input, err := credential.ProofInput(meeting)
	must(t, err)
	proof, err := credential.Prove(signer(t, "phone"), meeting)
	must(t, err)
	inside := encoded(t, wire.Presentation{Grant: grant, Proof: proof, Open: new(uint8)})
	m1, err := phone.First(inside)
	must(t, err)

	locker, err := wire.NewResponder(exchange(t, "static"), info.Encode(), bytes.NewReader(scalar("locker ephemeral")))
	must(t, err)
	got, ephemeral, err := locker.First(m1)
	must(t, err)
	if !bytes.Equal(got, inside) || !bytes.Equal(ephemeral, phone.Ephemeral()) {
		t.Fatal("the locker read something else than the phone wrote")
	}
	raws := receiptChain(t, lockhouse.ReceiptAuthorised, lockhouse.ReceiptOpened, lockhouse.ReceiptCollected)
	answer := encoded(t, wire.Admission{Compartment: 12, Receipt: raws[0]})
	m2, lockerChannel, err := locker.Second(answer)
	must(t, err)
	back, phoneChannel, err := phone.Second(m2)
	must(t, err)
	if !bytes.Equal(back, answer) {
		t.Fatal("the phone read something else than the locker wrote")
	}

	v.Grant, v.ProofIn, v.Proof = hex.EncodeToString(grant), hex.EncodeToString(input), hex.EncodeToString(proof)
	v.M1Inside, v.M1 = hex.EncodeToString(inside), hex.EncodeToString(m1)
	v.M2Inside, v.M2 = hex.EncodeToString(answer), hex.EncodeToString(m2)
	v.Up = steps(t, phoneChannel, lockerChannel, []named{
		{"open 0", wire.Open{}}, {"open 3 at rank 2 or more", wire.Open{Index: 3, Rank: 2}}, {"misfit 3", wire.Misfit{Index: 3}},
		{"tail 2", wire.Tail{N: 2}}, {"bye", wire.Bye{}},
	})
	v.Down = steps(t, lockerChannel, phoneChannel, []named{
		{"opened", wire.DoorNews{Event: wire.DoorOpened, Compartment: 12, Receipt: raws[1]}},
		{"closed", wire.DoorNews{Event: wire.DoorClosed, Compartment: 12, Receipt: raws[2]}},
		{"timeout, no receipt", wire.DoorNews{Index: 3, Event: wire.DoorTimeout, Compartment: 5}},
		{"answer", wire.Answer{Index: 3, Compartment: 5, Receipt: raws[0]}},
		{"answer: busy", wire.Answer{Index: 3, Status: 10}},
		{"receipts", wire.Receipts{Receipts: raws[1:]}},
	})
	for _, raw := range raws {
		v.Receipts = append(v.Receipts, vectorOf(t, raw))
	}
	for _, size := range []int{20, 182, 244, 509} {
		v.Frames = append(v.Frames, framesOf(t, info.Session, m1, size))
	}
	v.Connect = connectVector(t)
	v.Uplink = uplinkVectors(t, raws)
	v.Keyset = keysetOf(t, raws[0])
}

type named struct {
	name    string
	message any
}

func steps(t testing.TB, from, to *wire.Channel, messages []named) (out []step) {
	t.Helper()
	for _, m := range messages {
		plain := encoded(t, m.message)
		sealed, err := from.Seal(plain)
		must(t, err)
		opened, err := to.Open(sealed)
		must(t, err)
		if !bytes.Equal(opened, plain) {
			t.Fatalf("%s: opened as %x", m.name, opened)
		}
		out = append(out, step{m.name, hex.EncodeToString(plain), hex.EncodeToString(sealed)})
	}
	return out
}

func vectorOf(t testing.TB, raw []byte) receiptVector {
	t.Helper()
	r, err := credential.VerifyReceipt(public(t, "receipts"), raw)
	must(t, err)
	link := credential.Link(raw)
	const head, tail = 7, 2 + credential.SignatureBytes // tag, array, protected (4), unprotected; the signature's own head
	signed := append([]byte{0x84, 0x6a}, "Signature1"...)
	signed = append(append(signed, 0x43, 0xa1, 0x01, 0x26, 0x4f), "latch-1 receipt"...)
	signed = append(signed, raw[head:len(raw)-tail]...)
	digest := sha256.Sum256(signed)
	sig := raw[len(raw)-credential.SignatureBytes:]
	if !ecdsa.Verify(&signer(t, "receipts").PublicKey, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])) {
		t.Fatal("the Sig_structure of the vector is not what was signed")
	}
	return receiptVector{
		Kind: r.Kind.String(), Raw: hex.EncodeToString(raw), Signed: hex.EncodeToString(signed), Prev: hex.EncodeToString(r.Prev[:]),
		Link: hex.EncodeToString(link[:]), Seq: r.Seq, AtUnixS: r.At.Unix(),
	}
}

func framesOf(t testing.TB, session byte, message []byte, size int) frameVector {
	t.Helper()
	frames, err := wire.Cut(session, message, size)
	must(t, err)
	v := frameVector{FrameBytes: size, Message: hex.EncodeToString(message)}
	for _, f := range frames {
		v.Frames = append(v.Frames, hex.EncodeToString(f))
	}
	return v
}

// connectVector is how a locker shows who it is: the fields of its CONNECT.
func connectVector(t testing.TB) map[string]string {
	t.Helper()
	call := credential.Call{Nonce: "zSdz81VJo3DH0Yw", Locker: lockhouse.LockerIDOf(vectorLocker), Host: "lockers.example:7422"}
	proof, err := credential.ProveCall(signer(t, "receipts"), call)
	must(t, err)
	return map[string]string{"nonce": call.Nonce, "nkey": string(call.Locker), "auth_token": call.Host, "sig": base64.RawURLEncoding.EncodeToString(proof)}
}

func uplinkVectors(t testing.TB, raws [][]byte) (out []json.RawMessage) {
	t.Helper()
	statement, err := credential.SignTime(authority(t, "issuer"), credential.Time{Locker: lockhouse.LockerIDOf(vectorLocker), At: vectorTime, Nonce: [16]byte(scalar("time nonce"))})
	must(t, err)
	desired, err := credential.SignDesired(authority(t, "issuer"), lockhouse.LockerIDOf(vectorLocker), lockhouse.Desired{Version: 5, OutOfService: []int{3, 12}})
	must(t, err)
	zoned, err := credential.SignDesired(authority(t, "issuer"), lockhouse.LockerIDOf(vectorLocker), lockhouse.Desired{Version: 6, OutOfService: []int{3}, Zone: "America/New_York"})
	must(t, err)
	command, err := credential.SignCommand(authority(t, "issuer"), lockhouse.Command{
		ID: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, Locker: lockhouse.LockerIDOf(vectorLocker), Verb: lockhouse.CommandReport,
		IssuedAt: vectorTime, ExpiresAt: vectorTime.Add(lockhouse.CommandLife),
	})
	must(t, err)
	for _, m := range []any{
		wire.Hello{Locker: lockhouse.LockerIDOf(vectorLocker), Boot: 3, Version: "0.1.0", TimeNonce: scalar("time nonce")[:16]},
		wire.Welcome{Time: statement, AppliedThrough: 40, Desired: desired},
		wire.Desired{Desired: desired},
		wire.Command{Command: command},
		wire.Done{Outcome: lockhouse.OutcomeDone},
		wire.Delivery{Receipts: []wire.Bytes{raws[0], raws[1], raws[2]}},
		wire.Ack{AppliedThrough: 43},
		wire.Refused{Code: lockhouse.CodeUnavailable},
		wire.Health{Doors: map[int]lockhouse.Door{12: lockhouse.DoorShut}, UptimeS: 7200, Desired: 5},
		wire.Openings{Board: "kerong", Openings: []wire.Opening{{Ref: lockhouse.ParcelRef(scalar("parcel")[:16]), AgoMS: 9000, AuthorisedMS: 30, PulsedMS: 60, OpenMS: 400, ShutMS: 8500}}},
		wire.AskTime{TimeNonce: scalar("time nonce")[:16]},
		wire.Time{Time: statement},
		wire.KeyCard{Card: scalar("a card")},
		wire.Desired{Desired: zoned},
		wire.KeysShown{Card: scalar("a card"), Known: command},
	} {
		_, data, err := wire.EncodeUplink(m)
		must(t, err)
		out = append(out, data)
	}
	return out
}

// TestVectors holds the wire still: what was published once is made again, byte for byte.
func TestVectors(t *testing.T) {
	made, err := json.MarshalIndent(visit(t), "", " ")
	must(t, err)
	made = append(made, '\n')
	if *update {
		must(t, os.WriteFile(vectorsFile, made, 0o644))
	}
	kept, err := os.ReadFile(vectorsFile)
	must(t, err)
	if !bytes.Equal(made, kept) {
		t.Errorf("the wire changed: %s is not what this code makes; a change of the wire needs a new version", vectorsFile)
	}
}
