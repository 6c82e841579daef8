package journal

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A file is a header and then records, numbers in network order:
//
//	header  "lockhj-1" (8), salt (8), CRC-32C of those 16 (4)
//	record  length (4), CRC-32C (4), bytes
//
// A record's checksum runs over the salt, the record's place in the file, its length and its bytes. So nothing passes
// for a record but what was written there as one: neither a block that the file system gave us from an older file, nor
// bytes inside of a record that look like another.
const (
	magic       = "lockhj-1"
	headerBytes = len(magic) + saltBytes + 4
	saltBytes   = 8
	frameBytes  = 8 // before a record's own bytes
)

type salt [saltBytes]byte

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func headerOf(s salt) []byte {
	h := append([]byte(magic), s[:]...)
	return binary.BigEndian.AppendUint32(h, crc32.Checksum(h, castagnoli))
}

// saltOf reads a header; ok is false for anything that headerOf did not write.
func saltOf(header []byte) (s salt, ok bool) {
	if len(header) != headerBytes {
		return s, false
	}
	copy(s[:], header[len(magic):])
	return s, bytes.Equal(header, headerOf(s))
}

// frameOf appends a record's frame, as it stands at a place in a file, to b.
func frameOf(b []byte, s salt, at int64, record []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(record)))
	b = binary.BigEndian.AppendUint32(b, checksum(s, at, record))
	return append(b, record...)
}

func checksum(s salt, at int64, record []byte) uint32 {
	var head [saltBytes + 8 + 4]byte
	copy(head[:], s[:])
	binary.BigEndian.PutUint64(head[saltBytes:], uint64(at))
	binary.BigEndian.PutUint32(head[saltBytes+8:], uint32(len(record)))
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, record)
}

// found is what a walk through a file came upon.
type found struct {
	records int
	last    int64 // where the last whole record begins
	end     int64 // where it ends: all before is good
}

// walk reads records from the header on, as far as they are whole or until size, and gives each to each.
func walk(file io.ReaderAt, s salt, size int64, each func([]byte) error) (found, error) {
	f := found{last: int64(headerBytes), end: int64(headerBytes)}
	r := bufio.NewReaderSize(io.NewSectionReader(file, f.end, size-f.end), frameBytes+MaxRecordBytes)
	for {
		frame, err := peekFrame(r)
		if err != nil || !whole(s, f.end, frame) {
			return f, err
		}
		if err := each(frame[frameBytes:]); err != nil {
			return f, err
		}
		_, _ = r.Discard(len(frame)) // it was peeked at, so it is there
		f = found{records: f.records + 1, last: f.end, end: f.end + int64(len(frame))}
	}
}

// peekFrame gives the frame that comes next, or as much as there is of it.
func peekFrame(r *bufio.Reader) ([]byte, error) {
	head, err := r.Peek(frameBytes)
	if err == nil {
		head, err = r.Peek(max(frameBytes, frameSize(head)))
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, err
}

// frameSize gives the size of the frame that a head begins, and 0 where none can.
func frameSize(head []byte) int {
	if len(head) < frameBytes {
		return 0
	}
	n := binary.BigEndian.Uint32(head)
	if n < 1 || n > MaxRecordBytes {
		return 0
	}
	return frameBytes + int(n)
}

// whole tells whether b begins with a good record, written at that place.
func whole(s salt, at int64, b []byte) bool {
	n := frameSize(b)
	return n > 0 && len(b) >= n && binary.BigEndian.Uint32(b[4:]) == checksum(s, at, b[frameBytes:n])
}
