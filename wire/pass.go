package wire

import (
	"errors"
	"math/big"
)

// MaxPassDigits bounds the digits of a paper pass; those that are printed have about 360.
const MaxPassDigits = 400

// passMark stands before a pass's bytes, so that the number gives them all back, the leading zeros too.
const passMark = 1

// ErrPass says that something scanned can't be a paper pass.
var ErrPass = errors.New("pass: not the digits of a pass")

// PassDigits gives a paper pass as it is printed in a QR code: digits alone, the number that its bytes are after a 1. A QR
// code packs digits as tightly as bytes, and every scanner types digits alike, whatever keyboard it takes itself for.
func PassDigits(pass []byte) string {
	return new(big.Int).SetBytes(append([]byte{passMark}, pass...)).String()
}

// ReadPassDigits gives the bytes of a pass. There is one form: no sign, no leading zero, at most MaxPassDigits digits.
func ReadPassDigits(digits string) ([]byte, error) {
	if len(digits) == 0 || len(digits) > MaxPassDigits || digits[0] == '0' {
		return nil, ErrPass
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return nil, ErrPass
		}
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, ErrPass
	}
	all := n.Bytes()
	if len(all) < 2 || all[0] != passMark {
		return nil, ErrPass
	}
	return all[1:], nil
}
