package wire

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"

	"lockhouse"
)

// AdvertKeyBytes is the length of the key that advertised names are derived from.
const AdvertKeyBytes = 16

var advertLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding) // Crockford's

// AdvertName gives the name under which a locker advertises on a UTC date: 8 characters, which is what a 31-byte
// advertisement has room for beside the service's UUID. Whoever has the advertising key, which comes with each grant,
// knows what to look for; to anybody else the name says nothing, and changes every day.
func AdvertName(key []byte, locker [8]byte, day lockhouse.Day) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("latch-1 advert"))
	mac.Write(locker[:])
	mac.Write(binary.BigEndian.AppendUint32(nil, uint32(day)))
	return advertLetters.EncodeToString(mac.Sum(nil)[:5])
}
