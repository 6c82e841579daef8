package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"lockhouse"
	"lockhouse/trust/auth"
)

// statuses says how each code travels over HTTP. A code that is not here is a conflict with the thing's state: rooms
// may have codes of their own.
var statuses = map[lockhouse.Code]int{
	lockhouse.CodeMalformed:    http.StatusBadRequest,
	lockhouse.CodeUnauthorised: http.StatusUnauthorized,
	auth.CodeRevoked:           http.StatusUnauthorized,
	lockhouse.CodeForbidden:    http.StatusForbidden,
	lockhouse.CodeNotFound:     http.StatusNotFound,
	lockhouse.CodeConflict:     http.StatusConflict,
	lockhouse.CodeFull:         http.StatusConflict,
	lockhouse.CodeTooLarge:     http.StatusUnprocessableEntity,
	lockhouse.CodeLapsed:       http.StatusGone,
	lockhouse.CodeUsed:         http.StatusGone,
	lockhouse.CodePast:         http.StatusUnprocessableEntity,
	lockhouse.CodeClosed:       http.StatusConflict,
	lockhouse.CodeTooMany:      http.StatusTooManyRequests,
	lockhouse.CodeUnavailable:  http.StatusServiceUnavailable,
	lockhouse.CodeInternal:     http.StatusInternalServerError,
	lockhouse.CodeBodyTooLarge: http.StatusRequestEntityTooLarge,
	lockhouse.CodeOtherCell:    http.StatusMisdirectedRequest,
}

// Problem is a refusal as RFC 9457 has it. The facts stand beside the named members.
type Problem struct {
	Type      string // where the code is explained
	Title     string
	Status    int
	Detail    string // the sentence
	Code      lockhouse.Code
	RequestID string
	Facts     map[string]any
}

// retryS is when to come back if whoever was unavailable does not say.
const retryS = 2

// Error gives the sentence.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders gives Retry-After for a refusal that passes by itself, and for a missing key how to show one (RFC 9110).
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if seconds, ok := p.Facts["retry_after_s"].(int); ok {
		h.Set("Retry-After", strconv.Itoa(seconds))
	} else if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(retryS))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// ContentType is application/problem+json.
func (*Problem) ContentType(string) string { return "application/problem+json" }

// MarshalJSON writes the members and the facts side by side. A fact never replaces a member.
func (p *Problem) MarshalJSON() ([]byte, error) {
	all := map[string]any{}
	maps.Copy(all, p.Facts)
	maps.Copy(all, map[string]any{"type": p.Type, "title": p.Title, "status": p.Status, "detail": p.Detail, "code": p.Code})
	if p.RequestID != "" {
		all["request_id"] = p.RequestID
	}
	return json.Marshal(all)
}

// Schema describes a problem in the OpenAPI document.
func (*Problem) Schema(huma.Registry) *huma.Schema {
	text := func(about, example string) *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Description: about, Examples: []any{example}}
	}
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"type", "title", "status", "detail", "code"},
		Description: "A refusal (RFC 9457). Facts that back it stand beside these members.",
		Properties: map[string]*huma.Schema{
			"type":       text("Where the code is explained.", "/docs#problem-full"),
			"title":      text("The HTTP status in words.", "Conflict"),
			"status":     {Type: huma.TypeInteger, Description: "The HTTP status."},
			"detail":     text("What is wrong and what to do next, for a person.", "There is no room for size M at this site on these days."),
			"code":       text("What is wrong, for a program. Codes never change their meaning.", "full"),
			"request_id": text("Names this request in the operator's log.", "6f1c0a9be2d4"),
			"field":      text("The field at fault, if it is one.", "parcel.length_mm"),
		},
	}
}

func newProblem(code lockhouse.Code, sentence string, facts map[string]any) *Problem {
	status, known := statuses[code]
	if !known {
		status = http.StatusConflict
	}
	return &Problem{
		Type: "/docs#problem-" + string(code), Title: http.StatusText(status), Status: status, Detail: sentence, Code: code, Facts: facts,
	}
}

// refuse turns a room's error into a problem. What is not a lockhouse.Error was not meant to be seen: it goes to the log.
func (a *API) refuse(ctx context.Context, err error) *Problem {
	id := requestID(ctx)
	known, ok := errors.AsType[*lockhouse.Error](err)
	switch {
	case ctx.Err() != nil && (!ok || known.Code == lockhouse.CodeInternal):
		known = lockhouse.Refuse(lockhouse.CodeUnavailable, "This took too long and was not done. Try again.")
	case !ok || known.Code == lockhouse.CodeInternal:
		a.logger(id).Error("a request failed", slog.Any("error", err))
		known = lockhouse.Refuse(lockhouse.CodeInternal,
			"Something went wrong on our side, and nothing was done. Try again; if it stays, tell the operator this request id.")
	}
	p := newProblem(known.Code, known.Sentence, known.Facts)
	p.RequestID = id
	note(ctx, p.Code)
	return p
}

// note keeps a refusal's code for the meters.
func note(ctx context.Context, code lockhouse.Code) {
	if t := traceOf(ctx); t != nil {
		t.code = code
	}
}

// write sends a problem outside of huma's routes.
func (p *Problem) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may have gone; there is nobody to tell
}

// problemInContext is how huma reports what it refuses itself.
func problemInContext(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	p := problemOf(status, message, errs...).(*Problem)
	if ctx != nil {
		p.RequestID = requestID(ctx.Context())
		note(ctx.Context(), p.Code)
	}
	return p
}

// maxFieldErrors bounds how many fields at fault are listed.
const maxFieldErrors = 10

func problemOf(status int, message string, errs ...error) huma.StatusError {
	for _, err := range errs {
		if known, ok := errors.AsType[*lockhouse.Error](err); ok {
			return newProblem(known.Code, known.Sentence, known.Facts)
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return newProblem(lockhouse.CodeBodyTooLarge, fmt.Sprintf("The body has more than %d bytes.", maxBodyBytes-1), nil)
	case status == http.StatusRequestTimeout:
		return newProblem(lockhouse.CodeMalformed, "The body did not arrive in time.", nil)
	case status == http.StatusUnsupportedMediaType:
		return newProblem(lockhouse.CodeMalformed, "The body must be JSON: send Content-Type: application/json.", nil)
	case status == http.StatusInternalServerError && message == "cannot read request body":
		return newProblem(lockhouse.CodeMalformed, "The body ended before it was complete.", nil)
	case status >= http.StatusInternalServerError:
		return newProblem(lockhouse.CodeInternal, "Something went wrong on our side. Try again.", nil)
	case len(errs) == 0:
		return newProblem(lockhouse.CodeMalformed, sentence(message), nil)
	}
	return malformed(errs)
}

// malformed names the first field at fault in the sentence and lists the others. Values are not repeated: they may be
// somebody's name.
func malformed(errs []error) *Problem {
	var facts []map[string]string
	for _, err := range errs[:min(len(errs), maxFieldErrors)] {
		field, why := fault(err)
		facts = append(facts, map[string]string{"field": field, "detail": why})
	}
	first := facts[0]
	if first["field"] == "" {
		return newProblem(lockhouse.CodeMalformed, "The body can't be read: "+first["detail"]+".", nil)
	}
	p := newProblem(lockhouse.CodeMalformed, first["field"]+": "+first["detail"]+".", map[string]any{"field": first["field"]})
	if len(facts) > 1 {
		p.Facts["errors"] = facts
	}
	return p
}

// fault gives the field as a caller knows it, and what is wrong with it.
func fault(err error) (field, why string) {
	var detail *huma.ErrorDetail
	if !errors.As(err, &detail) {
		return "", "it is not the JSON that is expected here"
	}
	place, name, _ := strings.Cut(detail.Location, ".")
	if place == "body" && name == "" && detail.Value != nil {
		if _, text := detail.Value.(string); text {
			return "", "it is not JSON, or a key stands in it twice"
		}
	}
	return name, strings.TrimSuffix(detail.Message, ".")
}

func sentence(message string) string {
	if message == "" {
		return "The request can't be read."
	}
	return strings.ToUpper(message[:1]) + strings.TrimSuffix(message[1:], ".") + "."
}
