package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	tracepb "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes spans, one line of text each.
type collector struct {
	mu    sync.Mutex
	spans []string
	raw   []byte
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var data tracepb.TracesData
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &data) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw = append(c.raw, body...)
	for _, resource := range data.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, s := range scope.Spans {
				line := fmt.Sprintf("name=%q trace=%x parent=%x", s.Name, s.TraceId, s.ParentSpanId)
				for _, a := range s.Attributes {
					line += fmt.Sprintf(" %s=%v", a.Key, a.Value.GetStringValue()+a.Value.String())
				}
				c.spans = append(c.spans, line)
			}
		}
	}
}

// startCollector starts a collector of traces at $COLLECTOR.
func startCollector(w *world, ts *testscript.TestScript, neg bool, args []string) error {
	if neg || len(args) > 0 {
		return errors.New("usage: collector")
	}
	w.collector = &collector{}
	w.collectorHTTP = httptest.NewServer(w.collector)
	ts.Setenv("COLLECTOR", w.collectorHTTP.URL)
	return nil
}

// span REGEXP...: a span matches all, now or soon. ! span: none so far does. No span holds a secret.
func span(w *world, _ *testscript.TestScript, neg bool, args []string) error {
	if w.collector == nil || len(args) == 0 {
		return errors.New("usage, after collector: span REGEXP...")
	}
	look := func() error {
		w.collector.mu.Lock()
		defer w.collector.mu.Unlock()
		text := strings.Join(w.collector.spans, "\n")
		n, err := matching(text, args)
		if err == nil && neg == (n > 0) {
			err = fmt.Errorf("%d spans match %q of\n%s", n, args, text)
		}
		if err != nil {
			return err
		}
		return w.leaks("a span", w.collector.raw)
	}
	if neg {
		return look()
	}
	return poll(look)
}
