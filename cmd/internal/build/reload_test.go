package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const reloads, clients = 200, 16

// Two hundred reloads while sixteen clients call. The two configurations read roles from different claims and want
// different roles, so that a principal of one under the policy of the other may do nothing: every call succeeds, so
// none was mixed. No call fails, no goroutine is left (TestMain), and the keys are fetched once.
func TestReloadUnderLoad(t *testing.T) {
	issuer, err := tokentest.Start(tokentest.Options{Algorithms: []string{"ES256"}})
	if err != nil {
		t.Fatal(err)
	}
	defer issuer.Close()
	workspace := httptest.NewServer(codatest.NewServer(codatest.Options{}))
	defer workspace.Close()
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	write := func(side string) {
		text := fmt.Sprintf(`
public_url: https://mcp.example.com/mcp
listen: 127.0.0.1:0
admin: {listen: ""}
issuers: [{url: %q, claims: {roles: /only_%s}}]
access: [{when: {roles: [%s]}, allow: [read]}]
resource: {name: side-%[2]s}
coda: {base_url: %[4]q, token: "${env:T}", budgets: {read: 100000/6s}}
`, issuer.URL, side, side, workspace.URL+"/apis/v1")
		next := file + ".next"
		if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, file); err != nil {
			t.Fatal(err)
		}
	}
	write("a")
	token := issuer.Token("https://mcp.example.com/mcp", map[string]any{"only_a": []string{"a"}, "only_b": []string{"b"}})
	r := &Reloader{
		Path:    file,
		Options: ConfigOptions(func(string) (string, bool) { return codatest.DemoToken, true }),
		Builder: &Builder{Log: zerolog.Nop(), Agent: "test/1", Version: "1"},
	}
	cfg, _, err := r.Load()
	if err != nil {
		t.Fatal(err)
	}
	first, err := r.Builder.Site(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = Server(cfg, first, zerolog.Nop(), nil)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := r.Server.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- r.Server.Run(ctx) }()

	endpoint := "http://" + r.Server.Addr().String() + "/mcp"
	var calls atomic.Int64
	var done atomic.Bool
	var callers sync.WaitGroup
	for range clients {
		callers.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for !done.Load() {
				if err := whoami(ctx, client, endpoint, token); err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	for i := range reloads {
		write([]string{"b", "a"}[i%2])
		r.Reload(true)
		if last := r.Server.LastReload(); last.Error != "" {
			t.Fatal(last.Error)
		}
		// Calls begin under sites of both kinds.
		for before := calls.Load(); i%7 == 0 && calls.Load() == before && !t.Failed(); {
			runtime.Gosched()
		}
	}
	done.Store(true)
	callers.Wait()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := issuer.Counts().Keys; n > 2 {
		t.Errorf("the keys were fetched %d times in %d reloads", n, reloads)
	}
	t.Logf("%d calls in %d reloads", calls.Load(), reloads)
}

// whoami calls a tool that reads.
func whoami(ctx context.Context, client *http.Client, endpoint, token string) error {
	_, err := callTool(ctx, client.Do, endpoint, token, "coda_whoami", map[string]any{})
	return err
}

// callTool calls a tool that is to succeed, and returns the structured half of its answer.
func callTool(ctx context.Context, do func(*http.Request) (*http.Response, error), endpoint, token, tool string,
	arguments map[string]any) (map[string]any, error) {
	message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": tool, "arguments": arguments}})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	req.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		"Authorization": {"Bearer " + token},
	}
	resp, err := do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Result *struct {
			IsError           bool           `json:"isError"`
			StructuredContent map[string]any `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || resp.StatusCode != 200 || answer.Result == nil ||
		answer.Result.IsError {
		return nil, fmt.Errorf("%d %s", resp.StatusCode, body)
	}
	return answer.Result.StructuredContent, nil
}
