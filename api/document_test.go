package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lockhouse/app/network"
)

// document is the OpenAPI document as anybody reads it, so that answers are checked by what was published and not by the
// code that made it.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID          string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Tags        []string              `json:"tags"`
	Security    []map[string][]string `json:"security"`
	Parameters  []parameter           `json:"parameters"`
	RequestBody *content              `json:"requestBody"`
	Responses   map[string]content    `json:"responses"`
}

type parameter struct {
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   schema `json:"schema"`
}

type content struct {
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

// schema is the part of JSON Schema that the document uses. check refuses what it does not know.
type schema struct {
	Ref         string            `json:"$ref"`
	Type        any               `json:"type"`
	Format      string            `json:"format"`
	Properties  map[string]schema `json:"properties"`
	Required    []string          `json:"required"`
	Additional  any               `json:"additionalProperties"`
	Items       *schema           `json:"items"`
	OneOf       []schema          `json:"oneOf"`
	Enum        []any             `json:"enum"`
	Minimum     *float64          `json:"minimum"`
	Maximum     *float64          `json:"maximum"`
	Description string            `json:"description"`
}

func read(t testing.TB) document {
	t.Helper()
	text, err := network.Document(network.Defaults(), "test")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// operationFor finds what the document says of a request.
func (d document) operationFor(method, path string) (operation, bool) {
	parts := strings.Split(path, "/")
	for _, exact := range []bool{true, false} {
		for template, methods := range d.Paths {
			names := strings.Split(template, "/")
			if len(names) != len(parts) || exact == strings.Contains(template, "{") {
				continue
			}
			fits := true
			for i, name := range names {
				fits = fits && (name == parts[i] || strings.HasPrefix(name, "{"))
			}
			if op, has := methods[strings.ToLower(method)]; fits && has {
				return op, true
			}
		}
	}
	return operation{}, false
}

// checkAnswer says how an answer differs from what the document promises.
func (d document) checkAnswer(method, path string, status int, header http.Header, raw []byte) error {
	op, ok := d.operationFor(method, path)
	if !ok {
		return fmt.Errorf("%s %s is not in the document", method, path)
	}
	promised, ok := op.Responses[fmt.Sprint(status)]
	if !ok {
		return fmt.Errorf("%s does not tell of status %d", op.ID, status)
	}
	if len(promised.Content) == 0 {
		if len(raw) > 0 {
			return fmt.Errorf("%s promises no body with %d", op.ID, status)
		}
		return nil
	}
	shape, ok := promised.Content[header.Get("Content-Type")]
	if !ok {
		return fmt.Errorf("%s does not promise %q with %d", op.ID, header.Get("Content-Type"), status)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return err
	}
	return d.check("", shape.Schema, v)
}

func (d document) check(at string, s schema, v any) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		target, known := d.Components.Schemas[name]
		if !known {
			return fmt.Errorf("%s: there is no schema %s", at, name)
		}
		return d.check(at, target, v)
	}
	if len(s.OneOf) > 0 {
		matches := 0
		var first error
		for _, one := range s.OneOf {
			if err := d.check(at, one, v); err == nil {
				matches++
			} else if first == nil {
				first = err
			}
		}
		if matches != 1 {
			return fmt.Errorf("%s matches %d of oneOf: %w", at, matches, first)
		}
		return nil
	}
	if err := checkType(at, s, v); err != nil {
		return err
	}
	switch value := v.(type) {
	case map[string]any:
		return d.checkObject(at, s, value)
	case []any:
		for i, item := range value {
			if err := d.check(fmt.Sprintf("%s[%d]", at, i), *s.Items, item); err != nil {
				return err
			}
		}
	case string:
		if s.Format == "date-time" {
			if _, err := time.Parse(time.RFC3339, value); err != nil || !strings.HasSuffix(value, "Z") {
				return fmt.Errorf("%s: %q is not a time in UTC", at, value)
			}
		}
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s: %v is not one of %v", at, v, s.Enum)
	}
	return nil
}

func checkType(at string, s schema, v any) error {
	var allowed []any
	switch typ := s.Type.(type) {
	case nil:
		return nil
	case string:
		allowed = []any{typ}
	case []any:
		allowed = typ
	}
	is := "null"
	switch value := v.(type) {
	case string:
		is = "string"
	case bool:
		is = "boolean"
	case float64:
		if is = "number"; value == math.Trunc(value) && slices.Contains(allowed, any("integer")) {
			is = "integer"
		}
	case []any:
		is = "array"
	case map[string]any:
		is = "object"
	}
	if !slices.Contains(allowed, any(is)) {
		return fmt.Errorf("%s is %s, not %v", at, is, allowed)
	}
	return nil
}

func (d document) checkObject(at string, s schema, v map[string]any) error {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("%s lacks %s", at, name)
		}
	}
	for name, value := range v {
		inner, known := s.Properties[name]
		if !known {
			if s.Additional == false {
				return fmt.Errorf("%s has %s, which is not in the document", at, name)
			}
			continue
		}
		if err := d.check(at+"."+name, inner, value); err != nil {
			return err
		}
	}
	return nil
}

// TestDocumentIsReadable: every operation says who may use it, what it is for, and how it refuses.
func TestDocumentIsReadable(t *testing.T) {
	d := read(t)
	ids := map[string]bool{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			if op.ID == "" || ids[op.ID] || len(op.Summary) < 5 || len(op.Tags) != 1 || op.Security == nil {
				t.Errorf("%s %s: id %q (twice: %v), summary %q, tags %v, security %v", method, path, op.ID, ids[op.ID], op.Summary, op.Tags, op.Security)
			}
			ids[op.ID] = true
			if op.Responses["429"].Content["application/problem+json"].Schema.Ref == "" && len(op.Responses["429"].Content) == 0 {
				t.Errorf("%s does not tell that it has a limit", op.ID)
			}
		}
	}
	if len(ids) < 35 {
		t.Errorf("only %d operations", len(ids))
	}
}

// TestDocumentIsServed: the one that the server gives is the one that is printed.
func TestDocumentIsServed(t *testing.T) {
	w := open(t, 1, nil)
	got := w.raw("GET", "/openapi.json").is(200)
	if got.header.Get("Content-Type") != "application/openapi+json" || !strings.HasPrefix(fmt.Sprint(got.at("openapi")), "3.1") {
		t.Fatalf("%v %.200s", got.header, got.raw)
	}
	if want := read(t); len(got.at("paths").(map[string]any)) != len(want.Paths) {
		t.Fatal("the server serves another document")
	}
}
