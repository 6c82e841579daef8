package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// handler answers
//
//	POST /reserve              {"reference", "site", "size"} -> 201 {"parcel", "compartment", "code"}; 409 when full
//	POST /parcels/{id}/store   -> 200 {"compartment"}
//	POST /parcels/{id}/pickup  {"code"} -> 200 {"compartment"}
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /reserve", s.serveReserve)
	mux.HandleFunc("POST /parcels/{id}/store", s.serveStore)
	mux.HandleFunc("POST /parcels/{id}/pickup", s.servePickUp)
	return mux
}

func (s *service) serveReserve(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Reference string `json:"reference"`
		Site      int    `json:"site"`
		Size      string `json:"size"`
	}
	if !read(w, r, &in) {
		return
	}
	out, err := s.reserve(r.Context(), in.Reference, in.Site, in.Size)
	answer(w, http.StatusCreated, out, err)
}

// opened is the answer to store and pickup: the door to go to.
type opened struct {
	Compartment int64 `json:"compartment"`
}

func (s *service) serveStore(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "no such parcel", http.StatusNotFound)
		return
	}
	compartment, err := s.store(r.Context(), id)
	answer(w, http.StatusOK, opened{compartment}, err)
}

func (s *service) servePickUp(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Code string `json:"code"`
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "no such parcel", http.StatusNotFound)
		return
	}
	if !read(w, r, &in) {
		return
	}
	compartment, err := s.pickUp(r.Context(), id, in.Code)
	answer(w, http.StatusOK, opened{compartment}, err)
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes)).Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, out any, err error) {
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		http.Error(w, "full, or not now", http.StatusConflict)
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out) // the client may be gone
	}
}
