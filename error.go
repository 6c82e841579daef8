package lockhouse

import (
	"errors"
	"fmt"
)

// A Code names one way in which something was refused. It travels: over HTTP as the type of an RFC 9457 problem, over
// the radio as a status. Codes never change their meaning once published.
type Code string

// The codes that more than one room uses. A room with refusals of its own declares them beside the rule that refuses.
const (
	CodeMalformed    Code = "malformed"      // the request can't be read, or a field is out of its range
	CodeUnauthorised Code = "unauthorised"   // no key, or an unknown one; trust/auth says "revoked" of one that was good
	CodeForbidden    Code = "forbidden"      // the key is known, but not for this
	CodeNotFound     Code = "not_found"      // no such thing, or not the caller's: the two are never told apart
	CodeConflict     Code = "conflict"       // the thing's state does not allow it
	CodeFull         Code = "full"           // no room of that size at that site on those days
	CodeTooLarge     Code = "too_large"      // the parcel fits no compartment
	CodeLapsed       Code = "lapsed"         // it was good, and its time is over
	CodeUsed         Code = "used"           // it was good once, and once is over
	CodePast         Code = "past"           // a date that lies behind the site's today
	CodeClosed       Code = "closed"         // the site takes no parcels, or is not open then
	CodeTooMany      Code = "too_many"       // over a limit; RetryAfterS says when to come back
	CodeUnavailable  Code = "unavailable"    // a part that is needed does not answer; nothing was done
	CodeInternal     Code = "internal"       // our fault; the cause stays in the log
	CodeBodyTooLarge Code = "body_too_large" // more bytes than the limit of this boundary
	CodeOtherCell    Code = "other_cell"     // the site is kept by another cell of this network
)

// Error is a refusal that may leave the house: a code for programs, a sentence that says what to do next for people,
// and facts that back the sentence. A cause, if any, is for the log alone.
type Error struct {
	Code     Code
	Sentence string
	Facts    map[string]any // shown beside the sentence; nothing about other people's objects
	Cause    error          // never shown
}

// Error gives code and sentence, and the cause for whoever reads the log.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Sentence, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Code, e.Sentence)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Refuse makes an Error with a sentence in the manner of fmt.Sprintf.
func Refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Sentence: fmt.Sprintf(format, args...)}
}

// With adds a fact and returns the same error.
func (e *Error) With(name string, fact any) *Error {
	if e.Facts == nil {
		e.Facts = map[string]any{}
	}
	e.Facts[name] = fact
	return e
}

// Because keeps the cause for the log and returns the same error.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

// CodeOf gives the code of an error made here, and CodeInternal for any other: what was not meant to be shown is not.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// SentenceOf gives what a person at a terminal needs to read: a refusal's sentence without its code, and the cause where
// there is one. Terminals are the operator's own; over the network a cause is never shown.
func SentenceOf(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return err.Error()
	case e.Cause != nil:
		return fmt.Sprintf("%s (%v)", e.Sentence, e.Cause)
	}
	return e.Sentence
}
