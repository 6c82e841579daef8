package past

import (
	"fmt"

	"lockhouse/store"
	"lockhouse/trust/credential"
)

// StretchReceipts is how many receipts of a locker are kept together. They follow each other without a gap, and so does
// one stretch the next: whoever reads a locker's stretches in order reads its whole chain.
const StretchReceipts = 16

// EncodeStretch keeps receipts as they were signed, and nothing beside: what a receipt says stands in it.
func EncodeStretch(receipts []store.SignedReceipt) ([]byte, error) {
	raws := make([][]byte, len(receipts))
	for i, r := range receipts {
		raws[i] = r.Raw
	}
	return encode(raws)
}

// DecodeStretch reads receipts again. Their signatures were checked when they came.
func DecodeStretch(body []byte) ([]store.SignedReceipt, error) {
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
