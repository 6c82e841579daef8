package api

import (
	"context"
	"net/http"

	"lockhouse"
)

type healthView struct {
	Status string `json:"status" example:"ok"`
}

// health tells whoever restarts processes and routes traffic: this one lives; this one can work.
func (a *API) health() {
	add(a, route{method: http.MethodGet, path: "/healthz", id: "isAlive", tag: tagAbout, who: anybody, ungated: true, summary: "Is it alive?"},
		func(context.Context, *struct{}) (*body[healthView], error) { return answer(healthView{"ok"}), nil })
	add(a, route{method: http.MethodGet, path: "/readyz", id: "isReady", tag: tagAbout, who: anybody, ungated: true, summary: "Can it work?"},
		func(ctx context.Context, _ *struct{}) (*body[healthView], error) {
			if !a.Ready(ctx) {
				return nil, lockhouse.Refuse(lockhouse.CodeUnavailable, "Not at the moment. Try again; the operator's private port says why.")
			}
			return answer(healthView{"ok"}), nil
		})
}
