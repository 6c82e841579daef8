package sqlite

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"lockhouse"
	"lockhouse/store"
	"lockhouse/store/past"
)

// big are the tables that grow with every parcel. No statement may walk through all of one, or sort what it finds there:
// at ten million parcels nobody would wait for it.
var big = []string{"holds", "parcels", "receipts", "events", "notices", "deliveries", "tries", "persons", "person_keys", "links", "sessions", "past", "past_names", "past_receipts"}

// allowed are the few plans that look so and are not.
var allowed = map[string]string{
	"SELECT DISTINCT site FROM parcels WHERE state IN": "sorts at most as many sites as have something to do",
	"FROM receipts WHERE ref = ":                       "sorts the receipts of one parcel",
	"ORDER BY compartment":                             "sorts the parcels inside one locker",
	"INSERT INTO sites (version, id":                   "looks at holds while a foreign key is violated, and at each statement's end none is",
	"FROM persons WHERE mail = ?":                      "sorts the parcels of one address",
	"id BETWEEN ? AND ?":                               "sorts what begins with the word that an operator typed",
	"FROM lockers WHERE site = ?":                      "sorts the lockers of one site",
	"FROM lockers WHERE agent_version <> ''":           "sorts a network's lockers by their version, twice a minute",
	"WHERE TRUE ORDER BY n DESC LIMIT ?":               "walks backwards from the newest and stops after a page",
	"FROM parcels WHERE site = ? AND state IN":         "sorts what waits at one site",
	"FROM deliveries ORDER BY n LIMIT ?":               "looks at the oldest few",
	"FROM events ORDER BY seq DESC LIMIT ?":            "walks backwards from the newest and stops after a page",
	"UPDATE deliveries SET next_at":                    "walks what waits, when a clock was set back",
	"WHERE next_at > 0 LIMIT ?)":                       "counts what waits, and stops at a bound",
}

// TestPlans asks SQLite how it would run every statement that a transaction can make.
func TestPlans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lockhouse.db")
	if err := Migrate(t.Context(), path, func(string) {}); err != nil {
		t.Fatal(err)
	}
	c, err := open(path, readWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	for sql := range statements(t, c) {
		for _, step := range planOf(t, c, sql) {
			if costly(step) && !excused(sql) {
				t.Errorf("%s\n  %s", strings.Join(strings.Fields(sql), " "), step)
			}
		}
	}
}

// statements calls every verb of a transaction, so that its statements are prepared, and gives their texts.
func statements(t *testing.T, c *conn) map[string]bool {
	t.Helper()
	verbs := reflect.TypeFor[store.Tx]()
	on := reflect.ValueOf(&tx{conn: c})
	for i := range verbs.NumMethod() {
		verb := on.MethodByName(verbs.Method(i).Name)
		var args []reflect.Value
		for at := range verb.Type().NumIn() {
			arg := reflect.Zero(verb.Type().In(at))
			if verb.Type().IsVariadic() && at == verb.Type().NumIn()-1 {
				arg = reflect.Zero(arg.Type().Elem()) // one of them
			}
			args = append(args, arg)
		}
		verb.Call(args) // what it answers does not matter here
	}
	for _, f := range []store.ParcelFilter{{Site: "x"}, {State: "x"}, {Shop: "x"}, {Site: "x", State: "x"}, {Find: "x"}} {
		if _, err := (&tx{conn: c}).ListParcels(store.Page{After: "x"}, f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewBook(nil).Over(&tx{conn: c}, time.Time{}, 1); err != nil {
		t.Fatal(err)
	}
	ending(t, &tx{conn: c})
	texts := map[string]bool{}
	for sql := range c.stmts {
		texts[sql] = true
	}
	if len(texts) < verbs.NumMethod()-5 {
		t.Fatalf("%d statements of %d verbs: are they kept where this test looks?", len(texts), verbs.NumMethod())
	}
	return texts
}

// ending lets something end, be moved into the past and dropped from there, so that every statement on that way is
// prepared.
func ending(t *testing.T, x *tx) {
	t.Helper()
	late := time.Unix(2_000_000_000, 0)
	p := lockhouse.Parcel{ID: "par", Ref: lockhouse.ParcelRef{1}, Site: "site", EndedAt: late}
	errs := []error{x.PutSite(lockhouse.Site{ID: "site"}), x.InsertLocker(lockhouse.Locker{ID: "lkr", Site: "site"}, nil), x.InsertParcel(p),
		x.InsertDelivery(lockhouse.Delivery{ID: "msg"}), x.Say(lockhouse.Event{Parcel: "gone"}), x.Say(lockhouse.Event{}), x.Say(lockhouse.Event{})}
	for seq := range uint64(past.StrandReceipts + 1) {
		_, err := x.InsertReceipt(lockhouse.Receipt{Locker: "lkr", Seq: seq + 1, Ref: p.Ref}, []byte{1})
		errs = append(errs, err)
	}
	errs = append(errs, x.conn.run(`UPDATE outbox SET heard_through = 1000`), x.conn.run(`UPDATE walks SET events_through = 0, locker = ''`),
		x.SetAppliedThrough("lkr", past.StrandReceipts+1))
	n, err := x.MoveParcels(late.Add(time.Second), late, late, 1)
	looked, failed := x.MoveReceipts(late, late, 2)
	tidied, untidy := x.Tidy(late, 9)
	errs = append(errs, err, failed, untidy, x.joinPast(lockhouse.Event{Parcel: "par"}))
	dropped, kept := x.DropPast(late.Add(time.Second), 9)
	if err := errors.Join(append(errs, kept)...); err != nil || n != 1 || looked != 1 || tidied == 0 || dropped != 1 {
		t.Fatalf("%d moved, %d lockers looked at, %d tidied, %d dropped: %v", n, looked, tidied, dropped, err)
	}
}

func planOf(t *testing.T, c *conn, sql string) (steps []string) {
	t.Helper()
	err := c.rows(`EXPLAIN QUERY PLAN `+sql, func(r *row) {
		r.col = 3
		steps = append(steps, r.text())
	})
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

func costly(step string) bool {
	if strings.Contains(step, "TEMP B-TREE") {
		return true
	}
	for _, table := range big {
		if strings.HasPrefix(step, "SCAN "+table) {
			return true
		}
	}
	return false
}

func excused(sql string) bool {
	sql = strings.Join(strings.Fields(sql), " ")
	for part := range allowed {
		if strings.Contains(sql, part) {
			return true
		}
	}
	return false
}
