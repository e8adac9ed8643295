package coda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// request is one call of an operation.
type request struct {
	op Op
	// path are the values of the path template's placeholders, in order.
	path  []string
	query url.Values
	// body is marshalled to JSON unless it is []byte, which is sent as contentType.
	body        any
	contentType string
	// rows is how many rows the request writes, for observers.
	rows int
	// also are documents that the call touches beside the one in its path.
	also []DocID
	// replayable overrides what is known of the operation, for calls that their arguments make harmless to repeat.
	replayable bool
	// names: the values of rows are wanted by column name.
	names bool
	// impatient makes a 504 final, for callers that would rather ask for less.
	impatient bool
}

type versionKey struct{}

// latestVersion is the one value of X-Coda-Doc-Version that Coda understands; to every other it answers 400.
const latestVersion = "latest"

// WithLatestVersion returns a context whose reads demand that Coda has all changes of the document in its snapshot, and
// fail with [ErrStale] while any is pending. It does not make Coda faster and may fail for long on busy documents; to
// see one's own writes, [Client.WaitMutation] is the better way.
func WithLatestVersion(ctx context.Context) context.Context {
	return context.WithValue(ctx, versionKey{}, latestVersion)
}

// demandsLatest reports whether the context's reads demand the latest version.
func demandsLatest(ctx context.Context) bool {
	v, _ := ctx.Value(versionKey{}).(string)
	return v == latestVersion
}

// do performs a request and decodes its answer.
func do[T any](ctx context.Context, c *Client, r request) (*T, error) {
	body, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	v := new(T)
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	if err := decode(body, v); err != nil {
		return nil, c.badAnswer(r, fmt.Errorf("answer is not a JSON object: %w", err))
	}
	return v, nil
}

func (c *Client) badAnswer(r request, cause error) error {
	e := &Error{Op: r.op, Doc: r.doc(), Err: cause, kinds: []error{ErrBadAnswer}, Hint: hintOf(r.op, ErrBadAnswer)}
	if !r.mayRepeat() {
		e.kinds = append(e.kinds, ErrFateUnknown)
		e.Hint = "look at the document before repeating the write"
	}
	return e
}

func (r request) doc() DocID {
	if i, ok := docSegment(operations[r.op].path); ok && i < len(r.path) {
		return r.path[i]
	}
	return ""
}

// table is the table in the path.
func (r request) table() string {
	if strings.HasPrefix(operations[r.op].path, tablePath) && len(r.path) > 1 {
		return r.path[1]
	}
	return ""
}

func (r request) mayRepeat() bool { return bool(operations[r.op].replay) || r.replayable }

// send performs a request with all that belongs to it: the guard, the budget, retries and the meaning of failures. It
// returns the body of a 2xx answer, and nil where a repeated delete found its work done. Every request to the API leads
// through here.
func (c *Client) send(ctx context.Context, r request) ([]byte, error) {
	body, err := c.sendViewed(ctx, r)
	if e, ok := asError(err); ok {
		e.TokenPage = c.cfg.TokenPage
	}
	return body, err
}

func (c *Client) sendViewed(ctx context.Context, r request) ([]byte, error) {
	if c.view == nil {
		return c.sendAs(ctx, r, nil)
	}
	if _, _, err := expand(operations[r.op].path, r.path); err != nil {
		return nil, invalid(r.op, "", err)
	}
	return c.sendSeen(ctx, r)
}

// sendAs sends a request in the form that a view gives it; nil = as it is. Errors and observers speak of the request as
// it was made.
func (c *Client) sendAs(ctx context.Context, r request, s *sight) ([]byte, error) {
	op := operations[r.op]
	path, doc, err := expand(op.path, r.path)
	if err != nil {
		return nil, invalid(r.op, "", err)
	}
	if doc != "" {
		if err := c.allow(ctx, r.op, doc); err != nil {
			return nil, err
		}
	}
	for _, other := range r.also {
		if other != AllDocs && other != NewDoc {
			if err := checkDocID(other); err != nil {
				return nil, invalid(r.op, doc, err)
			}
		}
		if err := c.allow(ctx, r.op, other); err != nil {
			return nil, err
		}
	}
	form := r
	if s != nil {
		form = s.sent
		if path, _, err = expand(op.path, form.path); err != nil {
			return nil, invalid(r.op, doc, err)
		}
	}
	payload, contentType, err := form.payload()
	if err != nil {
		return nil, invalid(r.op, doc, err)
	}
	target := c.base.String() + path
	if len(form.query) > 0 {
		target += "?" + form.query.Encode()
	}
	call := &call{c: c, request: r, op: op, doc: doc, url: target, payload: payload, contentType: contentType}
	body, err := call.run(ctx)
	if writes := op.method != get && r.op != OpBeginPageExport; writes && (err == nil || errors.Is(err, ErrFateUnknown)) {
		c.learnFrom(ctx, r, idIn(body))
	}
	return body, c.explainScope(ctx, err)
}

func (r request) payload() (body []byte, contentType string, err error) {
	switch b := r.body.(type) {
	case nil:
		return nil, "", nil
	case []byte:
		body, contentType = b, r.contentType
	default:
		contentType = "application/json"
		if body, err = encode(b); err != nil {
			return nil, "", fmt.Errorf("request body: %w", err)
		}
	}
	if len(body) > MaxRequestBytes {
		return nil, "", fmt.Errorf("request body of %d bytes: %w: Coda accepts %d", len(body), ErrTooLarge, MaxRequestBytes)
	}
	return body, contentType, nil
}

// idIn is the id of what a write has made or changed, if its answer tells.
func idIn(body []byte) string {
	var a mutationAnswer
	if decode(body, &a) != nil {
		return ""
	}
	return a.ID
}

// MaxRequestBytes is the longest body of a request that Coda takes; it answers 400 beyond.
const MaxRequestBytes = 2 << 20

// run performs a request whose answer holds nothing of interest.
func (c *Client) run(ctx context.Context, r request) error {
	_, err := c.send(ctx, r)
	return err
}
