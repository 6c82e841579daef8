package postgres

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// kinds are statements as transactions make them: about tables that overlap, one that names none, and questions.
var kinds = []statement{
	{sql: `UPDATE holds SET`, alike: true}, {sql: `INSERT INTO holds`, alike: true}, {sql: `UPDATE parcels SET`, alike: true},
	{sql: `INSERT INTO parcels SELECT FROM holds`, alike: true}, {sql: `UPDATE rooms SET`}, {sql: `SELECT pg_advisory_xact_lock`, alike: true},
	{sql: `SELECT FROM parcels`, alike: true, read: func(*row) {}}, {sql: `SELECT FROM holds`, alike: true, read: func(*row) {}},
}

// TestBundled: nothing is lost or done twice, no row is written twice by one statement, and each transaction finds its own
// statements in an order that is as good as its own.
func TestBundled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lists := make([][]statement, rapid.IntRange(1, 5).Draw(t, "transactions"))
		for i := range lists {
			for n := range rapid.IntRange(0, 6).Draw(t, "statements") {
				s := kinds[rapid.IntRange(0, len(kinds)-1).Draw(t, "kind")]
				s.args = []any{i*100 + n}
				if s.read == nil {
					s.row = fmt.Sprint(i, rapid.IntRange(0, 1).Draw(t, "row"))
				}
				lists[i] = append(lists[i], s)
			}
		}
		at := positions(t, bundled(lists...))
		for i, list := range lists {
			for n, s := range list {
				for before, earlier := range list[:n] {
					if ordered(earlier, s) && at[i*100+before] > at[i*100+n] || sameRow(earlier, s) && at[i*100+before] == at[i*100+n] {
						t.Fatalf("%s came after %s", earlier.sql, s.sql)
					}
				}
				if _, there := at[i*100+n]; !there {
					t.Fatalf("%s is lost", s.sql)
				}
			}
		}
	})
}

func ordered(a, b statement) bool {
	bare := len(tablesOf(a.sql)) == 0 || len(tablesOf(b.sql)) == 0
	return bare || touches(a.sql, b.sql) || a.read != nil && b.read != nil
}

func sameRow(a, b statement) bool { return a.row != "" && a.sql == b.sql && a.row == b.row }

// positions gives in which statement each went, by its argument.
func positions(t *rapid.T, out []statement) map[int]int {
	at := map[int]int{}
	for to, s := range out {
		all, together := s.args[0].(column)
		if !together {
			all = column{s.args[0]}
		}
		for _, id := range all {
			if _, twice := at[id.(int)]; twice {
				t.Fatalf("%s is there twice", s.sql)
			}
			at[id.(int)] = to
		}
	}
	return at
}

// TestBundleAnswersEach: a row goes to whom its first column names.
func TestBundleAnswersEach(t *testing.T) {
	got := make([]string, 3)
	var lists [][]statement
	for i := range got {
		lists = append(lists, []statement{{sql: `SELECT FROM parcels`, alike: true, args: []any{"x"}, read: func(r *row) { got[i] += r.text() }}})
	}
	all := bundled(lists...)
	if len(all) != 1 {
		t.Fatalf("%d statements", len(all))
	}
	for _, nth := range []int64{3, 1, 3} {
		all[0].read(&row{values: [][]byte{bigint(nth), []byte("a")}})
	}
	if fmt.Sprint(got) != "[a  aa]" {
		t.Errorf("got %q", got)
	}
}

// TestColumn: what is sent is what array_recv in PostgreSQL's source reads.
func TestColumn(t *testing.T) {
	value, format, err := column{"ab", "c"}.encode()
	want := []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'}
	if err != nil || format != asBytes || !bytes.Equal(value, want) {
		t.Errorf("% x, %v", value, err)
	}
	if value, _, _ = (column{nil, []byte{7}}).encode(); !bytes.Contains(value, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 7}) || value[7] != 1 {
		t.Errorf("% x", value)
	}
	if _, _, err := (column{struct{}{}}).encode(); err == nil {
		t.Error("what PostgreSQL has no type for was sent")
	}
}
