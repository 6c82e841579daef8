package credential

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/veraison/go-cose"

	"lockhouse"
)

// scanner reads the one form of a receipt from left to right, and remembers that something was of another. A network reads
// a dozen receipts for each parcel, and a CBOR library that knows none of the form takes ten times as long; that both
// take the same is what FuzzScan holds.
type scanner struct {
	rest []byte
	bad  bool
}

// What stands around a receipt's payload: COSE_Sign1 with the algorithm ES256 and nothing else in its headers, and then the
// signature. See RFC 9052, 4.2.
var (
	beforePayload   = []byte{0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa0}
	beforeSignature = []byte{0x58, SignatureBytes}
)

const statementArray, null = 0x8c, 0xf6

// CBOR's major types, as they stand in the first byte.
const (
	majorUint  = 0x00
	majorBytes = 0x40
)

// sealed is a receipt that was read, and not verified.
type sealed struct {
	payload   []byte
	signature []byte
	claim     lockhouse.Receipt
}

// message gives what the COSE library verifies.
func (s sealed) message() cose.Sign1Message {
	return cose.Sign1Message{Headers: headers(nil), Payload: s.payload, Signature: s.signature}
}

func scanReceipt(data []byte) (r sealed, err error) {
	if len(data) > MaxReceiptBytes {
		return r, refused("%d bytes, at most %d are read", len(data), MaxReceiptBytes)
	}
	s := scanner{rest: data}
	s.exactly(beforePayload)
	r.payload = s.take(s.head(majorBytes))
	s.exactly(beforeSignature)
	r.signature = s.take(SignatureBytes)
	if s.bad || len(s.rest) > 0 {
		return r, refused("not a receipt in deterministic form")
	}
	claim, ok := scanStatement(r.payload)
	if !ok {
		return r, refused("not a receipt's statement in deterministic form")
	}
	r.claim, err = claim.receipt()
	return r, err
}

// scanStatement reads a payload. Its fields stand in this order.
func scanStatement(payload []byte) (st statement, ok bool) {
	s := scanner{rest: payload}
	s.exactly([]byte{statementArray})
	s.fixed(st.Locker[:])
	st.Boot = uint32(s.upTo(math.MaxUint32))
	st.Seq = s.upTo(math.MaxUint64)
	st.Kind = uint8(s.upTo(math.MaxUint8))
	st.At = s.upTo(math.MaxUint64)
	st.Quality = uint8(s.upTo(math.MaxUint8))
	st.Grant, st.Ref = s.eightOrNull(), s.eightOrNull()
	st.Compartment = uint16(s.upTo(math.MaxUint16))
	st.Generation = uint32(s.upTo(math.MaxUint32))
	st.Phone = s.eightOrNull()
	s.fixed(st.Prev[:])
	return st, !s.bad && len(s.rest) == 0
}

func (s *scanner) take(n uint64) []byte {
	if s.bad = s.bad || n > uint64(len(s.rest)); s.bad {
		return nil
	}
	taken := s.rest[:n:n]
	s.rest = s.rest[n:]
	return taken
}

func (s *scanner) exactly(want []byte) {
	if got := s.take(uint64(len(want))); !bytes.Equal(got, want) {
		s.bad = true
	}
}

// head reads a first byte of a major type and the number with it, in the shortest of the forms that it could have.
func (s *scanner) head(major byte) uint64 {
	first := s.take(1)
	if s.bad || first[0]&0xe0 != major {
		s.bad = true
		return 0
	}
	short := first[0] & 0x1f
	if short < 24 {
		return uint64(short)
	}
	if short > 27 {
		s.bad = true
		return 0
	}
	var wide [8]byte
	size := 1 << (short - 24)
	copy(wide[8-size:], s.take(uint64(size)))
	n := binary.BigEndian.Uint64(wide[:])
	least := uint64(24) // below it the number would stand in the first byte
	if size > 1 {
		least = 1 << (4 * size) // below it half as many bytes would do
	}
	s.bad = s.bad || n < least
	return n
}

func (s *scanner) upTo(most uint64) uint64 {
	n := s.head(majorUint)
	s.bad = s.bad || n > most
	return n
}

func (s *scanner) fixed(into []byte) {
	s.bad = s.bad || s.head(majorBytes) != uint64(len(into))
	copy(into, s.take(uint64(len(into))))
}

func (s *scanner) eightOrNull() *[8]byte {
	if len(s.rest) > 0 && s.rest[0] == null {
		s.rest = s.rest[1:]
		return nil
	}
	var v [8]byte
	s.fixed(v[:])
	return &v
}
