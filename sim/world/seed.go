package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"lockhouse"
	"lockhouse/sim/shop"
	"lockhouse/trust/auth"
)

// giveKeys makes the demo's API keys.
func (w *World) giveKeys(ctx context.Context) error {
	desk := w.net.network.Auth()
	first, secret, err := desk.CreateKey(ctx, auth.KeyOrder{Scope: lockhouse.ScopeShop, Label: "back end", Owner: "Tidal Goods"})
	if err != nil {
		return err
	}
	w.keys.Shop = secret
	for _, order := range []struct {
		auth.KeyOrder
		into *string
	}{
		{auth.KeyOrder{Scope: lockhouse.ScopeCheckout, Label: "checkout page", Shop: first.Shop}, &w.keys.Checkout},
		{auth.KeyOrder{Scope: lockhouse.ScopeCourier, Label: "first van", Owner: "Potomac Couriers"}, &w.keys.Courier},
		{auth.KeyOrder{Scope: lockhouse.ScopeOperator, Label: "first operator"}, &w.keys.Operator},
		{auth.KeyOrder{Scope: lockhouse.ScopeOperator, Label: "second operator"}, &w.keys.SecondOperator},
	} {
		if _, *order.into, err = desk.CreateKey(ctx, order.KeyOrder); err != nil {
			return err
		}
	}
	return nil
}

// openShop does what a shop does on its first day: it tells the network where it listens, and opens.
func (w *World) openShop(ctx context.Context) error {
	secret, err := w.subscribe(ctx)
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	tidal, err := shop.New(shop.Config{
		NetworkURL: w.URL(), CheckoutKey: w.keys.Checkout, ShopKey: w.keys.Shop, WebhookSecret: secret,
		Zone: zone, Now: time.Now, Random: random, Log: w.config.Log,
	})
	if err != nil {
		return err
	}
	w.side.serve(w.places.shop.take(), tidal.Handler())
	w.side.serve(w.places.mailbox.take(), w.mailbox.Handler())
	return nil
}

// maxAnswerBytes bounds what is read of the network's answer.
const maxAnswerBytes = 64 << 10

// subscribe asks for webhooks, by the API like any shop.
func (w *World) subscribe(ctx context.Context) (secret string, err error) {
	body, err := json.Marshal(map[string]string{"url": "http://" + w.places.shop.addr + shop.WebhookPath})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, w.URL()+"/v1/webhook", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+w.keys.Shop)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return "", err
	}
	if resp.StatusCode/100 != 2 {
		return "", fmt.Errorf("PUT /v1/webhook: %s: %s", resp.Status, answer)
	}
	var hook struct {
		Secret string `json:"secret"`
	}
	err = json.Unmarshal(answer, &hook)
	return hook.Secret, err
}
