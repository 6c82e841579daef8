// Package strictcbor encodes and decodes CBOR of which there is exactly one encoding: RFC 8949's core deterministic
// requirements, on the way in as well as on the way out. What is signed or journalled then has one form only, and nobody
// can make a second one by rewriting a length or the order of a map.
package strictcbor

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// Limits of what is decoded, whatever its size in bytes.
const (
	maxNestedLevels  = 8
	maxArrayElements = 4_096
	maxMapPairs      = 16
)

// ErrNotCanonical says that the bytes decode, and are not the ones that encoding gives.
var ErrNotCanonical = errors.New("cbor: not in deterministic form")

var encoder = sync.OnceValue(func() cbor.EncMode {
	mode, err := cbor.EncOptions{
		Sort:        cbor.SortCoreDeterministic,
		IndefLength: cbor.IndefLengthForbidden,
		TagsMd:      cbor.TagsForbidden,
	}.EncMode()
	if err != nil {
		panic(err) // the options above are constants
	}
	return mode
})

var decoder = sync.OnceValue(func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxNestedLevels:   maxNestedLevels,
		MaxArrayElements:  maxArrayElements,
		MaxMapPairs:       maxMapPairs,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
})

// Encode gives the one encoding of a value.
func Encode(v any) ([]byte, error) { return encoder().Marshal(v) }

// Decode reads at most maxBytes into a pointer, and refuses every form but the one that Encode gives: indefinite lengths,
// duplicate or unknown keys, tags, longer integers than needed, bytes left over.
func Decode(data []byte, maxBytes int, into any) error {
	if len(data) > maxBytes {
		return fmt.Errorf("cbor: %d bytes, at most %d are read", len(data), maxBytes)
	}
	if err := decoder().Unmarshal(data, into); err != nil {
		return err
	}
	again, err := Encode(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return ErrNotCanonical
	}
	return nil
}
