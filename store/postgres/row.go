package postgres

import (
	"bytes"
	bits "encoding/binary"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"lockhouse"
	"lockhouse/store"
)

// row reads the columns of a result from left to right, as PostgreSQL sends them in binary: integers of 2, 4 or 8 bytes,
// floats of 8, text and bytes as they are.
type row struct {
	values [][]byte
	col    int
}

// binary asks for all columns in binary.
var binary = []int16{1}

func (r *row) next() []byte { r.col++; return r.values[r.col-1] }

func (r *row) text() string   { return string(r.next()) }
func (r *row) int() int       { return int(r.int64()) }
func (r *row) float() float64 { return math.Float64frombits(bits.BigEndian.Uint64(r.next())) }
func (r *row) yes() bool      { return r.int64() != 0 }
func (r *row) blob() []byte   { return bytes.Clone(r.next()) }

// truth reads a boolean.
func (r *row) truth() bool { v := r.next(); return len(v) == 1 && v[0] == 1 }

func (r *row) int64() int64 {
	switch v := r.next(); len(v) {
	case 2:
		return int64(int16(bits.BigEndian.Uint16(v)))
	case 4:
		return int64(int32(bits.BigEndian.Uint32(v)))
	case 8:
		return int64(bits.BigEndian.Uint64(v))
	}
	return 0 // null
}

// copyTo fills an array's slice with bytes of the same length; null leaves it as it is.
func (r *row) copyTo(into []byte) { copy(into, r.next()) }

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

// How a value is sent: numbers as decimals, which fit an integer of any width.
const (
	asText  = 0
	asBytes = 1
)

func encoded(args []any) (values [][]byte, formats []int16, err error) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	for i, arg := range args {
		if values[i], formats[i], err = encode(arg); err != nil {
			return nil, nil, err
		}
	}
	return values, formats, nil
}

// encode encodes a value of one of the kinds that the house's nouns are made of.
func encode(arg any) (value []byte, format int16, err error) {
	switch v := arg.(type) {
	case nil:
		return nil, asText, nil
	case string:
		return text(v), asText, nil
	case int:
		return strconv.AppendInt(nil, int64(v), 10), asText, nil
	case int64:
		return strconv.AppendInt(nil, v, 10), asText, nil
	case bool:
		if v {
			return []byte{'1'}, asText, nil
		}
		return []byte{'0'}, asText, nil
	case time.Time:
		return strconv.AppendInt(nil, micros(v), 10), asText, nil
	case []byte:
		if v == nil {
			v = []byte{} // no column that takes one is null
		}
		return v, asBytes, nil
	case []string:
		return array(v), asText, nil
	case column:
		return v.encode()
	}
	return encodeNamed(reflect.ValueOf(arg))
}

// encodeNamed encodes named types, such as lockhouse.SiteID, by what they are underneath.
func encodeNamed(v reflect.Value) ([]byte, int16, error) {
	switch v.Kind() {
	case reflect.String:
		return text(v.String()), asText, nil
	case reflect.Int:
		return strconv.AppendInt(nil, v.Int(), 10), asText, nil
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return strconv.AppendInt(nil, int64(v.Uint()), 10), asText, nil
	case reflect.Float64:
		return strconv.AppendFloat(nil, v.Float(), 'g', -1, 64), asText, nil
	}
	return nil, 0, fmt.Errorf("postgres: a %s can't be sent", v.Type())
}

// text gives a string as PostgreSQL takes it: what is no UTF-8, and the zero byte, which it refuses, become U+FFFD. They
// come from others' servers alone, in the errors that we keep.
func text(s string) []byte {
	return []byte(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"))
}

// array writes a list of texts as an array's literal.
func array(list []string) []byte {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = `"` + quote.Replace(s) + `"`
	}
	return text("{" + strings.Join(quoted, ",") + "}")
}

// texts gives a list of named strings as what they are underneath.
func texts[T ~string](list []T) []string {
	plain := make([]string, len(list))
	for i, s := range list {
		plain[i] = string(s)
	}
	return plain
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// most gives a page's limit within the contract's bounds.
func most(p store.Page) int { return min(max(p.Limit, 1), 200) }
