package storetest

import (
	"context"
	"errors"

	"lockhouse/store"
)

// Fault is one way in which an Update goes wrong.
type Fault int

// The two ways, and none.
const (
	Healthy Fault = iota
	NotDone       // nothing was written, and we are told so
	NotTold       // everything was written, and we are told that it failed
)

// ErrFault is what a Faulty store's Update says.
var ErrFault = errors.New("storetest: the store failed as the test asked")

// Faulty is a store whose next Update goes wrong in a way of the test's choice; those after it are healthy.
type Faulty struct {
	store.Store
	Next Fault
}

// Update fails once, if it was told to.
func (f *Faulty) Update(ctx context.Context, do func(store.Tx) error) error {
	fault := f.Next
	f.Next = Healthy
	switch fault {
	case NotDone:
		return ErrFault
	case NotTold:
		if err := f.Store.Update(ctx, do); err != nil {
			return err
		}
		return ErrFault
	}
	return f.Store.Update(ctx, do)
}
