package credential_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
)

func aCode(t *rapid.T) credential.EnrolCode {
	raw := rapid.SliceOfN(rapid.Byte(), 12, 12).Draw(t, "chance")
	c, err := credential.NewEnrolCode(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const enrolAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// TestEnrolCodeIsRead as people type it, and every wrong character, and every two that changed places, are found.
func TestEnrolCodeIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := aCode(t)
		text := code.String()
		typed := strings.NewReplacer("1", "l", "0", "o", "-", rapid.SampledFrom([]string{"", " ", "-"}).Draw(t, "between")).Replace(strings.ToLower(text))
		if got, err := credential.ParseEnrolCode(typed); err != nil || got.String() != text {
			t.Fatalf("%q was read as %q: %v", typed, got, err)
		}
		plain := []byte(strings.ReplaceAll(text, "-", ""))
		i, j := rapid.IntRange(0, len(plain)-1).Draw(t, "one"), rapid.IntRange(0, len(plain)-1).Draw(t, "other")
		wrong := []byte(string(plain))
		wrong[i] = enrolAlphabet[rapid.IntRange(0, 31).Draw(t, "char")]
		swapped := []byte(string(plain))
		swapped[i], swapped[j] = swapped[j], swapped[i]
		for _, bad := range []string{string(wrong), string(swapped)} {
			if _, err := credential.ParseEnrolCode(bad); (err == nil) != (bad == string(plain)) {
				t.Fatalf("%s for %s: %v", bad, plain, err)
			}
		}
	})
	for _, bad := range []string{"", "K7QF", strings.Repeat("U", 20), strings.Repeat("0", 21), strings.Repeat("é", 10)} {
		if _, err := credential.ParseEnrolCode(bad); lockhouse.CodeOf(err) != lockhouse.CodeMalformed {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseEnrolCode(f *testing.F) {
	f.Add("0000-0000-0000-0000-0000")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := credential.ParseEnrolCode(text)
		if err != nil {
			return
		}
		if again, err := credential.ParseEnrolCode(c.String()); err != nil || again.String() != c.String() {
			t.Fatalf("%q became %s", text, c)
		}
	})
}

func exchanger(t testing.TB, name string) *ecdh.PrivateKey {
	t.Helper()
	k, err := key(t, name).ECDH()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestEnrolmentBindsBothSides: the locker and the network agree where both know the code and the network has the issuer key
// that the locker was offered. Who stands between with an issuer key of their own can neither read what the locker says nor
// answer it; and who reads what the network keeps of a code enrols no locker with it.
func TestEnrolmentBindsBothSides(t *testing.T) {
	code, err := credential.NewEnrolCode(rand.Reader)
	must(t)(nil, err)
	own, err := code.Key()
	must(t)(nil, err)
	meeting := credential.Enrolment{Challenge: make([]byte, credential.EnrolChallengeBytes), Issuer: public(t, "issuer")}
	lockers, err := meeting.Agree(own, meeting.Issuer)
	must(t)(nil, err)
	networks, err := meeting.Agree(exchanger(t, "issuer"), own.PublicKey().Bytes())
	must(t)(nil, err)
	ask := must(t)(lockers.SealAsk([]byte("card")))
	if got, err := networks.OpenAsk(ask); err != nil || string(got) != "card" {
		t.Fatalf("%q, %v", got, err)
	}
	answer := must(t)(networks.SealAnswer([]byte("settings"), ask))
	if got, err := lockers.OpenAnswer(answer, ask); err != nil || string(got) != "settings" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := lockers.OpenAnswer(answer, []byte("another ask")); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("the answer to another ask: %v", err)
	}
	for _, sealed := range [][]byte{ask, answer} {
		eachFlip(sealed, func(bit int, flipped []byte) {
			_, asErr := networks.OpenAsk(flipped)
			_, answerErr := lockers.OpenAnswer(flipped, ask)
			if asErr == nil || answerErr == nil {
				t.Fatalf("bit %d flipped was read", bit)
			}
		})
	}

	between := credential.Enrolment{Challenge: meeting.Challenge, Issuer: public(t, "man between")}
	fooled, err := between.Agree(own, between.Issuer)
	must(t)(nil, err)
	ask = must(t)(fooled.SealAsk([]byte("card")))
	for name, tries := range map[string]func() (credential.EnrolKeys, error){
		"without the code": func() (credential.EnrolKeys, error) {
			return between.Agree(exchanger(t, "man between"), public(t, "a guess"))
		},
		"by the network's keys": func() (credential.EnrolKeys, error) { return networks, nil },
	} {
		keys, err := tries()
		must(t)(nil, err)
		if _, err := keys.OpenAsk(ask); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: read what the locker said: %v", name, err)
		}
		if _, err := fooled.OpenAnswer(must(t)(keys.SealAnswer([]byte("settings"), ask)), ask); !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: answered: %v", name, err)
		}
	}
	thief, err := meeting.Agree(exchanger(t, "reader of the store"), meeting.Issuer) // has the code's public key, and not the private one
	must(t)(nil, err)
	if _, err := networks.OpenAsk(must(t)(thief.SealAsk([]byte("card")))); !errors.Is(err, credential.ErrRefused) {
		t.Errorf("who reads the store enrols a locker: %v", err)
	}
}

// TestPossession: a card with a key that its locker does not hold, another card, and another meeting are refused.
func TestPossession(t *testing.T) {
	meeting := credential.Enrolment{Challenge: make([]byte, credential.EnrolChallengeBytes), Issuer: public(t, "issuer")}
	other := meeting
	other.Challenge = []byte("another challenge of as many byt")
	proof, err := meeting.Prove(exchanger(t, "static"), key(t, "receipts"), []byte("card"))
	must(t)(nil, err)
	check := func(m credential.Enrolment, static, receipts, card string) error {
		return m.Check(proof, exchanger(t, "issuer"), public(t, static), public(t, receipts), []byte(card))
	}
	if err := check(meeting, "static", "receipts", "card"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"another static key":  check(meeting, "another", "receipts", "card"),
		"another receipt key": check(meeting, "static", "another", "card"),
		"another card":        check(meeting, "static", "receipts", "other"),
		"another meeting":     check(other, "static", "receipts", "card"),
	} {
		if !errors.Is(err, credential.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
