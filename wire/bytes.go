package wire

import (
	"bytes"
	"encoding/base64"
)

// Bytes is a binary value that JSON shows as base64url without padding, and reads in that form alone.
type Bytes []byte

var base64url = base64.RawURLEncoding.Strict()

// MarshalText gives base64url without padding.
func (b Bytes) MarshalText() ([]byte, error) { return base64url.AppendEncode(nil, b), nil }

// UnmarshalText reads base64url without padding; bits left over must be zero, and line breaks are refused, which the
// standard decoder skips.
func (b *Bytes) UnmarshalText(text []byte) error {
	if bytes.ContainsAny(text, "\r\n") {
		return base64.CorruptInputError(bytes.IndexAny(text, "\r\n"))
	}
	out, err := base64url.AppendDecode(nil, text)
	*b = out
	return err
}
