package postgres

import (
	"fmt"
	"slices"
	"strings"
)

// What many transactions do alike, they do in one statement, which takes an array for each of its arguments: a row of them
// for each event, for each parcel that changes, for each order that is looked for. One statement with twenty rows costs
// PostgreSQL little more than one with a single row.

// given is where such a statement has its rows from, by columns that are written with their types.
func given(columns ...string) string {
	return `unnest(` + arrays(columns) + `) AS given (` + headings(columns) + `)`
}

// asked is given for questions. The column nth says which of them an answer is for; it is selected first.
func asked(columns ...string) string {
	return `unnest(` + arrays(columns) + `) WITH ORDINALITY AS asked (` + headings(columns) + `, nth)`
}

// arrays are the arguments: $1::text[], $2::bigint[] …
func arrays(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		_, kind, _ := strings.Cut(c, " ")
		list[i] = fmt.Sprintf("$%d::%s[]", i+1, kind)
	}
	return strings.Join(list, ", ")
}

func headings(columns []string) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i], _, _ = strings.Cut(c, " ")
	}
	return strings.Join(list, ", ")
}

// bundle is statements of one text that travel as one.
type bundle struct {
	sql   string
	parts []statement
}

// takes tells whether a statement can go with the others. Of two that write the same row the second comes later.
func (b *bundle) takes(s statement) bool {
	same := func(p statement) bool { return s.row != "" && p.row == s.row }
	return s.alike && b.sql == s.sql && !slices.ContainsFunc(b.parts, same)
}

// whole gives the statement that stands for all.
func (b *bundle) whole() statement {
	s := b.parts[0]
	if !s.alike {
		return s
	}
	s.args = make([]any, len(b.parts[0].args))
	for i := range s.args {
		column := make(column, len(b.parts))
		for n, p := range b.parts {
			column[n] = p.args[i]
		}
		s.args[i] = column
	}
	if s.read != nil {
		s.read = func(r *row) { b.parts[r.int64()-1].read(&row{values: r.values[1:]}) }
	}
	if s.fails != nil {
		s.fails = b.meaning
	}
	return s
}

// meaning lets each part hear of an error: what it had remembered may be wrong. They say the same of it.
func (b *bundle) meaning(err error) (meant error) {
	for _, p := range b.parts {
		meant = p.fails(err)
	}
	return meant
}

// bundled puts statements together where they can be. A transaction's questions keep their order, and so do its writes about the
// same table; between different transactions there is none to keep, for what one has locked another gets when the first has
// done its work.
func bundled(lists ...[]statement) []statement {
	var out []*bundle
	for _, list := range lists {
		at := order{tables: map[string]int{}}
		for _, s := range list {
			to := at.goesTo(out, s)
			if to == len(out) {
				out = append(out, &bundle{sql: s.sql})
			}
			out[to].parts = append(out[to].parts, s)
			at.went(s, to)
		}
	}
	all := make([]statement, len(out))
	for i, b := range out {
		all[i] = b.whole()
	}
	return all
}

// order is where one transaction's statements went.
type order struct {
	tables map[string]int // the last about each
	last   int            // the last of all
	fence  int            // the last that names no table: a lock, before which nothing goes
}

// goesTo gives the bundle for a statement, or the number of the next.
func (o *order) goesTo(out []*bundle, s statement) int {
	first := o.fence
	tables := tablesOf(s.sql)
	if s.read != nil || len(tables) == 0 {
		first = o.last
	}
	for _, t := range tables {
		first = max(first, o.tables[t])
	}
	for to := len(out) - 1; to >= first; to-- {
		if out[to].takes(s) {
			return to
		}
	}
	return len(out)
}

func (o *order) went(s statement, to int) {
	o.last = max(o.last, to)
	tables := tablesOf(s.sql)
	if len(tables) == 0 {
		o.fence = o.last
	}
	for _, t := range tables {
		o.tables[t] = max(o.tables[t], to)
	}
}
