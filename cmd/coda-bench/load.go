package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// load is a closed loop: each connection sends its next request when the answer to the one before is there.
type load struct {
	addr        string
	connections int
	request     request
	tokens      []string
	// status is what every answer must have; 0 = 200. Where strangers are more than may wait for the next look at the
	// keys, those with made-up key ids are refused with 503.
	status int
	// hangUp ends the calls that wait for their answers when the time is over, as a gateway has strangers wait for new
	// keys.
	hangUp bool
}

// outcome of a load.
type outcome struct {
	calls     int
	elapsed   time.Duration
	latencies []time.Duration
}

func (o *outcome) add(part *outcome) {
	o.calls += part.calls
	o.elapsed += part.elapsed
	o.latencies = append(o.latencies, part.latencies...)
}

func (o *outcome) perSecond() float64 { return float64(o.calls) / o.elapsed.Seconds() }

// quantile of the latencies, which it sorts.
func (o *outcome) quantile(q float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	slices.Sort(o.latencies)
	return o.latencies[min(int(q*float64(len(o.latencies))), len(o.latencies)-1)]
}

// run applies the load for a while.
func (l *load) run(ctx context.Context, d time.Duration) (*outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var (
		wg    sync.WaitGroup
		parts = make([]outcome, l.connections)
		errs  = make([]error, l.connections)
	)
	begin := time.Now()
	for i := range l.connections {
		wg.Go(func() { errs[i] = l.connection(ctx, i, &parts[i]) })
	}
	wg.Wait()
	whole := new(outcome)
	for i := range parts {
		whole.add(&parts[i])
	}
	whole.elapsed = time.Since(begin)
	return whole, errors.Join(errs...)
}

// each sends one request per token, to warm a cache.
func (l *load) each(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, l.connections)
	for i := range l.connections {
		wg.Go(func() {
			c, err := dial(l.addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close()
			for n := i; n < len(l.tokens) && ctx.Err() == nil && errs[i] == nil; n += l.connections {
				errs[i] = c.call(l, n)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (l *load) connection(ctx context.Context, n int, o *outcome) error {
	c, err := dial(l.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if l.hangUp {
		defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) })()
	}
	o.latencies = make([]time.Duration, 0, 1<<10)
	for ; ctx.Err() == nil; n += l.connections {
		begin := time.Now()
		if err := c.call(l, n); l.hangUp && errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s, call %d of a connection, after %s: %w", l.addr, o.calls+1,
				time.Since(begin).Round(time.Millisecond), err)
		}
		o.calls++
		o.latencies = append(o.latencies, time.Since(begin))
	}
	return nil
}

// conn is an HTTP/1.1 connection that does no more than a benchmark needs, so that the load does not measure itself.
type conn struct {
	net.Conn
	in  *bufio.Reader
	out []byte
	// body is that of the last answer.
	body []byte
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, in: bufio.NewReaderSize(c, 32<<10)}, nil
}

func (c *conn) call(l *load, n int) error {
	c.out = append(c.out[:0], l.request.before...)
	c.out = append(c.out, l.tokens[n%len(l.tokens)]...)
	c.out = append(c.out, l.request.after...)
	if _, err := c.Write(c.out); err != nil {
		return err
	}
	status, err := c.answer()
	if err != nil {
		return err
	}
	want := max(l.status, 200)
	refused := want == http.StatusUnauthorized && status == http.StatusServiceUnavailable
	if status != want && !refused || want == 200 && !bytes.Contains(c.body[:min(len(c.body), 100)], []byte(`"result":`)) {
		return fmt.Errorf("the answer is %d %.200s, not %d with a result", status, c.body, want)
	}
	return nil
}

// answer reads an answer.
func (c *conn) answer() (status int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("not an HTTP answer: %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, err
	}
	length := -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
	c.body = c.body[:0]
	if length >= 0 {
		return status, c.read(length)
	}
	// Everything else that the servers send is chunked.
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, err
		}
		size, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 16, 31)
		if err != nil {
			return 0, err
		}
		if err := c.read(int(size)); err != nil {
			return 0, err
		}
		if _, err := c.in.Discard(2); err != nil || size == 0 {
			return status, err
		}
	}
}

func (c *conn) read(n int) error {
	from := len(c.body)
	c.body = slices.Grow(c.body, n)[:from+n]
	_, err := io.ReadFull(c.in, c.body[from:])
	return err
}
