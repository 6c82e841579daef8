package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// webhookSecretBytes is the length of a webhook's secret: Standard Webhooks asks for 24 to 64.
const webhookSecretBytes = 32

type webhookInput struct {
	Body struct {
		URL string `json:"url" minLength:"1" maxLength:"1000" example:"https://shop.example/lockhouse"`
	}
}

type webhookView struct {
	URL    string `json:"url"`
	Secret string `json:"secret" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" doc:"Verifies the signatures, with any library of standardwebhooks.com."`
}

func viewWebhook(h lockhouse.Webhook) webhookView {
	return webhookView{URL: h.URL, Secret: "whsec_" + base64.StdEncoding.EncodeToString(h.Secret)}
}

// PageInput asks for a stretch of a list.
type PageInput struct {
	After string `query:"after" maxLength:"80" doc:"The page after this id: the next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (p PageInput) page() store.Page { return store.Page{After: p.After, Limit: p.Limit} }

// next gives what the next page is asked with, or null after the last one.
func next[T any](p PageInput, list []T, id func(T) string) *string {
	if len(list) < p.Limit || len(list) == 0 {
		return nil
	}
	after := id(list[len(list)-1])
	return &after
}

type deliveriesView struct {
	Deliveries []deliveryView `json:"deliveries" doc:"Newest first."`
	Next       *string        `json:"next"`
}

type deliveryView struct {
	ID              string              `json:"id" doc:"The webhook-id header: the same at each try."`
	Kind            lockhouse.EventKind `json:"kind"`
	ParcelReference string              `json:"parcel_reference"`
	At              time.Time           `json:"at"`
	DoneAt          *time.Time          `json:"done_at" doc:"When you took it; null until then."`
	NextAt          *time.Time          `json:"next_at" doc:"When it is tried again; null when it is not."`
	Tries           []tryView           `json:"tries"`
}

type tryView struct {
	At     time.Time `json:"at"`
	Status int       `json:"status" doc:"What you answered; 0 when there was no answer."`
	Error  string    `json:"error"`
	TookMS int64     `json:"took_ms"`
}

func (a *API) webhook() {
	add(a, webhookRoute(http.MethodGet, "getWebhook", "Where you are told"), a.getWebhook)
	put := webhookRoute(http.MethodPut, "putWebhook", "Say where to tell you")
	put.about = "Each message is a POST, signed as Standard Webhooks, and is tried again with growing waits for about three days until you answer " +
		"with 2xx. The secret stays when the address changes."
	add(a, put, a.putWebhook)
	remove := webhookRoute(http.MethodDelete, "deleteWebhook", "Be told nothing any more")
	remove.status = http.StatusNoContent
	add(a, remove, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
		return nil, a.Store.Update(ctx, func(tx store.Tx) error { return tx.DeleteWebhook(keyOf(ctx).Shop) })
	})
	add(a, route{
		method: http.MethodGet, path: "/v1/webhook/deliveries", id: "listDeliveries", tag: tagWebhook, who: byShop,
		summary: "What you were told, and how each try went",
	}, a.listDeliveries)
}

func webhookRoute(method, id, summary string) route {
	r := route{method: method, path: "/v1/webhook", id: id, tag: tagWebhook, who: byShop, summary: summary}
	if method != http.MethodPut {
		r.refusals = []lockhouse.Code{lockhouse.CodeNotFound}
	}
	return r
}

func (a *API) getWebhook(ctx context.Context, _ *struct{}) (*body[webhookView], error) {
	var hook lockhouse.Webhook
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		hook, err = tx.Webhook(keyOf(ctx).Shop)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(viewWebhook(hook)), nil
}

func (a *API) putWebhook(ctx context.Context, in *webhookInput) (*body[webhookView], error) {
	if err := a.CheckWebhook(in.Body.URL); err != nil {
		return nil, err
	}
	secret := make([]byte, webhookSecretBytes)
	if _, err := io.ReadFull(a.Random, secret); err != nil {
		return nil, fmt.Errorf("drawing a webhook's secret: %w", err)
	}
	hook := lockhouse.Webhook{Shop: keyOf(ctx).Shop, URL: in.Body.URL}
	err := a.Store.Update(ctx, func(tx store.Tx) error {
		hook.Secret = secret
		old, err := tx.Webhook(hook.Shop)
		switch {
		case err == nil:
			hook.Secret = old.Secret
		case lockhouse.CodeOf(err) != lockhouse.CodeNotFound:
			return err
		}
		return tx.PutWebhook(hook)
	})
	if err != nil {
		return nil, err
	}
	return answer(viewWebhook(hook)), nil
}

func (a *API) listDeliveries(ctx context.Context, in *PageInput) (*body[deliveriesView], error) {
	var list []lockhouse.Delivery
	err := a.Store.View(ctx, func(tx store.Tx) (err error) {
		list, err = tx.ListDeliveries(keyOf(ctx).Shop, in.page())
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer(deliveriesView{
		Deliveries: listOf(list, viewDelivery), Next: next(*in, list, func(d lockhouse.Delivery) string { return d.ID }),
	}), nil
}

func viewDelivery(d lockhouse.Delivery) deliveryView {
	var told struct {
		Data struct {
			Reference string `json:"reference"`
		} `json:"data"`
	}
	_ = json.Unmarshal(d.Body, &told) // our own words; if they can't be read, the reference stays empty
	return deliveryView{
		ID: d.ID, Kind: d.Kind, ParcelReference: told.Data.Reference, At: d.At.UTC(), DoneAt: moment(d.DoneAt), NextAt: moment(d.NextAt),
		Tries: listOf(d.Tries, func(t lockhouse.Try) tryView { return tryView{t.At.UTC(), t.Status, t.Error, t.TookMS} }),
	}
}
