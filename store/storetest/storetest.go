// Package storetest is the one suite that every engine of store passes: what is written is read again, what is refused
// leaves nothing behind, and what was acknowledged stays. It also holds the sites and lockers that the rooms' own tests
// begin with.
package storetest

import (
	"errors"
	"reflect"
	"testing"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/trust/person"
)

// Engine opens stores for the suite.
type Engine struct {
	Open func(t *testing.T) store.Store // an empty one
	Book func(t *testing.T) person.Book // that works with any store of the engine
}

// Run runs the whole suite.
func Run(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"sites": sites, "lockers": lockers, "figures": figures, "rooms": rooms, "room lists": roomLists, "room contended": roomContended,
		"holds": holds, "parcels": parcels, "parcel lists": parcelLists,
		"receipts": receipts, "outbox": outbox, "a crowd that says something": crowd, "backlog": backlog, "lockers counted": lockersCounted, "lockers summed up": lockersSummed, "notices": notices, "webhooks": webhooks, "keys": keys, "fingerprints": fingerprints, "enrolments": enrolments, "services": services, "retirements": retirements, "rekeyings": rekeyings, "the register": register, "links and sessions": links,
		"links and sessions that are over": oldLinks,
		"leases":                           leases, "one takes the lease": oneTakes, "the lease is a fence": fence,
		"rollback": rollback, "neighbours": neighbours, "gone callers": goneCallers, "panic": panics,
		"the past": pastParcels, "the past of lockers": pastReceipts, "tidying": tidying, "dropping the past": droppedPast,
		"asked twice at once": askedTwice,
		"read only":           readOnly, "snapshot": snapshot,
	} {
		t.Run(name, func(t *testing.T) { test(t, e.Open(t)) })
	}
	t.Run("person", func(t *testing.T) { persons(t, e.Open(t), e.Book(t)) })
	t.Run("a forgotten person's past", func(t *testing.T) { pastOfPersons(t, e.Open(t), e.Book(t)) })
	t.Run("persons who are over", func(t *testing.T) { personsOver(t, e.Open(t), e.Book(t)) })
}

// equal compares what was read with what was written.
func equal[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

// refused checks that an error is a refusal with a code.
func refused(t *testing.T, err error, code lockhouse.Code) {
	t.Helper()
	e, ok := errors.AsType[*lockhouse.Error](err)
	if !ok || e.Code != code || e.Sentence == "" {
		t.Fatalf("got %v, want %s and a sentence", err, code)
	}
}

// writeRefused checks that a write is refused with a code, where it is asked or when its transaction ends.
func writeRefused(t *testing.T, s store.Store, code lockhouse.Code, write func(store.Tx) error) {
	t.Helper()
	refused(t, s.Update(t.Context(), write), code)
}

// check fails the test on errors that should not be.
func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
