package coda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is a request under way.
type call struct {
	c *Client
	request
	op          operation
	doc         DocID
	url         string
	payload     []byte
	contentType string
	// doubt is set once an attempt may have been taken by Coda without our knowing.
	doubt bool
}

// run sends the request until it is answered, hopeless or out of attempts.
func (k *call) run(ctx context.Context) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		body, failure := k.attempt(ctx, attempt)
		if failure == nil {
			return body, nil
		}
		failure.Attempts = attempt
		if failure.local {
			failure.Attempts--
		}
		if k.op.method == remove && k.doubt && attempt > 1 && (failure.StatusCode == http.StatusNotFound ||
			failure.StatusCode == http.StatusGone) {
			// The attempt whose answer was lost has deleted it.
			return nil, nil
		}
		wait, again := k.retryAfter(failure, attempt)
		if deadline, ok := ctx.Deadline(); ok && k.c.cfg.Clock.Now().Add(wait).After(deadline) {
			again = false
		}
		if !again || ctx.Err() != nil {
			return nil, k.final(failure)
		}
		k.c.report(ctx, Retrying{Op: k.request.op, Attempt: attempt, Cause: failure, Wait: wait})
		if err := k.c.cfg.Clock.Sleep(ctx, wait); err != nil {
			return nil, k.final(failure)
		}
	}
}

// retryAfter decides on another attempt. The wait after a 429 is the budget's business.
func (k *call) retryAfter(e *Error, attempt int) (time.Duration, bool) {
	if attempt >= k.c.cfg.MaxAttempts {
		return 0, false
	}
	switch {
	case e.StatusCode == http.StatusTooManyRequests:
		return 0, true
	case errors.Is(e, ErrTooLarge):
		return 0, false
	case k.impatient && e.StatusCode == http.StatusGatewayTimeout:
		return 0, false
	case e.sent() && !k.mayRepeat():
		return 0, false
	case e.transient:
		return backoff(attempt), true
	}
	return 0, false
}

func backoff(attempt int) time.Duration {
	d := 500 * time.Millisecond << min(attempt-1, 4)
	return d/2 + time.Duration(rand.Int64N(int64(d)))
}

// final turns the last failure of a write that Coda may have taken into one of unknown fate.
func (k *call) final(e *Error) *Error {
	if k.op.method == get || k.request.op == OpBeginPageExport || !k.doubt {
		return e
	}
	e.kinds = append([]error{ErrFateUnknown}, e.kinds...)
	switch e.Replayable = k.mayRepeat(); {
	case e.Replayable:
		e.Hint = "repeating the same call is harmless"
	case e.StatusCode >= 200 && e.StatusCode < 300:
		e.Hint = "Coda accepted it, only the rest of its answer was lost; look at the document in a minute before you " +
			"repeat it"
	default:
		e.Hint = "it was not repeated; look at the document in a minute before you repeat it"
	}
	return e
}

// attempt sends the request once.
func (k *call) attempt(ctx context.Context, attempt int) ([]byte, *Error) {
	c := k.c
	fail := func(kind, cause error) *Error {
		return &Error{Op: k.request.op, Doc: k.doc, Err: cause, kinds: []error{kind}, unsent: true, local: true}
	}
	token, err := c.token()
	if err != nil {
		return nil, fail(ErrUnauthorized, err)
	}
	var account string
	if k.request.op == OpWhoAmI {
		account = c.accountForWhoAmI(token)
	} else if account, err = c.account(ctx, token); err != nil {
		return nil, fail(contextKind(err), err)
	}
	done, err := c.cfg.Budget.Acquire(ctx, account, k.op.bucket, func(wait time.Duration) {
		c.report(ctx, WaitingForBudget{Op: k.request.op, Bucket: k.op.bucket, Wait: wait})
	})
	if err != nil {
		return nil, fail(contextKind(err), err)
	}
	answer := Unanswered
	defer func() { done(answer) }()

	begin := c.cfg.Clock.Now()
	status, header, body, err := k.roundTrip(ctx, token)
	took := c.cfg.Clock.Now().Sub(begin)
	c.report(ctx, RequestDone{
		Op: k.request.op, Doc: k.doc, Bucket: k.op.bucket, Method: k.op.method, Table: k.table(), Rows: k.rows,
		RequestID: k.requestID(status, header, body), Status: status, Attempt: attempt, Took: took,
	})
	c.cfg.Logger.DebugContext(ctx, "Coda request", "op", string(k.request.op), "doc", k.doc, "status", status, "attempt",
		attempt, "took", took)
	if status == http.StatusTooManyRequests {
		answer = Limited
	} else if status != 0 {
		answer = Accepted
	}
	e := k.failure(ctx, token, status, header, body, err)
	if e != nil && (e.sent() || status >= 200 && status < 300) {
		k.doubt = true
	}
	return body, e
}

// roundTrip is one HTTP request and the whole of its answer. A status is returned even where the body was lost.
func (k *call) roundTrip(ctx context.Context, token string) (status int, header http.Header, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, k.c.cfg.RequestTimeout)
	defer cancel()
	var reader io.Reader
	if k.payload != nil {
		reader = bytes.NewReader(k.payload)
	}
	req, err := http.NewRequestWithContext(ctx, k.op.method, k.url, reader)
	if err != nil {
		return 0, nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", k.c.cfg.UserAgent)
	if k.contentType != "" {
		req.Header.Set("Content-Type", k.contentType)
	}
	if version, _ := ctx.Value(versionKey{}).(string); version != "" && k.op.method == get {
		req.Header.Set("X-Coda-Doc-Version", version)
	}
	resp, err := k.c.api.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	limit := k.c.cfg.MaxResponseBytes
	if resp.StatusCode >= 300 {
		limit = maxErrorBody
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if int64(len(body)) > limit {
		if resp.StatusCode < 300 {
			return resp.StatusCode, resp.Header, nil, fmt.Errorf("answer is larger than %d bytes: %w", limit, ErrTooLarge)
		}
		body = body[:limit]
	}
	return resp.StatusCode, resp.Header, body, err
}

// failure gives the meaning of one round trip; nil for a good answer.
func (k *call) failure(ctx context.Context, token string, status int, header http.Header, body []byte,
	err error) *Error {
	e := &Error{Op: k.request.op, Doc: k.doc, StatusCode: status, RequestID: requestID(header)}
	switch {
	case status >= 200 && status < 300 && err == nil:
		return nil
	case errors.Is(err, ErrTooLarge):
		e.Err, e.kinds = err, []error{ErrTooLarge}
		e.Hint = "ask for less at a time, or raise Config.MaxResponseBytes"
		return e
	case status == 0 || status < 300:
		kind, sent := networkKind(err)
		if ctx.Err() != nil {
			kind = contextKind(ctx.Err())
		}
		e.Err, e.kinds, e.Hint = withoutURL(err), []error{kind}, hintOf(k.request.op, kind)
		e.unsent, e.transient = !sent, true
		return e
	}
	e.parseErrorBody(body)
	e.Message = strings.ReplaceAll(e.Message, token, "[token]")
	for i, d := range e.Details {
		e.Details[i] = strings.ReplaceAll(d, token, "[token]")
	}
	kind := kindOf(status, e.Message)
	e.kinds, e.Hint = []error{kind}, hintOf(k.request.op, kind)
	e.transient = status >= 500 || status == http.StatusRequestTimeout
	return e
}

// sent reports whether Coda may have seen the request and acted on it.
func (e *Error) sent() bool { return !e.unsent && e.transient }

// contextKind classifies the end of a context or of a wait.
func contextKind(err error) error {
	switch {
	case errors.Is(err, ErrRateLimited):
		return ErrRateLimited
	case errors.Is(err, context.DeadlineExceeded):
		return ErrTimeout
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return ErrUnavailable
}

// withoutURL drops the method and address that net/http puts before its errors: the operation says the same in fewer
// words, and queries may hold what people search for.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// requestID is what Coda calls the request.
func (k *call) requestID(status int, h http.Header, body []byte) string {
	if status == http.StatusAccepted {
		var a mutationAnswer
		if decode(body, &a) == nil && a.RequestID != "" {
			return clip(oneLine(a.RequestID), 100)
		}
	}
	return requestID(h)
}

func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Coda-Request-Id", "X-Amzn-Trace-Id"} {
		if id := h.Get(name); id != "" {
			return clip(oneLine(id), 100)
		}
	}
	return ""
}
