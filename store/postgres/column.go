package postgres

import (
	bits "encoding/binary"
	"fmt"
	"reflect"
	"time"
)

// column is one argument of each of some statements, as an array of texts, bigints or byteas.
type column []any

// What PostgreSQL calls the types of an array's elements (pg_type.dat).
const (
	oidBytea = 17
	oidInt8  = 20
	oidText  = 25
)

// nullLength stands in place of an element's length where there is none.
const nullLength = ^uint32(0)

// encode writes an array of one dimension in PostgreSQL's binary form (array_recv in its source): how many dimensions,
// whether any element is null, their type, how many there are and the first one's index; then each with its length.
func (c column) encode() (value []byte, format int16, err error) {
	kind, hasNull := uint32(oidBytea), uint32(0)
	elements := make([][]byte, len(c))
	for i, arg := range c {
		if arg == nil {
			hasNull = 1
			continue
		}
		if elements[i], kind, err = element(arg); err != nil {
			return nil, 0, err
		}
	}
	for _, n := range []uint32{1, hasNull, kind, uint32(len(c)), 1} {
		value = bits.BigEndian.AppendUint32(value, n)
	}
	for i, e := range elements {
		if c[i] == nil {
			value = bits.BigEndian.AppendUint32(value, nullLength)
			continue
		}
		value = append(bits.BigEndian.AppendUint32(value, uint32(len(e))), e...)
	}
	return value, asBytes, nil
}

// element encodes a value of one of the kinds that the house's nouns are made of.
func element(arg any) (value []byte, kind uint32, err error) {
	switch v := arg.(type) {
	case string:
		return text(v), oidText, nil
	case []byte:
		return v, oidBytea, nil
	case time.Time:
		return bigint(micros(v)), oidInt8, nil
	case bool:
		if v {
			return bigint(1), oidInt8, nil
		}
		return bigint(0), oidInt8, nil
	}
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.String:
		return text(v.String()), oidText, nil
	case reflect.Int, reflect.Int64:
		return bigint(v.Int()), oidInt8, nil
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		return bigint(int64(v.Uint())), oidInt8, nil
	}
	return nil, 0, fmt.Errorf("postgres: a %T can't be sent in an array", arg)
}

func bigint(v int64) []byte { return bits.BigEndian.AppendUint64(nil, uint64(v)) }
