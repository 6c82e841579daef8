package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// maxAnswerBytes bounds what is read of the network's answers.
const maxAnswerBytes = 256 << 10

// network calls Lockhouse with the shop's secret key.
type network struct {
	base, key string
	client    *http.Client
}

// refusal is an RFC 9457 problem: the network's no, with a sentence for people.
type refusal struct {
	Status int
	Code   string `json:"code"`
	Detail string `json:"detail"`
	body   []byte
}

// Error gives the sentence.
func (r *refusal) Error() string { return r.Detail }

// place keeps room at a site, or moves the room that the reference already has there. It gives the network's hold as
// the widget wants it.
func (n *network) place(ctx context.Context, reference, site string, parcel Parcel, arrives string) ([]byte, error) {
	return n.call(ctx, http.MethodPut, "/v1/holds/"+url.PathEscape(reference), map[string]any{
		"site_id": site, "parcel": parcel, "arrives": arrives,
	})
}

// confirm makes sure of the room before money is taken; one that has lapsed is taken again if there is any.
func (n *network) confirm(ctx context.Context, reference string) error {
	_, err := n.call(ctx, http.MethodPost, "/v1/holds/"+url.PathEscape(reference)+"/confirm", nil)
	return err
}

// release gives the room back.
func (n *network) release(ctx context.Context, reference string) error {
	_, err := n.call(ctx, http.MethodDelete, "/v1/holds/"+url.PathEscape(reference), nil)
	return err
}

// announce tells the network which parcel will come, and whom to tell about it.
func (n *network) announce(ctx context.Context, o Order) error {
	_, err := n.call(ctx, http.MethodPut, "/v1/parcels/"+url.PathEscape(o.Reference), map[string]any{
		"tracking_number": o.Tracking, "recipient": o.Contact,
	})
	return err
}

// call gives the body of a success, and a *refusal for the network's no.
func (n *network) call(ctx context.Context, method, path string, body any) ([]byte, error) {
	var send io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		send = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, n.base+path, send)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+n.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := n.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the pickup network does not answer: %w", err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswerBytes))
	if err != nil {
		return nil, fmt.Errorf("the pickup network's answer broke off: %w", err)
	}
	if answer.StatusCode/100 == 2 {
		return got, nil
	}
	no := &refusal{Status: answer.StatusCode, body: got}
	if err := json.Unmarshal(got, no); err != nil || no.Code == "" {
		return nil, errors.New("the pickup network answers with something that is not a problem: " + answer.Status)
	}
	return nil, no
}
