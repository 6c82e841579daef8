package api

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"lockhouse"
)

// orNull is a value that may be absent and is written as null then, so that the document can say so.
type orNull[T any] struct{ value *T }

func some[T any](v T) orNull[T] { return orNull[T]{&v} }

// MarshalJSON writes the value, or null.
func (o orNull[T]) MarshalJSON() ([]byte, error) { return json.Marshal(o.value) }

// UnmarshalJSON reads it back, for clients in Go.
func (o *orNull[T]) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &o.value) }

// Schema says: this, or null.
func (o orNull[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

// moment gives a time in UTC, or null for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// b64 writes binary values: base64url without padding.
func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func unb64(field, text string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, lockhouse.Refuse(lockhouse.CodeMalformed, "%s is not base64url without padding.", field).With("field", field)
	}
	return raw, nil
}

// dimensions is what a parcel is.
type dimensions struct {
	LengthMM int `json:"length_mm" query:"length_mm" minimum:"1" maximum:"5000" example:"300" doc:"An edge, in whole millimetres. Edges may come in any order."`
	WidthMM  int `json:"width_mm" query:"width_mm" minimum:"1" maximum:"5000" example:"200" doc:"Another edge."`
	HeightMM int `json:"height_mm" query:"height_mm" minimum:"1" maximum:"5000" example:"100" doc:"The third edge."`
	WeightG  int `json:"weight_g" query:"weight_g" minimum:"1" maximum:"1000000" example:"850" doc:"Mass in whole grams."`
}

func (d dimensions) noun() lockhouse.Dimensions {
	return lockhouse.Dimensions{LengthMM: d.LengthMM, WidthMM: d.WidthMM, HeightMM: d.HeightMM, Grams: d.WeightG}
}

// body is an answer with nothing but a body.
type body[T any] struct{ Body T }

func answer[T any](v T) *body[T] { return &body[T]{v} }

// listOf maps, and gives an empty list instead of null.
func listOf[From, To any](from []From, to func(From) To) []To {
	out := make([]To, 0, len(from))
	for _, f := range from {
		out = append(out, to(f))
	}
	return out
}
