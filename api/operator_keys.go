package api

import (
	"context"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/trust/auth"
)

type keyOrderInput struct {
	Body struct {
		Scope     lockhouse.Scope     `json:"scope" enum:"checkout,shop,courier" doc:"An operator's key is made at the terminal of the network's machine alone, so that nobody makes themselves a second person."`
		Label     string              `json:"label" minLength:"1" maxLength:"80" doc:"Your words for it."`
		ShopID    lockhouse.ShopID    `json:"shop_id,omitempty" maxLength:"64" doc:"Of an existing shop, for scopes checkout and shop."`
		CourierID lockhouse.CourierID `json:"courier_id,omitempty" maxLength:"64" doc:"Of an existing courier."`
		Owner     string              `json:"owner,omitempty" maxLength:"80" doc:"The name of a new shop or courier."`
	}
}

// KeyView is an API key without its secret.
type KeyView struct {
	ID        lockhouse.KeyID     `json:"id"`
	Scope     lockhouse.Scope     `json:"scope"`
	Label     string              `json:"label"`
	ShopID    lockhouse.ShopID    `json:"shop_id,omitempty"`
	CourierID lockhouse.CourierID `json:"courier_id,omitempty"`
	CreatedAt time.Time           `json:"created_at"`
	RevokedAt *time.Time          `json:"revoked_at"`
}

func viewKey(k lockhouse.Key) KeyView {
	return KeyView{k.ID, k.Scope, k.Label, k.Shop, k.Courier, k.CreatedAt.UTC(), moment(k.RevokedAt)}
}

type newKeyView struct {
	KeyView
	Secret string `json:"secret" doc:"Shown now and never again."`
}

type keysView struct {
	Keys []KeyView `json:"keys"`
}

type keyIDInput struct {
	ID lockhouse.KeyID `path:"id" maxLength:"64"`
}

func (a *API) operatorKeys() {
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/keys", id: "listKeys", tag: tagOperator, who: byOperator, summary: "API keys",
		about: "Revoked ones too; secrets are not kept.",
	}, func(ctx context.Context, _ *struct{}) (*body[keysView], error) {
		keys, err := a.Auth.Keys(ctx)
		if err != nil {
			return nil, err
		}
		return answer(keysView{listOf(keys, viewKey)}), nil
	})
	add(a, route{
		method: http.MethodPost, path: "/v1/operator/keys", id: "createKey", tag: tagOperator, who: byOperator, summary: "A new API key",
		status:   http.StatusCreated,
		refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *keyOrderInput) (*body[newKeyView], error) {
		o := in.Body
		key, secret, err := a.Auth.CreateKey(ctx, auth.KeyOrder{Scope: o.Scope, Label: o.Label, Shop: o.ShopID, Courier: o.CourierID, Owner: o.Owner})
		if err != nil {
			return nil, err
		}
		return answer(newKeyView{viewKey(key), secret}), nil
	})
	add(a, route{
		method: http.MethodDelete, path: "/v1/operator/keys/{id}", id: "revokeKey", tag: tagOperator, who: byOperator, summary: "Revoke an API key",
		about: "From this moment on. Twice is as good as once.", status: http.StatusNoContent, refusals: []lockhouse.Code{lockhouse.CodeNotFound},
	}, func(ctx context.Context, in *keyIDInput) (*struct{}, error) {
		return nil, a.Auth.RevokeKey(ctx, in.ID)
	})
}
