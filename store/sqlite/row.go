package sqlite

import (
	"fmt"
	"reflect"
	"time"

	"github.com/ncruces/go-sqlite3"

	"lockhouse"
	"lockhouse/store"
)

// row reads the columns of a result from left to right.
type row struct {
	stmt *sqlite3.Stmt
	col  int
}

func (r *row) next() int { r.col++; return r.col - 1 }

func (r *row) text() string   { return r.stmt.ColumnText(r.next()) }
func (r *row) int() int       { return r.stmt.ColumnInt(r.next()) }
func (r *row) int64() int64   { return r.stmt.ColumnInt64(r.next()) }
func (r *row) float() float64 { return r.stmt.ColumnFloat(r.next()) }
func (r *row) yes() bool      { return r.stmt.ColumnBool(r.next()) }
func (r *row) blob() []byte   { return r.stmt.ColumnBlob(r.next(), nil) }

// raw gives a blob that is only good until the next row is read.
func (r *row) raw() []byte { return r.stmt.ColumnRawBlob(r.next()) }

// copyTo fills an array's slice with a blob of the same length; null leaves it as it is.
func (r *row) copyTo(into []byte) { copy(into, r.stmt.ColumnRawBlob(r.next())) }

func (r *row) time() time.Time {
	if us := r.int64(); us != 0 {
		return time.UnixMicro(us).UTC()
	}
	return time.Time{}
}

// dims reads four columns.
func (r *row) dims() lockhouse.Dimensions {
	return lockhouse.Dimensions{LengthMM: r.int(), WidthMM: r.int(), HeightMM: r.int(), Grams: r.int()}
}

// bind binds a value of one of the kinds that the house's nouns are made of.
func bind(s *sqlite3.Stmt, at int, arg any) error {
	switch v := arg.(type) {
	case string:
		return s.BindText(at, v)
	case int:
		return s.BindInt(at, v)
	case int64:
		return s.BindInt64(at, v)
	case bool:
		return s.BindBool(at, v)
	case time.Time:
		return s.BindInt64(at, micros(v))
	case []byte:
		if v == nil {
			v = []byte{} // no column that takes one is null
		}
		return s.BindBlob(at, v)
	case nil:
		return s.BindNull(at)
	}
	return bindNamed(s, at, reflect.ValueOf(arg))
}

// bindNamed binds named types, such as lockhouse.SiteID, by what they are underneath.
func bindNamed(s *sqlite3.Stmt, at int, v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		return s.BindText(at, v.String())
	case reflect.Int:
		return s.BindInt64(at, v.Int())
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return s.BindInt64(at, int64(v.Uint()))
	case reflect.Float64:
		return s.BindFloat(at, v.Float())
	}
	return fmt.Errorf("sqlite: a %s can't be bound", v.Type())
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// most gives a page's limit within the contract's bounds.
func most(p store.Page) int { return min(max(p.Limit, 1), 200) }
