package walk

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// query is a request.
type query struct {
	method, url string
	// what says what it is, behind the URL; as who sends it, where that matters.
	what, as string
	// agent is the user agent; empty = none is sent.
	agent  string
	header http.Header
	body   string
	// quiet makes no event: the caller tells of several at once.
	quiet bool
	// secret keeps the answer's body out of whatever is told.
	secret bool
}

// answer is what came.
type answer struct {
	query
	// event tells of it; never nil, also where it is quiet.
	event  *handshake.Event
	status int
	header http.Header
	body   []byte
	// more: the body is longer than what is read.
	more bool
	// packed names the compression that could not be undone; empty = the body is as it was meant.
	packed string
	took   time.Duration
	proto  string
	err    error
}

// errEnough is what comes of a request when the walk has used up its time or its requests: nobody's trouble but its
// own.
var errEnough = errors.New("the walk is over")

// ask sends a request, and tells of it.
func (w *walker) ask(ctx context.Context, q query) *answer {
	a := &answer{query: q, header: http.Header{}, event: &handshake.Event{Step: w.step}}
	a.event.Request = strings.TrimSpace(q.method + " " + clip(q.url) + " " + q.what)
	if q.as != "" {
		a.event.Request += ", as " + q.as
	}
	if !q.quiet {
		w.events = append(w.events, a.event)
	}
	// What was made is deleted in any case.
	if w.requests++; w.requests > maxRequests && q.method != http.MethodDelete {
		a.err = errEnough
	} else if w.send(ctx, a); a.err != nil && ctx.Err() != nil {
		a.err = errEnough
	}
	a.event.Answer = a.summary()
	return a
}

// send does what ask tells of.
func (w *walker) send(ctx context.Context, a *answer) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, a.method, a.url, strings.NewReader(a.query.body))
	if err != nil {
		a.err = errors.New("that is no URL")
		return
	}
	if a.query.body == "" {
		req.Body, req.ContentLength = nil, 0
	}
	for name, values := range a.query.header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", a.agent) // an empty one is none
	req.Header.Set(handshake.DoctorHeader, "1")
	begin := w.cfg.Now()
	res, err := w.net.client.Do(req)
	a.took = w.cfg.Now().Sub(begin)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the URL, which is told already
		}
		a.err = err
		return
	}
	defer res.Body.Close()
	a.status, a.header, a.proto = res.StatusCode, res.Header, res.Proto
	if a.contentType() == "text/event-stream" && a.status/100 == 2 {
		a.body = firstEvent(a.method, res.Body)
		a.took = w.cfg.Now().Sub(begin)
		return
	}
	a.body, err = io.ReadAll(io.LimitReader(a.plain(res.Body), maxBody+1))
	a.took = w.cfg.Now().Sub(begin)
	if a.more = len(a.body) > maxBody; a.more {
		a.body = a.body[:maxBody]
	}
	if err != nil {
		a.err = fmt.Errorf("the answer was cut off: %w", err)
	}
}

// firstEvent is what a stream of events begins with: such a body has no end. To a GET it may never say anything.
func firstEvent(method string, body io.Reader) []byte {
	if method == http.MethodGet || method == http.MethodHead {
		return nil
	}
	var said []byte
	lines := bufio.NewScanner(io.LimitReader(body, maxBody))
	for lines.Scan() && (len(said) == 0 || len(lines.Bytes()) > 0) {
		said = append(append(said, lines.Bytes()...), '\n')
	}
	return said
}

// plain is a body without the compression that nobody asked for, as most clients read it.
func (a *answer) plain(body io.Reader) io.Reader {
	how := strings.ToLower(strings.TrimSpace(a.header.Get("Content-Encoding")))
	if how == "" || how == "identity" {
		return body
	}
	ahead := bufio.NewReader(body)
	if start, _ := ahead.Peek(len(gzipStart)); string(start) == gzipStart {
		if r, err := gzip.NewReader(ahead); err == nil {
			return r
		}
	}
	a.packed = clip(how)
	return ahead
}

// gzipStart is what each gzip file begins with.
const gzipStart = "\x1f\x8b\x08"

// summary is the answer on a line.
func (a *answer) summary() string {
	if a.err != nil {
		return "no answer: " + clip(a.err.Error())
	}
	s := fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
	if t := a.contentType(); t != "" && len(a.body) > 0 {
		s += ", " + clip(t)
	}
	if l := a.header.Get("Location"); l != "" {
		s += " to " + clip(l)
	}
	if a.took >= time.Second {
		s += fmt.Sprintf(", after %s", a.took.Round(100*time.Millisecond))
	}
	return strings.TrimSpace(s)
}

// contentType is the media type, without parameters.
func (a *answer) contentType() string {
	t, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// isHTML tells of a web page, whatever it calls itself. JSON is none, whatever it calls itself.
func (a *answer) isHTML() bool {
	body := strings.TrimSpace(string(a.body))
	return a.packed == "" && (strings.HasPrefix(body, "<") ||
		a.contentType() == "text/html" && !strings.HasPrefix(body, "{"))
}

// isRedirect tells of an answer that sends elsewhere.
func (a *answer) isRedirect() bool {
	return a.err == nil && a.status/100 == 3 && a.status != http.StatusNotModified && a.header.Get("Location") != ""
}

// said is the beginning of a body, for evidence.
func (a *answer) said() string {
	switch {
	case a.secret || len(a.body) == 0:
		return ""
	case a.packed != "":
		return fmt.Sprintf("(%d bytes, compressed with %s)", len(a.body), a.packed)
	}
	return handshake.Clean(strings.Join(strings.Fields(string(a.body[:min(len(a.body), 400)])), " "), 160)
}

// evidence is what came, for a finding.
func (a *answer) evidence() []string {
	out := []string{a.event.Answer}
	for _, name := range []string{"Server", "Via", "Www-Authenticate", "Cf-Ray", "X-Cache"} {
		if v := a.header.Get(name); v != "" {
			out = append(out, name+": "+clip(v))
		}
	}
	if s := a.said(); s != "" {
		out = append(out, s)
	}
	return out
}
