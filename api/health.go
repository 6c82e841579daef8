package api

import (
	"context"
	"net/http"

	"lockhouse"
	"lockhouse/watch"
)

type healthView struct {
	Status watch.State `json:"status" example:"ok" doc:"ok; or degraded: requests are answered, and something else is not as it should be."`
}

// health tells whoever restarts processes and routes traffic: this one lives; this one can work.
func (a *API) health() {
	add(a, route{method: http.MethodGet, path: "/healthz", id: "isAlive", tag: tagAbout, who: anybody, ungated: true, summary: "Is it alive?"},
		func(context.Context, *struct{}) (*body[healthView], error) { return answer(healthView{watch.OK}), nil })
	add(a, route{method: http.MethodGet, path: "/readyz", id: "isReady", tag: tagAbout, who: anybody, ungated: true, summary: "Can it work?"},
		func(ctx context.Context, _ *struct{}) (*body[healthView], error) {
			state := a.Ready(ctx)
			if state == watch.Failing {
				return nil, lockhouse.Refuse(lockhouse.CodeUnavailable, "Not at the moment. Try again; the operator's private port says why.")
			}
			return answer(healthView{state}), nil
		})
}
