// Package settings reads and explains the configuration of a program: a struct whose fields carry a toml name and a doc
// sentence. What Explain prints, Read reads; a key that nobody knows is refused, so that a typing error never turns into
// a default.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"lockhouse"
)

// MaxBytes bounds a configuration file.
const MaxBytes = 64 << 10

// Read reads TOML over what into (a pointer to a struct) holds already: its defaults. Refusals name the line and the
// key, never a value, which may be a secret in the wrong place. how is the command that prints a good file.
func Read(r io.Reader, into any, how string) error {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return fmt.Errorf("reading the config: %w", err)
	}
	if len(text) > MaxBytes {
		return lockhouse.Refuse(lockhouse.CodeBodyTooLarge, "The config has more than %d bytes.", MaxBytes)
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(into); err != nil {
		return refuse(err, how)
	}
	return nil
}

func refuse(err error, how string) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		row, _ := unknown.Errors[0].Position()
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Line %d of the config: there is no key %q. `%s` prints all there are.",
			row, strings.Join(unknown.Errors[0].Key(), "."), how)
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, column := bad.Position()
		return lockhouse.Refuse(lockhouse.CodeMalformed, "Line %d, column %d of the config can't be read. `%s` prints a good one.", row, column, how).Because(err)
	}
	return lockhouse.Refuse(lockhouse.CodeMalformed, "The config can't be read. `%s` prints a good one.", how).Because(err)
}

// RefuseKey refuses a key's value: why ends the sentence that begins with the key.
func RefuseKey(key, why string, args ...any) error {
	return lockhouse.Refuse(lockhouse.CodeMalformed, "Config: %s %s.", key, fmt.Sprintf(why, args...)).With("field", key)
}
