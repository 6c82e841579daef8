package credential

import (
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
)

// Mail is how the locker is to be, as its network said it, sealed to the locker: whoever carries it can neither read it nor change
// it, and another locker can't open it. It is HPKE (RFC 9180) in base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and
// AES-128-GCM: the encapsulated key, 65 bytes, and the sealed statement. That the network wrote it, the statement inside says.
const mailContext = "latch-1 mail"

// MailOverheadBytes is what sealing adds: an encapsulated key and a tag.
const MailOverheadBytes = KeyBytes + 16

// SealMail seals a statement to a locker's static key (65 bytes). Its randomness is the machine's, as the standard library has it.
func SealMail(static, statement []byte) ([]byte, error) {
	point, err := ecdh.P256().NewPublicKey(static)
	if err != nil {
		return nil, refused("a static key: %w", err)
	}
	key, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("a static key: %w", err)
	}
	return hpke.Seal(key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(mailContext), statement)
}

// OpenMail gives the statement in a mail that was sealed to this static key, at most maxBytes of mail. It is not checked yet: that is for
// VerifyDesired.
func OpenMail(static ecdh.KeyExchanger, mail []byte, maxBytes int) ([]byte, error) {
	if len(mail) < MailOverheadBytes || len(mail) > maxBytes {
		return nil, refused("a mail of %d bytes; it has %d to %d", len(mail), MailOverheadBytes, maxBytes)
	}
	key, err := hpke.NewDHKEMPrivateKey(static)
	if err != nil {
		return nil, fmt.Errorf("the static key: %w", err)
	}
	statement, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(mailContext), mail)
	if err != nil {
		return nil, refused("a mail: %w", err)
	}
	return statement, nil
}
