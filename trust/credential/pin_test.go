package credential_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockhouse"
	"lockhouse/trust/credential"
)

func pinSecret(t testing.TB, own, other string) credential.PINSecret {
	t.Helper()
	private, err := key(t, own).ECDH()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := credential.AgreePINSecret(private, public(t, other), shared, locker)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// TestPINIsAgreedOn: locker and network come to the same, each by its own key, and nobody else does. The vector is a promise:
// a PIN that was printed must open after an update.
func TestPINIsAgreedOn(t *testing.T) {
	here, there := pinSecret(t, "static", "issuer"), pinSecret(t, "issuer", "static")
	if here != there {
		t.Fatal("the two sides differ")
	}
	if here == pinSecret(t, "static", "next issuer") || here == pinSecret(t, "another static", "issuer") {
		t.Error("another pair of keys has the same secret")
	}
	private, err := key(t, "static").ECDH()
	if err != nil {
		t.Fatal(err)
	}
	if other, err := credential.AgreePINSecret(private, public(t, "issuer"), shared, lockhouse.LockerIDOf([8]byte{9})); err != nil || other == here {
		t.Errorf("another locker has the same secret: %v", err)
	}
	if _, err := credential.AgreePINSecret(private, make([]byte, 65), shared, locker); err == nil {
		t.Error("a key that is no point was taken")
	}
	if pin := here.PIN(lockhouse.ParcelRef{7}, 4, time.Time{}); pin != "09447670" {
		t.Errorf("the PIN of the vector is %s", pin)
	}
	renewed := time.Date(2026, 11, 26, 4, 0, 0, 999, time.UTC)
	if pin := here.PIN(lockhouse.ParcelRef{7}, 4, renewed); pin == "09447670" || pin != here.PIN(lockhouse.ParcelRef{7}, 4, renewed.Truncate(time.Second)) {
		t.Errorf("made anew, it is %s", pin)
	}
}

// TestPINsAreFarApart: each is 8 digits; another parcel or another generation has another; and every digit is as likely.
func TestPINsAreFarApart(t *testing.T) {
	secret := pinSecret(t, "static", "issuer")
	rapid.Check(t, func(rt *rapid.T) {
		ref, generation := lockhouse.ParcelRef(rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(rt, "ref")), rapid.Uint32().Draw(rt, "generation")
		pin := secret.PIN(ref, generation, time.Time{})
		if len(pin) != credential.PINDigits || pin != secret.PIN(ref, generation, time.Time{}) {
			rt.Fatalf("%q", pin)
		}
	})
	var counts [credential.PINDigits][10]float64
	const n = 20_000
	for i := range n {
		for at, digit := range secret.PIN(lockhouse.ParcelRef{1}, uint32(i), time.Time{}) {
			counts[at][digit-'0']++
		}
	}
	for at, digits := range counts {
		chi := 0.0
		for _, seen := range digits {
			chi += math.Pow(seen-n/10, 2) / (n / 10)
		}
		if chi > 33.7 { // 9 degrees of freedom, one in ten thousand; the input is fixed, so this holds or does not
			t.Errorf("digit %d is uneven: chi² %.1f", at, chi)
		}
	}
}
