package auth

import (
	"crypto/ecdh"

	"lockhouse"
)

// CheckPhoneKey refuses what is not a phone's public key: a point on P-256, uncompressed (SEC 1, 2.3.3), 65 bytes. A
// point off the curve would make the locker's arithmetic say things about its own keys.
func CheckPhoneKey(key []byte) error {
	if _, err := ecdh.P256().NewPublicKey(key); err != nil {
		return lockhouse.Refuse(lockhouse.CodeMalformed, "phone_key is not a P-256 public key: 65 bytes, uncompressed, on the curve.").
			With("field", "phone_key").Because(err)
	}
	return nil
}
