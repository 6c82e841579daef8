package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

//go:embed schema.sql
var schema string

type service struct{ pool *pgxpool.Pool }

// fill puts free compartments at every site and lets the planner see them.
func (s *service) fill(ctx context.Context, sites int, counts map[string]int) error {
	for size, n := range counts {
		_, err := s.pool.Exec(ctx, `INSERT INTO compartments (site, size)
			SELECT site, $2 FROM generate_series(1, $1) site, generate_series(1, $3)`, sites, size, n)
		if err != nil {
			return fmt.Errorf("filling compartments: %w", err)
		}
	}
	_, err := s.pool.Exec(ctx, "ANALYZE")
	return err
}

// reserved is what a shop gets for a reservation.
type reserved struct {
	Parcel      int64  `json:"parcel"`
	Compartment int64  `json:"compartment"`
	Code        string `json:"code"`
}

// reserve takes a free compartment of a size at a site; pgx.ErrNoRows says that there is none.
func (s *service) reserve(ctx context.Context, reference string, site int, size string) (r reserved, err error) {
	r.Code = newCode()
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE compartments SET state = 'reserved' WHERE id = (
			SELECT id FROM compartments WHERE site = $1 AND size = $2 AND state = 'free' LIMIT 1 FOR UPDATE SKIP LOCKED)
			RETURNING id`, site, size).Scan(&r.Compartment)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO parcels (reference, compartment, code) VALUES ($1, $2, $3) RETURNING id`,
			reference, r.Compartment, r.Code).Scan(&r.Parcel)
	})
	return r, err
}

// store says that the courier has put the parcel in; pgx.ErrNoRows says that it was not expected.
func (s *service) store(ctx context.Context, parcel int64) (compartment int64, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE parcels SET state = 'stored', stored_at = now()
			WHERE id = $1 AND state = 'reserved' RETURNING compartment`, parcel).Scan(&compartment)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE compartments SET state = 'occupied' WHERE id = $1`, compartment)
		return err
	})
	return compartment, err
}

// pickUp frees the compartment for whoever has the code; pgx.ErrNoRows says that code, parcel and state do not go together.
func (s *service) pickUp(ctx context.Context, parcel int64, code string) (compartment int64, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE parcels SET state = 'picked_up', picked_up_at = now()
			WHERE id = $1 AND code = $2 AND state = 'stored' RETURNING compartment`, parcel, code).Scan(&compartment)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE compartments SET state = 'free' WHERE id = $1`, compartment)
		return err
	})
	return compartment, err
}

// newCode draws the eight digits that open the compartment.
func newCode() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(raw[:])%100_000_000)
}
