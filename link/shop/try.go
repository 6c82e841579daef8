package shop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"lockhouse"
)

// try sends one delivery once and says how it went.
func (s *Sender) try(ctx context.Context, hook lockhouse.Webhook, d lockhouse.Delivery) lockhouse.Try {
	began := s.now()
	status, err := s.post(ctx, hook, d)
	t := lockhouse.Try{At: began, Status: status, TookMS: s.now().Sub(began).Milliseconds()}
	switch {
	case err != nil:
		t.Error = plain(err)
	case !taken(status):
		t.Error = "answered " + strconv.Itoa(status) + "; any 2xx would have been a yes"
	}
	return t
}

func taken(status int) bool { return status >= 200 && status <= 299 }

func (s *Sender) post(ctx context.Context, hook lockhouse.Webhook, d lockhouse.Delivery) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, errors.New("the webhook's address can't be used")
	}
	signer, err := standardwebhooks.NewWebhookRaw(hook.Secret)
	if err != nil {
		return 0, fmt.Errorf("signing: %w", err)
	}
	at := s.now()
	signature, err := signer.Sign(d.ID, at, d.Body)
	if err != nil {
		return 0, fmt.Errorf("signing: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.agent)
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	// A little is read so that the connection can be used again; what the shop says is not our concern.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswerBytes)
	return resp.StatusCode, nil
}

// plain says in a few words why there was no answer, without addresses that a resolver or dialler met inside.
func plain(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, errPrivate):
		return errPrivate.Error()
	case errors.As(err, &dns):
		return "the webhook's name can't be resolved"
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no answer within %d s", int(tryTimeout.Seconds()))
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return "no connection (" + op.Op + ")"
	}
	return cut(errors.Unwrap(err), err)
}

// cut keeps the innermost words of an error, at most maxErrorChars.
func cut(inner, outer error) string {
	if inner == nil {
		inner = outer
	}
	words := []rune(inner.Error())
	return string(words[:min(len(words), maxErrorChars)])
}
