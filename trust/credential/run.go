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

// KeysOf finds the keys by which a locker's receipts are known.
type KeysOf func(lockhouse.LockerID) ([]lockhouse.ReceiptKey, error)

// VerifyReceipts reads receipts and checks that each was signed by the locker that it names. Its error is a ReceiptError.
//
// Where receipts follow each other as their locker made them, the signature of the last is checked, and it stands for
// all: what a locker signs contains the hash of the receipt before, whole, so that one can be no other, nor the one
// before that. docs/decisions/0013-last-signature.md has why, and when a receipt counts as following.
func VerifyReceipts(all [][]byte, keysOf KeysOf) ([]lockhouse.Receipt, error) {
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
		if at, err := verifyRun(read[first:end], keysOf); err != nil {
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
func verifyRun(run []sealed, keysOf KeysOf) (at int, err error) {
	last := len(run) - 1
	keys, err := keysOf(run[0].claim.Locker)
	if err != nil {
		return 0, err
	}
	if err = run[last].verifyBy(keys); err == nil {
		return 0, nil
	}
	for i := range run[:last] {
		if err := run[i].verifyBy(keys); err != nil {
			return i, err
		}
	}
	return last, err
}

// verifyBy checks a receipt by one of several keys, each as far as it goes.
func (s sealed) verifyBy(keys []lockhouse.ReceiptKey) error {
	err := refused("receipt %d: no key is known for it", s.claim.Seq)
	for _, k := range keys {
		if k.Through != 0 && s.claim.Seq > k.Through {
			continue
		}
		var key *ecdsa.PublicKey
		if key, err = ParseKey(k.Key); err == nil {
			err = s.verify(key)
		}
		if err == nil {
			return nil
		}
	}
	return err
}

func (s sealed) verify(key *ecdsa.PublicKey) error { return check(s.message(), key, aadReceipt) }
