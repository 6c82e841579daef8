package lockhouse

import "strings"

// Limits of the names that others give to their things, in characters.
const (
	MaxReference = 64 // a shop's cart or order
	MaxTracking  = 40 // a carrier's number; GS1's SSCC has 20 digits, the longest in use 35
)

// CheckReference refuses a shop's reference that could not stand in a URL's path: 1 to MaxReference of A-Z a-z 0-9 and
// . _ ~ : -, beginning with a letter or digit.
func CheckReference(text string) error { return checkName("reference", text, "._~:-", MaxReference) }

// CheckTracking refuses a carrier's number that a person could not type or scan: 1 to MaxTracking of A-Z a-z 0-9 and -.
func CheckTracking(text string) error { return checkName("tracking_number", text, "-", MaxTracking) }

func checkName(field, text, marks string, most int) error {
	if n := len(text); n < 1 || n > most {
		return Refuse(CodeMalformed, "%s has %d characters; give 1 to %d.", field, n, most).With("field", field)
	}
	for i := range len(text) {
		if c := text[i]; !alphanumeric(c) && (i == 0 || strings.IndexByte(marks, c) < 0) {
			return Refuse(CodeMalformed, "%s may hold letters, digits and %s, and begins with a letter or digit.", field, marks).
				With("field", field)
		}
	}
	return nil
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}
