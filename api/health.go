package api

import (
	"context"
	"net/http"

	"lockhouse"
	"lockhouse/store"
)

type healthView struct {
	Status string `json:"status" example:"ok"`
}

// health tells whoever restarts processes and routes traffic: this one lives; this one can work.
func (a *API) health() {
	add(a, route{method: http.MethodGet, path: "/healthz", id: "isAlive", tag: tagAbout, who: anybody, summary: "Is it alive?"},
		func(context.Context, *struct{}) (*body[healthView], error) { return answer(healthView{"ok"}), nil })
	add(a, route{method: http.MethodGet, path: "/readyz", id: "isReady", tag: tagAbout, who: anybody, summary: "Can it work?"},
		func(ctx context.Context, _ *struct{}) (*body[healthView], error) {
			err := a.Store.View(ctx, func(tx store.Tx) error {
				_, err := tx.SitesVersion()
				return err
			})
			if err != nil {
				return nil, lockhouse.Refuse(lockhouse.CodeUnavailable, "The database does not answer. Try again.").Because(err)
			}
			return answer(healthView{"ok"}), nil
		})
}
