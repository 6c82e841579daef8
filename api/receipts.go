package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

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
	claims, err := a.verifyReceipts(ctx, raws)
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

// signersFreshS is how long lockers' keys are remembered: they may change them.
const signersFreshS = 60

// verifyReceipts checks receipts by the keys that are remembered, and what those refuse by those of the store.
func (a *API) verifyReceipts(ctx context.Context, raws [][]byte) ([]lockhouse.Receipt, error) {
	claims, err := credential.VerifyReceipts(raws, a.receiptKeys(ctx, a.signers.find))
	if !errors.Is(err, credential.ErrRefused) {
		return claims, err
	}
	asked := map[lockhouse.LockerID]bool{} // each once
	return credential.VerifyReceipts(raws, a.receiptKeys(ctx, func(id lockhouse.LockerID, now time.Time) ([]lockhouse.ReceiptKey, bool) {
		if asked[id] {
			return a.signers.find(id, now)
		}
		asked[id] = true
		return nil, false
	}))
}

// receiptKeys finds lockers' keys where somebody remembers them, or else in the store.
func (a *API) receiptKeys(ctx context.Context, remembered func(lockhouse.LockerID, time.Time) ([]lockhouse.ReceiptKey, bool)) credential.KeysOf {
	return func(id lockhouse.LockerID) ([]lockhouse.ReceiptKey, error) {
		if keys, known := remembered(id, a.Now()); known {
			return keys, nil
		}
		r, applied, err := a.Fleet.Keys(ctx, id)
		if err != nil {
			return nil, err
		}
		keys := r.ReceiptKeys(applied)
		a.signers.keep(id, keys, a.Now().Add(signersFreshS*time.Second))
		return keys, nil
	}
}

// maxSigners is how many lockers' keys are remembered, some 10 MB of them.
const maxSigners = 65_536

// signers are the receipt keys of lockers.
type signers struct {
	mu    sync.RWMutex
	known map[lockhouse.LockerID]signer
}

// signer is a locker's receipt keys, and until when they are believed.
type signer struct {
	keys  []lockhouse.ReceiptKey
	until time.Time
}

func (s *signers) find(id lockhouse.LockerID, now time.Time) ([]lockhouse.ReceiptKey, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	is, known := s.known[id]
	return is.keys, known && now.Before(is.until)
}

func (s *signers) keep(id lockhouse.LockerID, keys []lockhouse.ReceiptKey, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSigners {
		s.known = map[lockhouse.LockerID]signer{}
	}
	s.known[id] = signer{keys, until}
}

func (a *API) lockerOf(ctx context.Context, id lockhouse.LockerID) (l lockhouse.Locker, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		l, err = tx.Locker(id)
		return err
	})
	return l, err
}
