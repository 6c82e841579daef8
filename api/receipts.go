package api

import (
	"context"
	"errors"
	"net/http"

	"lockhouse"
	"lockhouse/estate/fleet"
	"lockhouse/store"
	"lockhouse/trust/credential"
)

type receiptsInput struct {
	Body struct {
		Receipts []string `json:"receipts" minItems:"1" maxItems:"200" doc:"As the lockers signed them, base64url."`
	}
}

type tallyView struct {
	Accepted   int `json:"accepted" doc:"Kept now, for the first time."`
	Duplicates int `json:"duplicates" doc:"Here already."`
	Waiting    int `json:"waiting" doc:"Kept, but without effect until those before them are here."`
}

func (a *API) receipts() {
	add(a, route{
		method: http.MethodPost, path: "/v1/receipts", id: "carryReceipts", tag: tagReceipt, who: anybody,
		summary: "Hand over what a locker signed",
		about: "Whoever was at a locker may carry its receipts; its signature is what counts. Each is kept once and takes effect in the order of " +
			"its number. If one of them was not signed by a locker of this network, none is taken.",
	}, func(ctx context.Context, in *receiptsInput) (*body[tallyView], error) {
		v, err := a.takeReceipts(ctx, in.Body.Receipts)
		if err != nil {
			return nil, err
		}
		return answer(v), nil
	})
}

func (a *API) takeReceipts(ctx context.Context, texts []string) (v tallyView, err error) {
	byLocker, keys := map[lockhouse.LockerID][]store.SignedReceipt{}, map[lockhouse.LockerID][]byte{}
	for i, text := range texts {
		r, err := a.readReceipt(ctx, text, keys)
		if err != nil && !forged(err) {
			return v, err
		}
		if err != nil {
			return v, lockhouse.Refuse(lockhouse.CodeMalformed, "Receipt %d was not signed by a locker of this network; none was taken.", i+1).
				With("field", "receipts").With("index", i).Because(err)
		}
		byLocker[r.Locker] = append(byLocker[r.Locker], r)
	}
	for locker, receipts := range byLocker {
		t, err := a.Fleet.Accept(ctx, locker, receipts)
		if err != nil {
			return v, err
		}
		v.Accepted, v.Duplicates, v.Waiting = v.Accepted+t.Fresh, v.Duplicates+t.Duplicate, v.Waiting+t.Waiting
	}
	return v, nil
}

// forged tells whether a receipt itself is at fault. A store that does not answer says nothing about a signature, and its
// carrier must keep the receipt.
func forged(err error) bool {
	code := lockhouse.CodeOf(err)
	return errors.Is(err, credential.ErrRefused) || code == lockhouse.CodeMalformed || code == lockhouse.CodeNotFound
}

// readReceipt reads a receipt and checks it with the key of the locker that it names. It remembers the key in keys:
// receipts come by the handful from one locker.
func (a *API) readReceipt(ctx context.Context, text string, keys map[lockhouse.LockerID][]byte) (r store.SignedReceipt, err error) {
	if r.Raw, err = unb64("receipts", text); err != nil {
		return r, err
	}
	if len(r.Raw) > fleet.MaxReceiptBytes {
		return r, lockhouse.Refuse(lockhouse.CodeMalformed, "too long")
	}
	r.Receipt, err = credential.VerifyReceiptOf(r.Raw, func(id lockhouse.LockerID) ([]byte, error) {
		if keys[id] == nil {
			locker, err := a.lockerOf(ctx, id)
			if err != nil {
				return nil, err
			}
			keys[id] = locker.ReceiptKey
		}
		return keys[id], nil
	})
	return r, err
}

func (a *API) lockerOf(ctx context.Context, id lockhouse.LockerID) (l lockhouse.Locker, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		l, err = tx.Locker(id)
		return err
	})
	return l, err
}
