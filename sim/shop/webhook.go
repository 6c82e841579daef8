package shop

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// message is what the network posts: see docs of the webhook in its API.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Reference string    `json:"reference"`
		State     string    `json:"state"`
		CollectBy time.Time `json:"collect_by"`
		Note      string    `json:"note"`
	} `json:"data"`
}

// hear takes a webhook. Nothing in it is believed before its signature is checked over the very bytes that came.
//
// 404 asks the network to try again later, as it does: an order may be announced before the shop has it on its books.
func (s *Shop) hear(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body) // bounded by the Handler
	if err != nil {
		http.Error(w, "too long, or it broke off", http.StatusRequestEntityTooLarge)
		return
	}
	if err := s.verify.Verify(body, r.Header); err != nil {
		http.Error(w, "the signature does not match", http.StatusUnauthorized)
		return
	}
	var m message
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, "this can't be read", http.StatusBadRequest)
		return
	}
	if !s.take(r.Header.Get("webhook-id"), m) {
		http.Error(w, "no such order yet", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take puts a message where it belongs. What is about a hold needs nothing done: the checkout asks when it matters.
func (s *Shop) take(id string, m message) bool {
	if strings.HasPrefix(m.Type, "hold.") {
		_, ordered := s.orders.named(m.Data.Reference)
		return ordered || s.carts.referenced(m.Data.Reference)
	}
	return s.orders.tell(m.Data.Reference, News{
		ID: id, Kind: m.Type, State: m.Data.State, At: m.Timestamp, CollectBy: m.Data.CollectBy, Note: m.Data.Note,
	})
}
