package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"lockhouse"
	"lockhouse/bench/earth"
)

//go:embed schema.sql
var schema string

//go:embed indexes.sql
var indexes string

type service struct{ pool *pgxpool.Pool }

// open connects and makes the table. pgx prepares each statement once for each connection by itself.
func open(ctx context.Context, database string, connections int) (*service, error) {
	config, err := pgxpool.ParseConfig(database)
	if err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = int32(connections), int32(connections)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if _, err := pool.Exec(ctx, schema); err != nil {
		pool.Close()
		return nil, fmt.Errorf("making the table (is PostGIS installed? scripts/setup bench does that): %w", err)
	}
	return &service{pool}, nil
}

// fill copies the sites in and makes the indexes.
func (s *service) fill(ctx context.Context, sites int) error {
	world := earth.New()
	rows := pgx.CopyFromSlice(sites, func(n int) ([]any, error) {
		site := world.Site(n)
		text, err := json.Marshal(cardOf(site))
		return []any{string(site.ID), site.Point.Lat, site.Point.Lon, string(text[1 : len(text)-1]), earth.Has(n, "S"), earth.Has(n, "M"), earth.Has(n, "L")}, err
	})
	if _, err := s.pool.CopyFrom(ctx, pgx.Identifier{"raw"}, []string{"id", "lat", "lon", "card", "s", "m", "l"}, rows); err != nil {
		return fmt.Errorf("copying sites in: %w", err)
	}
	for _, statements := range []string{indexes, "VACUUM ANALYZE sites"} { // which is done outside of any transaction
		if _, err := s.pool.Exec(ctx, statements); err != nil {
			return fmt.Errorf("making indexes: %w", err)
		}
	}
	return nil
}

// card says as much of a site as Lockhouse does.
type card struct {
	ID       lockhouse.SiteID   `json:"id"`
	Name     string             `json:"name"`
	Alias    string             `json:"alias"`
	Host     string             `json:"host"`
	Kind     lockhouse.HostKind `json:"kind"`
	Street   string             `json:"street"`
	City     string             `json:"city"`
	Region   string             `json:"region"`
	Postal   string             `json:"postal"`
	Country  string             `json:"country"`
	Lat      float64            `json:"lat"`
	Lon      float64            `json:"lon"`
	Zone     string             `json:"zone"`
	Safety   string             `json:"safety"`
	Guarded  bool               `json:"guarded"`
	StepFree bool               `json:"step_free"`
	Hours    []opening          `json:"hours"`
}

type opening struct {
	Day  string `json:"day"`
	From string `json:"from"`
	To   string `json:"to"`
}

func cardOf(s lockhouse.Site) card {
	c := card{ID: s.ID, Name: s.Name, Alias: s.Alias, Host: s.Host, Kind: s.Kind, Street: s.Street, City: s.City, Region: s.Region, Postal: s.Postal,
		Country: s.Country, Lat: s.Point.Lat, Lon: s.Point.Lon, Zone: s.Zone, Safety: s.Safety, Guarded: s.Guarded, StepFree: s.StepFree}
	for day := range s.Hours.Week {
		c.Hours = append(c.Hours, opening{time.Weekday(day).String(), "00:00", "24:00"})
	}
	return c
}

// nearest are the statements, by size. The distance is that of the sphere, as everybody's is here.
var nearest = map[string]string{"S": nearestOf("s"), "M": nearestOf("m"), "L": nearestOf("l")}

func nearestOf(size string) string {
	return `SELECT card, point <-> ST_MakePoint($1, $2)::geography FROM sites WHERE ` + size + ` ORDER BY point <-> ST_MakePoint($1, $2)::geography LIMIT 10`
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sites", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		lat, errLat := strconv.ParseFloat(q.Get("lat"), 64)
		lon, errLon := strconv.ParseFloat(q.Get("lon"), 64)
		statement, ok := nearest[q.Get("size")]
		if errLat != nil || errLon != nil || !ok {
			http.Error(w, "give lat, lon and size", http.StatusBadRequest)
			return
		}
		text, err := s.answer(r.Context(), statement, lat, lon)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // the client may be gone
	})
	return mux
}

func (s *service) answer(ctx context.Context, statement string, lat, lon float64) ([]byte, error) {
	rows, err := s.pool.Query(ctx, statement, lon, lat)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	text := append(make([]byte, 0, 12<<10), `{"sites":[`...)
	for n := 0; rows.Next(); n++ {
		var metres float64
		if n > 0 {
			text = append(text, ',')
		}
		var card []byte
		if err := rows.Scan(&card, &metres); err != nil {
			return nil, err
		}
		text = strconv.AppendFloat(append(append(append(text, '{'), card...), `,"distance_m":`...), metres, 'f', 0, 64)
		text = append(text, '}')
	}
	return append(text, "]}"...), rows.Err()
}
