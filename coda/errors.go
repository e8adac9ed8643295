package coda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/bestviable/coda-gateway/coda/near"
)

// What went wrong, for [errors.Is]. An [*Error] matches those that apply.
var (
	// ErrInvalid: the call was refused before anything was sent, because its arguments cannot be right.
	ErrInvalid = errors.New("invalid call")
	// ErrGuard: [Config.Guard] refused the document.
	ErrGuard = errors.New("document not allowed")
	// ErrUnauthorized: 401, the token is unknown, expired or revoked.
	ErrUnauthorized = errors.New("token not accepted")
	// ErrScopedToken: 401 to a token that whoami knows to be valid, but restricted to a document or table; so Coda answers
	// above all on listing documents.
	ErrScopedToken = errors.New("token is restricted to a document or table")
	// ErrForbidden: 403, the account or the token's restriction does not allow it.
	ErrForbidden = errors.New("not permitted")
	// ErrNotFound: 404, or a name that matches nothing.
	ErrNotFound = errors.New("not found")
	// ErrGone: 410, deleted.
	ErrGone = errors.New("deleted")
	// ErrRateLimited: 429, or the local budget is used up.
	ErrRateLimited = errors.New("rate limited")
	// ErrTooLarge: the request, a row, the answer or an export exceeds a limit.
	ErrTooLarge = errors.New("too large")
	// ErrTimeout: 504, or a time limit of this client.
	ErrTimeout = errors.New("timed out")
	// ErrUnavailable: any other 5xx, or no connection.
	ErrUnavailable = errors.New("unavailable")
	// ErrBadRequest: any other 4xx; Coda's message says why.
	ErrBadRequest = errors.New("refused by Coda")
	// ErrStale: a read that demanded the latest version (see [WithLatestVersion]) while changes are pending.
	ErrStale = errors.New("document not yet up to date")
	// ErrBadAnswer: Coda, or something between, answered in a form that cannot be understood.
	ErrBadAnswer = errors.New("answer not understood")
	// ErrFateUnknown: a write may or may not have been accepted. It was not repeated; look at the document before
	// repeating it.
	ErrFateUnknown = errors.New("fate of the write unknown")
	// ErrAmbiguous: a name matches several things; see [AmbiguousError].
	ErrAmbiguous = errors.New("ambiguous name")
	// ErrPageOwnsObjects: see [PageOwnsObjectsError].
	ErrPageOwnsObjects = errors.New("page owns tables, controls or formulas")
	// ErrExportFailed: Coda reported that a page's export failed.
	ErrExportFailed = errors.New("export failed")
	// ErrPageCap: a list has more pages than the cap allows.
	ErrPageCap = errors.New("list longer than the page cap")
)

// Error is the failure of one operation.
type Error struct {
	// Op is the operation, and Doc the document it concerned; empty for operations outside of documents.
	Op  Op
	Doc DocID
	// StatusCode is Coda's HTTP status; 0 where no answer came or nothing was sent.
	StatusCode int
	// Message is Coda's own, at most 1 KiB.
	Message string
	// CodaType is Coda's class of error where it gives one, such as RequestSchemaValidationFailed.
	CodaType string
	// Details are Coda's validation errors, as "path: message", at most 20.
	Details []string
	// RequestID is the id in the answer's headers, where there is one, for Coda's support.
	RequestID string
	// Attempts counts the requests that were sent.
	Attempts int
	// Replayable says of an [ErrFateUnknown] that the same call may be made again without harm.
	Replayable bool
	// Hint says what to do next; may be empty.
	Hint string
	// TokenPage is [Config.TokenPage].
	TokenPage string
	// Err is the cause where it is not Coda's answer.
	Err error

	kinds []error
	// unsent: Coda certainly did not act on it. local: it did not even leave. transient: another attempt may fare better.
	unsent, local, transient bool
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "coda: %s", e.Op)
	if e.Doc != "" {
		fmt.Fprintf(&b, " in doc %s", e.Doc)
	}
	b.WriteString(": ")
	for i, k := range e.kinds {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(k.Error())
	}
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, " (%d %s)", e.StatusCode, http.StatusText(e.StatusCode))
	}
	if m := strings.TrimSuffix(e.Message, "."); m != "" && m != http.StatusText(e.StatusCode) {
		fmt.Fprintf(&b, ": %s", m)
	}
	for i, d := range e.Details {
		b.WriteString(map[bool]string{true: ": ", false: "; "}[i == 0])
		b.WriteString(d)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "; %s", e.Hint)
	}
	return b.String()
}

// Unwrap gives the sentinels and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return e.kinds
	}
	return append(e.kinds[:len(e.kinds):len(e.kinds)], e.Err)
}

func invalid(op Op, doc DocID, err error) *Error {
	return &Error{Op: op, Doc: doc, Err: err, kinds: []error{ErrInvalid}}
}

func invalidf(op Op, doc DocID, format string, args ...any) *Error {
	return invalid(op, doc, near.Errorf(format, args...))
}

const (
	maxErrorBody    = 64 << 10
	maxErrorMessage = 1 << 10
	maxErrorDetails = 20
)

// errorBody is the shape of Coda's errors. Which of the detail lists is filled depends on the endpoint.
type errorBody struct {
	Message       string `json:"message"`
	StatusMessage string `json:"statusMessage"`
	CodaType      string `json:"codaType"`
	CodaDetail    struct {
		ValidationErrors []detail `json:"validationErrors"`
		Issues           []detail `json:"issues"`
	} `json:"codaDetail"`
}

type detail struct {
	Path    json.RawMessage `json:"path"`
	Message string          `json:"message"`
}

// parseErrorBody fills e from an error response of any shape: Coda's JSON, a proxy's HTML, nothing at all.
func (e *Error) parseErrorBody(body []byte) {
	var eb errorBody
	if err := decode(body, &eb); err != nil {
		if text := strings.TrimSpace(string(body)); text != "" && !strings.HasPrefix(text, "<") {
			e.Message = clip(oneLine(text), maxErrorMessage)
		}
		return
	}
	e.Message = eb.Message
	if e.Message == "" && eb.StatusMessage != http.StatusText(e.StatusCode) {
		e.Message = eb.StatusMessage
	}
	e.Message = clip(oneLine(e.Message), maxErrorMessage)
	e.CodaType = clip(oneLine(eb.CodaType), 100)
	for _, d := range append(eb.CodaDetail.ValidationErrors, eb.CodaDetail.Issues...) {
		if len(e.Details) == maxErrorDetails {
			break
		}
		text := clip(oneLine(d.Message), 300)
		if path := d.path(); path != "" {
			text = path + ": " + text
		}
		e.Details = append(e.Details, text)
	}
}

// path prints a string as it is and a list of steps joined by dots.
func (d detail) path() string {
	var s string
	if json.Unmarshal(d.Path, &s) == nil {
		return clip(oneLine(s), 200)
	}
	var steps []any
	if json.Unmarshal(d.Path, &steps) != nil {
		return ""
	}
	parts := make([]string, len(steps))
	for i, step := range steps {
		parts[i] = fmt.Sprint(step)
	}
	return clip(oneLine(strings.Join(parts, ".")), 200)
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// kindOf is the one place where an HTTP status becomes a sentinel. Coda answers 400 to bodies and rows that are too
// large.
func kindOf(status int, message string) error {
	switch status {
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusGone:
		return ErrGone
	case http.StatusTooManyRequests:
		return ErrRateLimited
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return ErrTimeout
	case http.StatusBadRequest:
		m := strings.ToLower(message)
		if strings.Contains(m, "entity too large") || strings.Contains(m, "exceeds maximum size") {
			return ErrTooLarge
		}
		if strings.Contains(m, "not yet up to date") {
			return ErrStale
		}
	}
	switch {
	case status >= 500:
		return ErrUnavailable
	case status >= 400:
		return ErrBadRequest
	default:
		return ErrBadAnswer
	}
}

// hintOf says what a person can do about a status.
func hintOf(op Op, kind error) string {
	switch kind {
	case ErrUnauthorized:
		return "check that the Coda API token is still valid (https://coda.io/account)"
	case ErrForbidden:
		if op == OpBeginPageExport {
			return "a read-only token cannot export; the page's plain text can still be listed"
		}
		return "the Coda account or the token's restriction does not allow this; some changes need the Doc Maker role"
	case ErrNotFound:
		return "check the id; Coda says the same of what the token may not see, and of what was created less than a " +
			"minute ago"
	case ErrGone:
		return "it was deleted; list what is there now"
	case ErrRateLimited:
		return "wait before trying again"
	case ErrTooLarge:
		return "Coda accepts 2 MB a request and 85 KB a row"
	case ErrTimeout, ErrUnavailable:
		if op.ReadOnly() {
			return "try again later or ask for less at a time"
		}
		return "try again later"
	case ErrBadAnswer:
		return "check that Config.BaseURL is the API's root, such as " + DefaultBaseURL + ", and that no proxy is in between"
	case ErrStale:
		return "do not ask for the latest version, or wait for the write by its request id"
	}
	return ""
}

// networkKind classifies a transport failure. sent is false where it is certain that Coda did not see the request.
func networkKind(err error) (kind error, sent bool) {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return ErrUnavailable, false
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return ErrUnavailable, false
	}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return ErrTimeout, true
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return ErrUnavailable, true
	}
	return ErrUnavailable, true
}

func asError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
