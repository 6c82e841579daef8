package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
)

// Limits of what is read.
const (
	maxFrameBytes  = 256 << 20 // 500 rows, each with a body at its limit, have less
	maxWindowBytes = 128 << 20 // that the packing may look back
)

var decoder = sync.OnceValue(func() cbor.DecMode {
	mode, err := cbor.DecOptions{IntDec: cbor.IntDecConvertSigned, DupMapKey: cbor.DupMapKeyEnforcedAPF,
		MaxArrayElements: 1 << 20, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsAllowed,
		UTF8: cbor.UTF8DecodeInvalid, // what others' servers said is kept as it came
	}.DecMode()
	if err != nil {
		panic(err) // the options above are constants
	}
	return mode
})

// Is tells whether a stream begins as a backup does. It needs HeadBytes of it.
func Is(head []byte) bool { return strings.HasPrefix(string(head), magic) }

// HeadBytes is how much Is looks at.
const HeadBytes = len(magic)

// Verify reads a backup to its end and tells what it has. It believes nothing that the end does not confirm.
func Verify(in io.Reader, progress func(rows int64)) (Summary, error) {
	rows := int64(0)
	return read(in, func(_ Head, _ Table, batch [][]any) error {
		rows += int64(len(batch))
		progress(rows)
		return nil
	})
}

// Read loads a backup, which Verify has found good, into a store.
func Read(ctx context.Context, in io.Reader, to Sink, of int64, progress Progress) (Summary, error) {
	done := int64(0)
	s, err := read(in, func(_ Head, t Table, batch [][]any) error {
		done += int64(len(batch))
		progress(done, of)
		return to.Load(ctx, t, batch)
	})
	if err != nil {
		return s, err
	}
	return s, compare(ctx, s.Rows, to)
}

// compare counts the rows that a store has.
func compare(ctx context.Context, rows map[string]int64, to Sink) error {
	for table, want := range rows {
		got, err := to.Count(ctx, table)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("%d rows of %s arrived, of %d", got, table, want)
		}
	}
	return nil
}

// reader reads frames and hashes them.
type reader struct {
	in   io.Reader
	sum  frames
	last [32]byte // of all frames before the one that was read last
}

// next gives a frame's kind and body.
func (r *reader) next() (kind byte, body []byte, err error) {
	r.sum.sum.Sum(r.last[:0])
	var head [5]byte
	if _, err := io.ReadFull(r.in, head[:]); err != nil {
		return 0, nil, damaged(err)
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrameBytes {
		return 0, nil, ErrDamaged
	}
	body, err = io.ReadAll(io.LimitReader(r.in, int64(n)))
	if err != nil || len(body) < int(n) {
		return 0, nil, damaged(err)
	}
	r.sum.sum.Write(head[:])
	r.sum.sum.Write(body)
	return head[0], body, nil
}

// damaged says so of whatever a reader has come upon; what the disk or the decryption says is kept beside it.
func damaged(cause error) error {
	if cause == nil || errors.Is(cause, io.EOF) || errors.Is(cause, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, cause)
}

func read(in io.Reader, each func(Head, Table, [][]any) error) (s Summary, err error) {
	var begins [len(magic)]byte
	if _, err := io.ReadFull(in, begins[:]); err != nil || !Is(begins[:]) {
		if strings.HasPrefix(string(begins[:]), magic[:len(magic)-2]) {
			return s, ErrNewer
		}
		return s, fmt.Errorf("%w: it does not begin as a backup does", ErrDamaged)
	}
	packed, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindowBytes))
	if err != nil {
		return s, err
	}
	defer packed.Close()
	r := &reader{in: packed, sum: frames{sum: sha256.New()}}
	s.Rows = map[string]int64{}
	for {
		kind, body, err := r.next()
		if err != nil {
			return s, err
		}
		if kind == frameEnd {
			return s, r.ends(body, &s)
		}
		if err := s.take(kind, body, each); err != nil {
			return s, err
		}
	}
}

// take reads one frame.
func (s *Summary) take(kind byte, body []byte, each func(Head, Table, [][]any) error) error {
	switch kind {
	case frameHead:
		if err := decoder().Unmarshal(body, &s.Head); err != nil {
			return damaged(err)
		}
		for _, t := range s.Tables {
			s.Rows[t.Name] = 0
		}
		return nil
	case frameKey:
		var k Key
		if err := decoder().Unmarshal(body, &k); err != nil {
			return damaged(err)
		}
		s.Keys = append(s.Keys, k)
		return nil
	case frameRows:
		var c chunk
		if err := decoder().Unmarshal(body, &c); err != nil {
			return damaged(err)
		}
		if c.Table < 0 || c.Table >= len(s.Tables) {
			return ErrDamaged
		}
		t := s.Tables[c.Table]
		for _, row := range c.Rows {
			if len(row) != len(t.Columns) {
				return ErrDamaged
			}
		}
		s.Rows[t.Name] += int64(len(c.Rows))
		return each(s.Head, t, c.Rows)
	}
	return ErrNewer
}

// ends compares what the end says with what was read, and sees to it that nothing follows.
func (r *reader) ends(body []byte, s *Summary) error {
	var e end
	if err := decoder().Unmarshal(body, &e); err != nil {
		return damaged(err)
	}
	if e.Hash != r.last || !maps.Equal(e.Rows, s.Rows) {
		return fmt.Errorf("%w: its content is not what its end says", ErrDamaged)
	}
	s.Hash = e.Hash
	var more [1]byte
	if n, err := r.in.Read(more[:]); n > 0 || !errors.Is(err, io.EOF) {
		return damaged(err)
	}
	return nil
}
