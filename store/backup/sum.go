package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// Sum is the content of a table, whatever the order of its rows: how many there are, and all their hashes added up.
type Sum struct {
	Rows int64
	Hash uint64
}

// Add adds a row. Texts count as PostgreSQL keeps them.
func (s *Sum) Add(row []any) error {
	plain := make([]any, len(row))
	for i, v := range row {
		if text, ok := v.(string); ok {
			v = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
		}
		plain[i] = v
	}
	form, err := cbor.Marshal(plain)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(form)
	s.Rows++
	s.Hash += binary.BigEndian.Uint64(sum[:8])
	return nil
}

// SumOf sums up a table, in the columns and their order that are given.
func SumOf(ctx context.Context, from Source, t Table) (s Sum, err error) {
	err = from.Rows(ctx, t, s.Add)
	return s, err
}

// Same refuses two stores of which a table differs. It tells how many rows were compared.
func Same(ctx context.Context, one, other Source, tables []Table, progress func(rows int64)) error {
	rows := int64(0)
	for _, t := range tables {
		a, err := SumOf(ctx, one, t)
		if err != nil {
			return err
		}
		b, err := SumOf(ctx, other, t)
		if err != nil {
			return err
		}
		if a != b {
			return fmt.Errorf("%s has %d rows in the one store and %d in the other, and they are not the same", t.Name, a.Rows, b.Rows)
		}
		rows += a.Rows
		progress(rows)
	}
	return nil
}
