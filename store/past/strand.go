package past

import (
	"fmt"

	"lockhouse/store"
	"lockhouse/trust/credential"
)

// StrandReceipts is how many receipts of a locker are kept together. They follow each other without a gap, and so does
// one strand the next: whoever reads a locker's strands in order reads its whole chain.
const StrandReceipts = 16

// EncodeStrand keeps receipts as they were signed, and nothing beside: what a receipt says stands in it.
func EncodeStrand(receipts []store.SignedReceipt) ([]byte, error) {
	raws := make([][]byte, len(receipts))
	for i, r := range receipts {
		raws[i] = r.Raw
	}
	return encode(raws)
}

// DecodeStrand reads receipts again. Their signatures were checked when they came.
func DecodeStrand(body []byte) ([]store.SignedReceipt, error) {
	var raws [][]byte
	if err := decode(body, &raws); err != nil {
		return nil, err
	}
	receipts := make([]store.SignedReceipt, len(raws))
	for i, raw := range raws {
		r, err := credential.ReadReceipt(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBody, err)
		}
		receipts[i] = store.SignedReceipt{Receipt: r, Raw: raw}
	}
	return receipts, nil
}
