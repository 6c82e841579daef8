package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Limits of a caller's patience.
const (
	callLimit       = 5 * time.Second // for one answer
	againAfter      = 100 * time.Millisecond
	longestAfter    = 2 * time.Second   // however long a Retry-After asks for: this is a rehearsal
	patience        = 150 * time.Second // for a definite answer
	maxAnswerBytes  = 1 << 20
	maxConnsPerHost = 64
)

// caller asks as the API's document tells a shop to: the same request again until there is a definite answer.
type caller struct {
	base string
	http *http.Client
	felt *felt
}

func newCaller(base string, f *felt) *caller {
	return &caller{base: base, felt: f, http: &http.Client{Timeout: callLimit,
		Transport: &http.Transport{MaxIdleConnsPerHost: maxConnsPerHost, DisableCompression: true}}}
}

// reply is a definite answer: done, or refused with a code.
type reply struct {
	status int
	code   string // of a refusal
	body   []byte
	doubts int // how often nobody knew before
}

func (r reply) done() bool { return r.status/100 == 2 }

// errSilent says that there was no definite answer for as long as a caller waits.
var errSilent = errors.New("no definite answer")

// ask asks until there is a definite answer. The error is errSilent when patience ends, or says what no retry heals: an
// answer that the document does not have.
func (c *caller) ask(ctx context.Context, method, path, key string, in, out any) (reply, error) {
	began := time.Now()
	for doubts := 0; ; doubts++ {
		r, wait, err := c.once(ctx, method, path, key, in)
		r.doubts = doubts
		if err == nil {
			c.felt.answered(began, time.Now())
			if out != nil && r.done() {
				err = json.Unmarshal(r.body, out)
			}
			return r, err
		}
		if errors.Is(err, errBroken) || ctx.Err() != nil {
			return r, err
		}
		if time.Since(began) > patience {
			return r, fmt.Errorf("%s %s: %w for %s; last: %w", method, path, errSilent, patience, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// errBroken says that the network answered what it must never answer.
var errBroken = errors.New("an answer that no client is prepared for")

// once asks once. An error other than errBroken means: ask again after wait.
func (c *caller) once(ctx context.Context, method, path, key string, in any) (r reply, wait time.Duration, err error) {
	var body io.Reader = http.NoBody
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return r, 0, errors.Join(errBroken, err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return r, 0, errors.Join(errBroken, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return r, againAfter, err
	}
	defer resp.Body.Close()
	r.status = resp.StatusCode
	if r.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes)); err != nil {
		return r, againAfter, err // it broke off: nobody knows
	}
	return r, afterHeader(resp.Header), r.judge(method, path)
}

// judge tells a definite answer from one after which to ask again, and from one that must not be.
func (r *reply) judge(method, path string) error {
	if r.done() {
		return nil
	}
	var problem struct{ Code, Detail string }
	_ = json.Unmarshal(r.body, &problem) // the balancer speaks no JSON
	r.code = problem.Code
	said := fmt.Errorf("%s %s: %d %s", method, path, r.status, bytes.TrimSpace(r.body))
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return said
	case http.StatusConflict, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		if r.code != "" {
			return nil
		}
	}
	return errors.Join(errBroken, said)
}

func afterHeader(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil {
		return againAfter
	}
	return min(max(time.Duration(seconds)*time.Second, againAfter), longestAfter)
}
