package api

import (
	"context"
	"net/http"

	"lockhouse"
)

type aboutView struct {
	Network      string     `json:"network" doc:"The network's name."`
	Version      string     `json:"version"`
	DemoRadioURL *string    `json:"demo_radio_url" doc:"Where the demo's virtual lockers are reached without Bluetooth; null in earnest."`
	OpenByLine   bool       `json:"open_by_line" doc:"Whether browsers without Bluetooth may open over the lockers' lines (docs/latch.md)."`
	Sizes        []sizeView `json:"sizes" doc:"The compartments' sizes, smallest first."`
	LineURL      string     `json:"line_url" doc:"Where lockers' lines go: NATS, by TLS."`
	IssuerKey    string     `json:"issuer_key" doc:"The public key that grants are signed with: P-256, uncompressed, 65 bytes, base64url."`
}

type sizeView struct {
	Name     string `json:"name" example:"M"`
	Rank     int    `json:"rank" doc:"What fits a rank fits all above it." example:"2"`
	LengthMM int    `json:"length_mm" doc:"Inner dimensions."`
	WidthMM  int    `json:"width_mm"`
	HeightMM int    `json:"height_mm"`
	WeightG  int    `json:"weight_g" doc:"The greatest mass it may carry."`
}

func viewSize(z lockhouse.Size) sizeView {
	return sizeView{Name: z.Name, Rank: z.Rank, LengthMM: z.Inner.LengthMM, WidthMM: z.Inner.WidthMM, HeightMM: z.Inner.HeightMM, WeightG: z.Inner.Grams}
}

func (a *API) about() {
	add(a, route{
		method: http.MethodGet, path: "/v1/about", id: "getAbout", tag: tagAbout, who: anybody, summary: "What this network is",
		about: "Public. Pages ask it first.",
	}, func(context.Context, *struct{}) (*publicAnswer[aboutView], error) {
		v := aboutView{Network: a.Name, Version: a.Version, Sizes: listOf(a.Sizes, viewSize), LineURL: a.LineURL, OpenByLine: a.OpenByLine, IssuerKey: b64(a.IssuerKey)}
		if a.DemoRadioURL != "" {
			v.DemoRadioURL = &a.DemoRadioURL
		}
		return public(v), nil
	})
	a.mux.HandleFunc("OPTIONS /v1/about", preflight)
}
