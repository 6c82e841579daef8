package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/store"
)

type registerInput struct {
	After int64 `query:"after" minimum:"0" doc:"The number of the last entry that you have."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type entryView struct {
	N           int64               `json:"n"`
	At          time.Time           `json:"at"`
	Kind        lockhouse.EntryKind `json:"kind" enum:"service.asked,service.approved,service.declined,service.opened,service.shut,locker.retired"`
	SiteID      lockhouse.SiteID    `json:"site_id"`
	Site        string              `json:"site" doc:"The site's name as it is today; the hash does not cover it."`
	LockerID    lockhouse.LockerID  `json:"locker_id"`
	Locker      string              `json:"locker" doc:"What is painted on it today; the hash does not cover it."`
	Compartment int                 `json:"compartment" doc:"0 where it is about all of a locker."`
	Reason      string              `json:"reason"`
	Ref         string              `json:"ref" doc:"What belongs together has one."`
	Prev        string              `json:"prev" doc:"The hash of the entry before, base64url; docs/decisions says of what."`
	Hash        string              `json:"hash" doc:"Its own, as the next one names it."`
}

type entriesView struct {
	Entries []entryView `json:"entries" doc:"Oldest first."`
}

func (a *API) register() {
	add(a, route{
		method: http.MethodGet, path: "/v1/register", id: "readRegister", tag: tagAbout, who: anybody, summary: "The public register",
		about: "What was done that people should be able to see: openings for service, lockers that were retired. Entries are only ever added, and each holds the hash of " +
			"the one before: whoever keeps the last hash they saw finds out if anything before it is changed. It names nobody.",
	}, func(ctx context.Context, in *registerInput) (*body[entriesView], error) {
		entries, err := a.entries(ctx, in.After, in.Limit)
		if err != nil {
			return nil, err
		}
		return answer(entriesView{entries}), nil
	})
}

// entries gives those after one, with the names of today: one who lives there knows the place by that.
func (a *API) entries(ctx context.Context, after int64, limit int) (all []entryView, err error) {
	err = a.Store.View(ctx, func(tx store.Tx) error {
		list, err := tx.Entries(after, limit)
		all = listOf(list, viewEntry)
		names := names{tx: tx, sites: map[lockhouse.SiteID]string{}, lockers: map[lockhouse.LockerID]string{}}
		for i := range all {
			if err == nil {
				err = names.of(&all[i])
			}
		}
		return err
	})
	return all, err
}

// names are those of the places in a list of entries, each asked for once.
type names struct {
	tx      store.Tx
	sites   map[lockhouse.SiteID]string
	lockers map[lockhouse.LockerID]string
}

// of adds the names that are known.
func (n *names) of(e *entryView) (err error) {
	e.Site, err = once(n.sites, e.SiteID, func(id lockhouse.SiteID) (string, error) { s, err := n.tx.Site(id); return s.Name, err })
	if err != nil {
		return err
	}
	e.Locker, err = once(n.lockers, e.LockerID, func(id lockhouse.LockerID) (string, error) { l, err := n.tx.Locker(id); return l.Name, err })
	return err
}

// once asks for what is not known yet; what is not there has no name.
func once[K comparable](known map[K]string, key K, ask func(K) (string, error)) (string, error) {
	if name, ok := known[key]; ok {
		return name, nil
	}
	name, err := ask(key)
	if err != nil && lockhouse.CodeOf(err) != lockhouse.CodeNotFound {
		return "", err
	}
	known[key] = name
	return name, nil
}

func viewEntry(e lockhouse.Entry) entryView {
	hash := e.Hash()
	return entryView{N: e.N, At: e.At.UTC(), Kind: e.Kind, SiteID: e.Site, LockerID: e.Locker, Compartment: e.Compartment, Reason: e.Reason, Ref: e.Ref,
		Prev: b64(e.Prev[:]), Hash: b64(hash[:])}
}
