package credential_test

import (
	"bytes"
	"testing"

	"lockhouse"
	"lockhouse/trust/credential"
)

// FuzzGrant holds that nothing but what the issuer signed is ever accepted.
func FuzzGrant(f *testing.F) {
	good := signGrant(f, "issuer", aGrant(f))
	f.Add(good)
	f.Add(good[1:])
	f.Add(withUnprotected(good))
	all := trusted(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := credential.VerifyGrant(all, data); err == nil && !bytes.Equal(data, good) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// FuzzReceipt holds the same for receipts, and that reading one unchecked gives what signing would have been given.
func FuzzReceipt(f *testing.F) {
	good, err := credential.SignReceipt(key(f, "receipts"), lockhouse.Receipt{Locker: locker, Boot: 1, Seq: 3, Kind: lockhouse.ReceiptForced, At: noon, Compartment: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:80])
	receiptKey := public(f, "receipts")
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := credential.ReadReceipt(data)
		if err == nil {
			again, err := credential.SignReceipt(key(t, "receipts"), r)
			if err != nil || !bytes.Equal(again[:len(again)-credential.SignatureBytes], data[:len(data)-credential.SignatureBytes]) {
				t.Fatalf("%x has a second form", data)
			}
		}
		if _, err := credential.VerifyReceipt(receiptKey, data); err == nil && !bytes.Equal(data, good) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// FuzzTime holds the same for time statements.
func FuzzTime(f *testing.F) {
	good, err := credential.SignTime(authority(f, "issuer"), credential.Time{Locker: locker, At: noon, Nonce: [16]byte{1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	all := trusted(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := credential.VerifyTime(all, data); err == nil && !bytes.Equal(data, good) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// FuzzOrders holds the same for what the network wants of a locker, and has it do.
func FuzzOrders(f *testing.F) {
	desired, err := credential.SignDesired(authority(f, "issuer"), locker, lockhouse.Desired{Version: 3, OutOfService: []int{2, 12}, At: noon, Zone: "Europe/Paris",
		Revoked: []lockhouse.Revocation{{Name: [8]byte{1}, At: noon, Until: noon}}})
	if err != nil {
		f.Fatal(err)
	}
	command, err := credential.SignCommand(authority(f, "issuer"), lockhouse.Command{Locker: locker, Verb: lockhouse.CommandRelease, Doubt: lockhouse.Doubt{Compartment: 1}, IssuedAt: noon, ExpiresAt: noon})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(desired)
	f.Add(command)
	all := trusted(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, _, err := credential.VerifyDesired(all, data); err == nil && !bytes.Equal(data, desired) {
			t.Fatalf("accepted %x", data)
		}
		if _, err := credential.VerifyCommand(all, data); err == nil && !bytes.Equal(data, command) {
			t.Fatalf("accepted %x", data)
		}
	})
}

// FuzzMail holds that no mail opens but those that were sealed to the locker, whoever sealed them, and that nobody needs more than bytes
// to find out.
func FuzzMail(f *testing.F) {
	static, statement := exchange(f, "static"), []byte("a statement")
	good, err := credential.SealMail(static.PublicKey().Bytes(), statement) // another one in each process that fuzzes
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add(make([]byte, credential.MailOverheadBytes))
	f.Fuzz(func(t *testing.T, data []byte) {
		if plain, err := credential.OpenMail(static, data, 1_536); err == nil && !bytes.Equal(plain, statement) {
			t.Fatalf("opened %x: %x", data, plain)
		}
	})
}
