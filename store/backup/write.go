package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
)

// magic is what every backup begins with, and the number of its form.
const magic = "lockhouse backup 1\n"

// What a frame of the stream holds. A frame is its kind, its length in four bytes, and as much CBOR. All frames together
// are packed by Zstandard.
const (
	frameHead byte = 'H'
	frameRows byte = 'R'
	frameKey  byte = 'K'
	frameEnd  byte = 'E'
)

// chunk is rows of one table.
type chunk struct {
	_     struct{} `cbor:",toarray"`
	Table int
	Rows  [][]any
}

// end is what the stream has had.
type end struct {
	_    struct{} `cbor:",toarray"`
	Rows map[string]int64
	Hash [32]byte
}

// frames writes frames and hashes them.
type frames struct {
	out io.Writer
	sum hash.Hash
}

func (f frames) write(kind byte, v any) error {
	body, err := cbor.Marshal(v)
	if err != nil {
		return err
	}
	frame := append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body))), body...)
	f.sum.Write(frame)
	_, err = f.out.Write(frame)
	return err
}

// Write writes a whole store, and the network's keys where they are given. It tells what it has written.
func Write(ctx context.Context, out io.Writer, from Source, by string, now time.Time, keys []Key, progress Progress) (s Summary, err error) {
	s = Summary{Head: Head{Schema: from.Schema(), At: now, By: by, Tables: from.Tables()}, Rows: map[string]int64{}, Keys: keys}
	of, err := countAll(ctx, from)
	if err != nil {
		return s, err
	}
	if _, err := io.WriteString(out, magic); err != nil {
		return s, err
	}
	packed, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return s, err
	}
	f := frames{packed, sha256.New()}
	if err := f.whole(ctx, from, &s, of, progress); err != nil {
		return s, err
	}
	f.sum.Sum(s.Hash[:0])
	if err := f.write(frameEnd, end{Rows: s.Rows, Hash: s.Hash}); err != nil {
		return s, err
	}
	return s, packed.Close()
}

func (f frames) whole(ctx context.Context, from Source, s *Summary, of int64, progress Progress) error {
	if err := f.write(frameHead, s.Head); err != nil {
		return err
	}
	for _, k := range s.Keys {
		if err := f.write(frameKey, k); err != nil {
			return err
		}
	}
	done := int64(0)
	for at, t := range s.Tables {
		s.Rows[t.Name] = 0
		err := batches(ctx, from, t, func(rows [][]any) error {
			s.Rows[t.Name] += int64(len(rows))
			done += int64(len(rows))
			progress(done, of)
			return f.write(frameRows, chunk{Table: at, Rows: rows})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
