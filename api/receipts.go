package api

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"lockhouse"
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
			"its number. If one of them was not signed by a locker of this network, or by one that was retired as stolen, none is taken.",
		refusals: []lockhouse.Code{lockhouse.CodeForbidden},
	}, func(ctx context.Context, in *receiptsInput) (*body[tallyView], error) {
		v, err := a.takeReceipts(ctx, in.Body.Receipts)
		if err != nil {
			return nil, err
		}
		return answer(v), nil
	})
}

func (a *API) takeReceipts(ctx context.Context, texts []string) (v tallyView, err error) {
	raws, err := readReceipts(texts)
	if err != nil {
		return v, notSigned(err)
	}
	claims, err := credential.VerifyReceipts(raws, a.receiptKeys(ctx))
	if err != nil {
		return v, notSigned(err)
	}
	byLocker := map[lockhouse.LockerID][]store.SignedReceipt{}
	for i, r := range claims {
		byLocker[r.Locker] = append(byLocker[r.Locker], store.SignedReceipt{Receipt: r, Raw: raws[i]})
	}
	for locker, receipts := range byLocker {
		if err := a.Fleet.Believed(ctx, locker); err != nil {
			return v, err
		}
		t, err := a.Fleet.Accept(ctx, locker, receipts)
		if err != nil {
			return v, err
		}
		v.Accepted, v.Duplicates, v.Waiting = v.Accepted+t.Fresh, v.Duplicates+t.Duplicate, v.Waiting+t.Waiting
	}
	return v, nil
}

// readReceipts decodes what was handed over. An error is a credential.ReceiptError.
func readReceipts(texts []string) ([][]byte, error) {
	raws := make([][]byte, len(texts))
	for i, text := range texts {
		raw, err := unb64("receipts", text)
		if err != nil {
			return nil, &credential.ReceiptError{Index: i, Err: err}
		}
		raws[i] = raw
	}
	return raws, nil
}

// notSigned is told to whoever brought what no locker of this network signed. A store that does not answer says nothing
// about a signature, and its carrier must keep the receipt.
func notSigned(err error) error {
	bad, ok := errors.AsType[*credential.ReceiptError](err)
	if !ok {
		return err
	}
	code := lockhouse.CodeOf(err)
	if !errors.Is(err, credential.ErrRefused) && code != lockhouse.CodeMalformed && code != lockhouse.CodeNotFound {
		return bad.Err
	}
	return lockhouse.Refuse(lockhouse.CodeMalformed, "Receipt %d was not signed by a locker of this network; none was taken.", bad.Index+1).
		With("field", "receipts").With("index", bad.Index).Because(err)
}

// receiptKeys finds lockers' keys, and remembers them: a locker is registered once, with the key that it has for good.
func (a *API) receiptKeys(ctx context.Context) credential.KeyOf {
	return func(id lockhouse.LockerID) ([]byte, error) {
		if key, known := a.signers.find(id); known {
			return key, nil
		}
		locker, err := a.lockerOf(ctx, id)
		if err != nil {
			return nil, err
		}
		a.signers.keep(id, locker.ReceiptKey)
		return locker.ReceiptKey, nil
	}
}

// maxSigners is how many lockers' keys are remembered, some 10 MB of them.
const maxSigners = 65_536

// signers are the receipt keys of lockers.
type signers struct {
	mu   sync.RWMutex
	keys map[lockhouse.LockerID][]byte
}

func (s *signers) find(id lockhouse.LockerID) ([]byte, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	key, known := s.keys[id]
	return key, known
}

func (s *signers) keep(id lockhouse.LockerID, key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil || len(s.keys) >= maxSigners {
		s.keys = map[lockhouse.LockerID][]byte{}
	}
	s.keys[id] = key
}

func (a *API) lockerOf(ctx context.Context, id lockhouse.LockerID) (l lockhouse.Locker, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		l, err = tx.Locker(id)
		return err
	})
	return l, err
}
