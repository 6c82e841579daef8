package settings

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// explainWidth is where comments wrap, in characters.
const explainWidth = 100

// Explain prints a configuration struct as TOML, each key below its explanation. What it prints can be read again.
func Explain(w io.Writer, config any) error {
	e := &explainer{w: w}
	e.line("# Every key with its explanation and its value. A file needs only those that differ.")
	e.table("", reflect.ValueOf(config))
	return e.err
}

type explainer struct {
	w   io.Writer
	err error
}

func (e *explainer) line(text string) {
	if e.err == nil {
		_, e.err = fmt.Fprintln(e.w, text)
	}
}

// table prints plain keys first and tables after them, as TOML wants it.
func (e *explainer) table(name string, v reflect.Value) {
	var tables []int
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Struct {
			tables = append(tables, i)
			continue
		}
		field := v.Type().Field(i)
		e.line("")
		e.comment(field.Tag.Get("doc"))
		e.line(field.Tag.Get("toml") + " = " + literal(v.Field(i)))
	}
	for _, i := range tables {
		field := v.Type().Field(i)
		path := strings.TrimPrefix(name+"."+field.Tag.Get("toml"), ".")
		e.line("")
		e.comment(field.Tag.Get("doc"))
		e.line("[" + path + "]")
		e.table(path, v.Field(i))
	}
}

func (e *explainer) comment(text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > explainWidth {
			e.line(line)
			line = "#"
		}
		line += " " + word
	}
	e.line(line)
}

// decimal writes a number so that TOML reads a float again: with a point, and with all its digits.
func decimal(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func literal(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return fmt.Sprintf("%q", v.String())
	case reflect.Float64:
		return decimal(v.Float())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = literal(v.Index(i))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}
