package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience bounds every wait of a script. It is only ever used up by a failing one.
const patience = time.Minute

// publicHost is what clients put into Host: the host of the public_url that scripts use.
const publicHost = "mcp.example.com"

// answer is the last response of the gateway.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// request METHOD URL [-H 'Name: value']... [-t TOKEN] [-host HOST] [-over h2c|https] [-d BODY | -d @file | -d @N]
// sends one request, following no redirect. A path alone goes to the gateway; the host is public_url's unless another
// is given. A POST has the headers of an MCP client; -H 'Accept:' takes one away. @N is N letters.
func request(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg {
		return errNoNegation
	}
	if len(args) < 2 {
		return errors.New("usage: request METHOD URL [-H 'Name: value']... [-t TOKEN] [-host HOST] [-d BODY | -d @file]")
	}
	method, target, args := args[0], args[1], args[2:]
	head := http.Header{}
	if method == http.MethodPost {
		head.Set("Content-Type", "application/json")
		head.Set("Accept", "application/json, text/event-stream")
	}
	host, over := publicHost, ""
	var payload string
	for len(args) > 0 {
		if len(args) == 1 {
			return fmt.Errorf("%s needs a value", args[0])
		}
		switch v := args[1]; args[0] {
		case "-H":
			name, value, _ := strings.Cut(v, ":")
			if value = strings.TrimSpace(value); value == "" {
				head.Del(name)
			} else if letters, ok := filler(value); ok {
				head.Set(name, letters)
			} else if k := http.CanonicalHeaderKey(name); k == "Accept" || k == "Content-Type" {
				head.Set(name, value)
			} else {
				head[k] = append(head[k], value)
			}
		case "-t":
			head.Set("Authorization", "Bearer "+v)
		case "-host":
			host = v
		case "-over":
			over = v
		case "-d":
			payload = v
			if letters, ok := filler(v); ok {
				payload = letters
			} else if file, ok := strings.CutPrefix(v, "@"); ok {
				payload = ts.ReadFile(file)
			}
		default:
			return fmt.Errorf("unknown flag %s", args[0])
		}
		args = args[2:]
	}
	send := func() error { return w.sendOver(over, method, target, host, head, payload) }
	if err := send(); err != nil {
		return err
	}
	if method == http.MethodGet && strings.HasPrefix(target, "http://"+ts.Getenv("ADMIN")+"/") {
		w.again = send
	}
	return nil
}

// soon is a command about the last answer. Where that is a page of the admin listener, which tells how things stand,
// it is asked again until what is expected holds: the program may say something in its log before it shows there.
func soon(f func(*world, *testscript.TestScript, bool, []string) error) func(*world, *testscript.TestScript, bool,
	[]string) error {
	return func(w *world, ts *testscript.TestScript, neg bool, args []string) error {
		err := f(w, ts, neg, args)
		again := w.again
		if err == nil || again == nil {
			return err
		}
		err = poll(func() error {
			if err := again(); err != nil {
				return err
			}
			return f(w, ts, neg, args)
		})
		w.again = again
		return err
	}
}

// filler makes N letters of @N, for values that matter by their length only.
func filler(s string) (string, bool) {
	digits, ok := strings.CutPrefix(s, "@")
	if !ok {
		return "", false
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		return "", false
	}
	return strings.Repeat("x", n), true
}

func (w *world) send(method, target, host string, head http.Header, payload string) error {
	return w.sendOver("", method, target, host, head, payload)
}

func (w *world) sendOver(over, method, target, host string, head http.Header, payload string) error {
	authority := w.address
	if strings.HasPrefix(authority, "unix:") {
		authority = "unix.invalid"
	}
	if strings.HasPrefix(target, "/") || target == "" {
		target = map[bool]string{true: "https://", false: "http://"}[over == "https"] + authority + target
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(payload))
	if err != nil {
		return err
	}
	if u, err := url.Parse(target); err == nil && (u.Host == authority || host != publicHost) {
		req.Host = host
	}
	req.Header = head
	if _, ok := head["User-Agent"]; !ok {
		req.Header.Set("User-Agent", "script")
	}
	client, ok := map[string]*http.Client{"": w.client, "h2c": w.h2c, "https": w.https}[over]
	if !ok {
		return fmt.Errorf("cannot send over %s", over)
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	return w.keep(res)
}

// keep reads a response and makes it the last one.
func (w *world) keep(res *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	w.last, w.again = &answer{status: res.StatusCode, header: res.Header, body: b}, nil
	return w.leaks("the answer", append(slices.Clone(b), fmt.Sprint(res.Header)...))
}

// raw TEXT sends bytes as they are, with the escapes of a Go string, and reads one response.
// raw -pause TEXT sends and waits until the gateway closes the connection without an answer or with one.
func raw(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	pause := len(args) == 2 && args[0] == "-pause"
	if pause {
		args = args[1:]
	}
	if neg || len(args) != 1 {
		return errors.New("usage: raw [-pause] TEXT")
	}
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[0], `"`, `\"`) + `"`)
	if err != nil {
		return fmt.Errorf("%q: %w", args[0], err)
	}
	conn, err := net.DialTimeout("tcp", w.address, patience)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte(text)); err != nil {
		return err
	}
	in := bufio.NewReader(conn)
	if pause {
		b, err := io.ReadAll(in)
		w.last, w.again = &answer{body: b}, nil
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("the connection is still open after %v", patience)
		}
		return nil
	}
	res, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	return w.keep(res)
}

func (w *world) answered() (*answer, error) {
	if w.last == nil {
		return nil, errors.New("no request has been answered yet")
	}
	return w.last, nil
}

// status CODE
func status(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	a, err := w.answered()
	if err != nil {
		return err
	}
	if neg || len(args) != 1 {
		return errors.New("usage: status CODE")
	}
	if got := strconv.Itoa(a.status); got != args[0] {
		return fmt.Errorf("status %s, want %s; body: %.500s", got, args[0], a.body)
	}
	return nil
}

// header NAME REGEXP: the header is there exactly once and matches. ! header NAME: it is absent. ! header NAME
// REGEXP: it is absent, or does not match.
func header(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	a, err := w.answered()
	if err != nil {
		return err
	}
	if len(args) < 1 || len(args) > 2 || !neg && len(args) == 1 {
		return errors.New("usage: header NAME REGEXP | ! header NAME [REGEXP]")
	}
	values := a.header.Values(args[0])
	if len(args) == 1 {
		if len(values) > 0 {
			return fmt.Errorf("%s: %q, want none", args[0], values)
		}
		return nil
	}
	re, err := regexp.Compile(args[1])
	if err != nil {
		return err
	}
	matches := slices.ContainsFunc(values, re.MatchString)
	switch {
	case neg && matches:
		return fmt.Errorf("%s: %q matches %s", args[0], values, re)
	case !neg && len(values) != 1:
		return fmt.Errorf("%s is there %d times: %q; want one that matches %s", args[0], len(values), values, re)
	case !neg && !matches:
		return fmt.Errorf("%s: %q does not match %s", args[0], values, re)
	}
	return nil
}

// body REGEXP: the body matches; ! body REGEXP: it does not; ! body: it is empty.
func body(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	a, err := w.answered()
	if err != nil {
		return err
	}
	if neg && len(args) == 0 {
		if len(a.body) > 0 {
			return fmt.Errorf("body %.500q, want none", a.body)
		}
		return nil
	}
	if len(args) != 1 {
		return errors.New("usage: body REGEXP | ! body [REGEXP]")
	}
	re, err := regexp.Compile(args[0])
	if err != nil {
		return err
	}
	if re.Match(a.body) == neg {
		return fmt.Errorf("body %.800q: matches %s = %v", a.body, re, !neg)
	}
	return nil
}

// jsonpath PATH VALUE: the value at the dotted path, where a number indexes a list and * stands for all elements
// (their values are joined by blanks). Strings are compared as they are, other values as compact JSON. ! jsonpath
// PATH: there is none.
func jsonPath(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	a, err := w.answered()
	if err != nil {
		return err
	}
	if !neg && len(args) != 2 || neg && len(args) != 1 {
		return errors.New("usage: jsonpath PATH VALUE | ! jsonpath PATH")
	}
	dec := json.NewDecoder(bytes.NewReader(a.body))
	dec.UseNumber()
	var doc any
	if err := dec.Decode(&doc); err != nil {
		return fmt.Errorf("the body is not JSON: %w: %.500q", err, a.body)
	}
	got, found := lookup(doc, strings.Split(args[0], "."))
	if neg {
		if found {
			return fmt.Errorf("%s is %s, want none", args[0], got)
		}
		return nil
	}
	if !found {
		return fmt.Errorf("%s is absent from %.800s", args[0], a.body)
	}
	if got != args[1] {
		return fmt.Errorf("%s is %s, want %s", args[0], got, args[1])
	}
	return nil
}

func lookup(v any, path []string) (string, bool) {
	if len(path) == 0 || path[0] == "" {
		if s, ok := v.(string); ok {
			return s, true
		}
		b, err := json.Marshal(v)
		return string(b), err == nil
	}
	switch t := v.(type) {
	case map[string]any:
		// A key may hold dots itself: the longest that fits wins.
		for n := len(path); n > 0; n-- {
			if next, ok := t[strings.Join(path[:n], ".")]; ok {
				return lookup(next, path[n:])
			}
		}
	case []any:
		if path[0] == "*" {
			var all []string
			for _, e := range t {
				if s, ok := lookup(e, path[1:]); ok {
					all = append(all, s)
				}
			}
			return strings.Join(all, " "), true
		}
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(t) {
			return lookup(t[i], path[1:])
		}
	}
	return "", false
}
