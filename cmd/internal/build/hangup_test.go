package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// heldCoda is a Coda whose next request for rows is held until whoever sent it gives up.
type heldCoda struct {
	http.Handler
	requests, open atomic.Int32
	hold           atomic.Bool
	held           chan struct{}
}

func (c *heldCoda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.requests.Add(1)
	c.open.Add(1)
	defer c.open.Add(-1)
	if strings.HasSuffix(r.URL.Path, "/rows") && c.hold.CompareAndSwap(true, false) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the connection ends
		c.held <- struct{}{}
		<-r.Context().Done()
		return
	}
	c.Handler.ServeHTTP(w, r)
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

// calls is how many calls the log says have ended since their client went away.
func (b *lockedBuffer) calls() (n int) {
	b.Lock()
	defer b.Unlock()
	for line := range strings.Lines(b.String()) {
		if strings.Contains(line, `"outcome":"aborted"`) {
			n++
		}
	}
	return n
}

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	end := time.After(time.Minute)
	for !done() {
		select {
		case <-look.C:
		case <-end:
			stacks := make([]byte, 1<<18)
			t.Fatalf("after a minute: %s\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// Closing the connection in the middle of a large call ends it: the request to Coda that is under way is given up, no
// further one is sent, and nothing of the call is left in the process. Each version of HTTP tells it differently, and
// so does a proxy whose client goes away.
func TestHangUp(t *testing.T) {
	w := openHangUp(t)
	calls := map[string]func(*testing.T) map[string]any{
		"coda_query_rows": func(*testing.T) map[string]any {
			return map[string]any{"filter": map[string]any{"Name": []string{"Name 0", "Name 1", "Name 2"}}, "limit": 100}
		},
		// No two additions are the same, which would be remarked before Coda is asked.
		"coda_upsert_rows": func(t *testing.T) map[string]any {
			rows := make([]map[string]any, 3000)
			for i := range rows {
				rows[i] = map[string]any{"Name": fmt.Sprintf("%s %d", t.Name(), i)}
			}
			return map[string]any{"rows": rows}
		},
	}
	for tool, arguments := range calls {
		for name, client := range w.clients(t) {
			for _, modern := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/modern=%v", tool, name, modern), func(t *testing.T) {
					asked := arguments(t)
					asked["doc"], asked["table"] = "dDoc0000001", "grid-Table01"
					w.hangUp(t, client, tool, asked, modern)
				})
			}
		}
	}
}

type hangUpWorld struct {
	coda            *heldCoda
	log             *lockedBuffer
	endpoint, token string
}

func openHangUp(t *testing.T) *hangUpWorld {
	t.Helper()
	workspace := codatest.NewWorkspace("Acme")
	table := workspace.AddDoc(codatest.Doc{ID: "dDoc0000001", Name: "Large"}).AddTable(codatest.Table{ID: "grid-Table01",
		Name: "Rows", Columns: []codatest.Column{{ID: "c-Name000001", Name: "Name", Display: true}}})
	for i := range 1500 {
		table.AddRow(map[string]any{"Name": fmt.Sprintf("Name %d", i)})
	}
	w := &hangUpWorld{log: &lockedBuffer{}, coda: &heldCoda{held: make(chan struct{}, 1),
		Handler: codatest.NewServer(codatest.Options{Workspace: workspace})}}
	listening := httptest.NewServer(w.coda)
	t.Cleanup(listening.Close)
	issuer := tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}})
	cfg, _, err := config.Parse("gateway.yaml", []byte("public_url: "+resource+"\nlisten: 127.0.0.1:0\n"+
		"admin: {listen: \"\"}\nissuers: [{url: "+issuer.URL+"}]\nlimits: {per_person: {calls: 0}}\n"+
		"coda: {token: \"${env:T}\", base_url: "+listening.URL+"/apis/v1, budgets: {read: 10000/1s, write: 10000/1s}}\n"),
		ConfigOptions(func(string) (string, bool) { return codatest.DemoToken, true }))
	if err != nil {
		t.Fatal(err)
	}
	b := &Builder{Log: zerolog.New(w.log), Agent: "test/1", Version: "1"}
	t.Cleanup(b.Close)
	site, err := b.Site(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := &reloading{Reloader: &Reloader{Server: Server(cfg, site, zerolog.Nop(), nil)}}
	w.endpoint = server.run(t)
	until(t, "no keys were fetched", site.Ready)
	w.token = issuer.Token(resource, map[string]any{"scope": "coda:read coda:write",
		"exp": time.Now().Add(time.Hour).Unix()})
	return w
}

// clients are the ways to reach the gateway; each is used for one call and closed.
func (w *hangUpWorld) clients(t *testing.T) map[string]func(t *testing.T) (*http.Client, string) {
	t.Helper()
	direct := func(version func(*http.Protocols)) func(*testing.T) (*http.Client, string) {
		return func(t *testing.T) (*http.Client, string) {
			protocols := new(http.Protocols)
			version(protocols)
			transport := &http.Transport{Protocols: protocols, DialContext: (&net.Dialer{}).DialContext}
			t.Cleanup(transport.CloseIdleConnections)
			return &http.Client{Transport: transport}, w.endpoint
		}
	}
	one := direct(func(p *http.Protocols) { p.SetHTTP1(true) })
	return map[string]func(*testing.T) (*http.Client, string){
		"http1": one,
		"h2c":   direct(func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }),
		"proxy": func(t *testing.T) (*http.Client, string) {
			client, _ := one(t)
			to, err := url.Parse(w.endpoint)
			if err != nil {
				t.Fatal(err)
			}
			behind, _ := one(t)
			proxy := httptest.NewServer(&httputil.ReverseProxy{Transport: behind.Transport,
				Rewrite:      func(r *httputil.ProxyRequest) { r.Out.URL.Host, r.Out.URL.Scheme = to.Host, to.Scheme },
				ErrorHandler: func(http.ResponseWriter, *http.Request, error) {}})
			t.Cleanup(proxy.Close)
			return client, proxy.URL + to.Path
		},
	}
}

func (w *hangUpWorld) hangUp(t *testing.T, open func(*testing.T) (*http.Client, string), tool string,
	arguments map[string]any, modern bool) {
	ended := w.log.calls()
	goroutines := runtime.NumGoroutine()
	client, endpoint := open(t)
	params := map[string]any{"name": tool, "arguments": arguments}
	header := headers(w.token)
	header.Set("MCP-Protocol-Version", "2025-11-25")
	if modern {
		const version = "2026-07-28"
		params["_meta"] = map[string]any{"io.modelcontextprotocol/protocolVersion": version,
			"io.modelcontextprotocol/clientInfo":         map[string]any{"name": "test", "version": "1"},
			"io.modelcontextprotocol/clientCapabilities": map[string]any{}}
		header.Set("MCP-Protocol-Version", version)
		header.Set("Mcp-Method", "tools/call")
		header.Set("Mcp-Name", tool)
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	w.coda.hold.Store(true)
	answered := make(chan string, 1)
	go func() {
		resp, err := client.Do(r)
		if err != nil {
			answered <- ""
			return
		}
		defer resp.Body.Close()
		said, _ := io.ReadAll(resp.Body)
		answered <- fmt.Sprintf("%d %.300s", resp.StatusCode, said)
	}()
	select {
	case <-w.coda.held:
	case said := <-answered:
		t.Fatalf("answered before Coda was: %s", said)
	case <-time.After(time.Minute):
		t.Fatal("Coda was not asked within a minute")
	}
	asked := w.coda.requests.Load()
	cancel()
	if said := <-answered; said != "" {
		t.Errorf("somebody who had gone was answered: %s", said)
	}
	until(t, "the call has not ended", func() bool { return w.log.calls() > ended })
	until(t, "the request to Coda is still open", func() bool { return w.coda.open.Load() == 0 })
	client.CloseIdleConnections()
	// One connection to Coda may be kept that was not there before: two goroutines here and two in the simulated Coda.
	until(t, "more goroutines than before", func() bool { return runtime.NumGoroutine() <= goroutines+4 })
	if more := w.coda.requests.Load() - asked; more > 0 {
		t.Errorf("%d requests to Coda after nobody waited any more", more)
	}
}
