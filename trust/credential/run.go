package credential

import (
	"crypto/ecdsa"
	"fmt"

	"lockhouse"
)

// ReceiptError says which of several receipts is refused, counted from 0.
type ReceiptError struct {
	Index int
	Err   error
}

// Error says which and why.
func (e *ReceiptError) Error() string { return fmt.Sprintf("receipt %d: %v", e.Index, e.Err) }

// Unwrap gives why.
func (e *ReceiptError) Unwrap() error { return e.Err }

// KeyOf finds a locker's receipt key (65 bytes).
type KeyOf func(lockhouse.LockerID) ([]byte, error)

// VerifyReceipts reads receipts and checks that each was signed by the locker that it names. Its error is a ReceiptError.
//
// Where receipts follow each other as their locker made them, the signature of the last is checked, and it stands for
// all: what a locker signs contains the hash of the receipt before, whole, so that one can be no other, nor the one
// before that. docs/decisions/0013-last-signature.md has why, and when a receipt counts as following.
func VerifyReceipts(all [][]byte, keyOf KeyOf) ([]lockhouse.Receipt, error) {
	read := make([]sealed, len(all))
	claims := make([]lockhouse.Receipt, len(all))
	for i, data := range all {
		r, err := scanReceipt(data)
		if err != nil {
			return nil, &ReceiptError{i, err}
		}
		read[i], claims[i] = r, r.claim
	}
	for first := 0; first < len(read); {
		end := first + 1
		for end < len(read) && follows(claims[end], claims[end-1], all[end-1]) {
			end++
		}
		if at, err := verifyRun(read[first:end], keyOf); err != nil {
			return nil, &ReceiptError{first + at, err}
		}
		first = end
	}
	return claims, nil
}

// follows tells whether a receipt vouches for the one before it. Another locker's word is worth nothing. A number
// further on would vouch for what it does not follow. And at each start a locker reads from its disk what it signed last:
// whoever writes there could have it vouch for something else, so a run ends with a boot.
func follows(next, before lockhouse.Receipt, signed []byte) bool {
	return next.Locker == before.Locker && next.Boot == before.Boot && next.Seq == before.Seq+1 && next.Prev == Link(signed)
}

// verifyRun checks the last signature of receipts that follow each other. If it is not good it vouches for nothing, and each
// stands for itself: at is the first that does not.
func verifyRun(run []sealed, keyOf KeyOf) (at int, err error) {
	last := len(run) - 1
	raw, err := keyOf(run[0].claim.Locker)
	if err != nil {
		return 0, err
	}
	key, err := ParseKey(raw)
	if err != nil {
		return 0, err
	}
	if err = run[last].verify(key); err == nil {
		return 0, nil
	}
	for i := range run[:last] {
		if err := run[i].verify(key); err != nil {
			return i, err
		}
	}
	return last, err
}

func (s sealed) verify(key *ecdsa.PublicKey) error { return check(s.message(), key, aadReceipt) }
