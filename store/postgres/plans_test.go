package postgres

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"lockhouse/internal/postgrestest"
	"lockhouse/store"
)

// big are the tables that grow with every parcel. No statement may walk through all of one: at ten million parcels nobody
// would wait for it.
var big = []string{"holds", "parcels", "receipts", "events", "notices", "deliveries", "tries", "persons", "person_keys", "links", "sessions", "past_names"}

// recorder is a way that leads nowhere: it keeps what was asked.
type recorder struct{ texts map[string]bool }

func (r *recorder) shared() bool { return false }

func (r *recorder) ask(_ *tx, questions []statement) error {
	for _, q := range questions {
		r.texts[q.sql] = true
	}
	return nil
}

// crowded fills tables as they are when a network has just begun: indexes have grown unequally, and nobody has counted yet.
const crowded = `ALTER TABLE parcels SET (autovacuum_enabled = off);
	INSERT INTO parcels (id, ref, shop, reference, tracking, person, site, hold, length_mm, width_mm, height_mm, weight_g, size, rank, state,
		locker, compartment, generation, announced_at, dropped_off_at, collect_by, ended_at)
	SELECT 'par_' || n, sha256(n::text::bytea), 'shop', 'an order ' || n, 'number ' || n, 'per_' || n, 'site', 'hold_' || n, 1, 1, 1, 1, 'S', 1,
		'in_locker', 'locker', 1, 1, 1, 1, 1, 0 FROM generate_series(1, 3000) AS n`

// TestPlans asks PostgreSQL how it would run every statement that a transaction can make, whatever its arguments.
func TestPlans(t *testing.T) {
	url, err := postgrestest.Shared(t).Create(t.Context(), "plans")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: url}
	if err := Migrate(t.Context(), o, func(string) {}); err != nil {
		t.Fatal(err)
	}
	config, err := o.pool()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config.ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, crowd := range []string{`SELECT 1`, crowded} {
		if _, err := conn.Exec(t.Context(), crowd); err != nil {
			t.Fatal(err)
		}
		for sql := range statements(t) {
			if plan := planOf(t, conn, sql); walked(plan) != "" {
				t.Errorf("walks through %s: %s\n%s", walked(plan), strings.Join(strings.Fields(sql), " "), plan)
			}
		}
	}
	for _, bad := range []string{`SELECT 1 FROM holds WHERE size = $1`, `SELECT id FROM parcels WHERE rank = $1 ORDER BY n`} {
		if walked(planOf(t, conn, bad)) == "" {
			t.Errorf("this test does not notice that %s walks through all", bad)
		}
	}
}

// walked gives the big table through which a plan walks: row by row, or along an index with a look at each.
func walked(plan string) string {
	steps := strings.Split(plan, "\n")
	for i, step := range steps {
		for _, table := range big {
			if strings.Contains(step, "Seq Scan on "+table+" ") {
				return table
			}
			along := strings.Contains(step, "Index") && strings.Contains(step, " on "+table+" ")
			if along && filtered(steps[i:]) {
				return table
			}
		}
	}
	return ""
}

// residues are what a plan may look at in each row that its index gives: they are the index's own condition once more, or it
// gives few, as a tracking number, a locker and what is due do.
var residues = []string{"ended_at = 0", "(state = ANY ('{placed,confirmed}'::text[]))", "(state = 'converted'::text)", "parcels_in_lockers", "parcels_that_fall_due"}

// filtered tells whether a step's details, which begin a plan's rest, say that it passes over rows.
func filtered(rest []string) bool {
	for _, line := range rest[1:] {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "->") {
			return false
		}
		if strings.HasPrefix(line, "Filter:") {
			return !slices.ContainsFunc(residues, func(r string) bool { return strings.Contains(line, r) || strings.Contains(rest[0], r) })
		}
	}
	return false
}

// statements calls every verb of a transaction and gives the texts of what it asked and wrote.
func statements(t *testing.T) map[string]bool {
	t.Helper()
	r := &recorder{texts: map[string]bool{}}
	verbs := reflect.TypeFor[store.Tx]()
	for i := range verbs.NumMethod() {
		for _, writes := range []bool{true, false} {
			x := &tx{way: r, writes: writes, memory: &memory{}}
			callVerb(reflect.ValueOf(x).MethodByName(verbs.Method(i).Name))
			for _, w := range x.waits {
				r.texts[w.sql] = true
			}
		}
	}
	for _, f := range []store.ParcelFilter{{Site: "x"}, {State: "x"}, {Shop: "x"}, {Site: "x", State: "x"}, {Find: "x"}} {
		_, _ = (&tx{way: r}).ListParcels(store.Page{After: "x"}, f)
	}
	_, _ = NewBook(nil).Over(&tx{way: r}, time.Time{}, 1)
	if len(r.texts) < verbs.NumMethod() {
		t.Fatalf("%d statements of %d verbs: are they where this test looks?", len(r.texts), verbs.NumMethod())
	}
	return maps.Clone(r.texts)
}

// callVerb calls a verb with nothing. What it answers does not matter here, nor that it misses a row that is always there.
func callVerb(verb reflect.Value) {
	defer func() { _ = recover() }()
	var args []reflect.Value
	for at := range verb.Type().NumIn() {
		arg := reflect.Zero(verb.Type().In(at))
		if verb.Type().IsVariadic() && at == verb.Type().NumIn()-1 {
			arg = reflect.Zero(arg.Type().Elem()) // one of them
		}
		args = append(args, arg)
	}
	verb.Call(args)
}

func planOf(t *testing.T, conn *pgx.Conn, sql string) string {
	t.Helper()
	if begins := strings.Fields(sql)[0]; begins != "SELECT" && begins != "INSERT" && begins != "UPDATE" && begins != "DELETE" && begins != "WITH" {
		return "" // has no plan
	}
	d, err := conn.Prepare(t.Context(), "looked_at", sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer func() { _ = conn.Deallocate(context.Background(), "looked_at") }()
	nulls := strings.TrimSuffix(strings.Repeat("NULL, ", len(d.ParamOIDs)), ", ")
	if nulls != "" {
		nulls = "(" + nulls + ")"
	}
	rows, err := conn.Query(t.Context(), fmt.Sprintf(`EXPLAIN EXECUTE looked_at%s`, nulls), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(lines, "\n")
}
