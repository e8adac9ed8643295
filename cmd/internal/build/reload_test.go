package build

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const reloads, clients = 200, 16

// kinds is how many configurations there are, which take turns.
const kinds = 10

// Two hundred reloads while sixteen clients call. Each configuration is told from the others by its answers: it reads
// roles from a claim of its own and wants a role of its own, so that a principal of one may do nothing under the
// policy of another; it names itself where it refuses; and the odd ones lend another Coda account, show other tools
// and want another kind of token than the even ones. Every answer is to be that of one configuration, which was in
// force while the call ran: not the one before a reload that had returned, and not one to come.
//
// No call fails, no goroutine is left (here and in TestMain), and the keys are fetched once.
func TestReloadUnderLoad(t *testing.T) {
	w := newReloading(t)
	endpoint := w.run(t)
	token := w.issuer.Token(resource, map[string]any{"roles": everyRole(), "kind": []string{"even", "odd"}})
	evenOnly := w.issuer.Token(resource, map[string]any{"roles": everyRole(), "kind": "even"})
	try := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if _, err := whoami(t.Context(), try, endpoint, token); err != nil {
		t.Fatal(err)
	}
	keys, goroutines := w.issuer.Counts().Keys, runtime.NumGoroutine()

	// began is the last configuration that may be in force, ended the last that surely is.
	var began, ended, calls atomic.Int64
	var done atomic.Bool
	var callers sync.WaitGroup
	for i := range clients {
		callers.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for n := i; !done.Load(); n++ {
				question := questions[n%len(questions)]
				bearer := token
				if question.evenOnly {
					bearer = evenOnly
				}
				first := ended.Load()
				status, body, err := post(t.Context(), client.Do, endpoint, bearer, question.message)
				if err == nil {
					err = question.answers(status, string(body), int(first), int(began.Load()))
				}
				if err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	reloads := reloads
	if testing.Short() {
		reloads /= 4
	}
	for i := 1; i <= reloads; i++ {
		w.write(t, configuration(i))
		began.Store(int64(i))
		w.Reload(true)
		ended.Store(int64(i))
		if last := w.Server.LastReload(); last.Error != "" {
			t.Error(last.Error)
			break
		}
		// Calls begin and end under one configuration now and then, whatever else the machine does.
		for before := calls.Load(); i%7 == 0 && calls.Load() < before+clients/2 && !t.Failed(); {
			runtime.Gosched()
		}
	}
	done.Store(true)
	callers.Wait()
	if n := w.issuer.Counts().Keys; n != keys {
		t.Errorf("the keys were fetched %d times before %d reloads and %d times after them", keys, reloads, n)
	}
	// What is kept for the next call, such as connections to Coda, is fewer by far than one a reload.
	for try := 0; runtime.NumGoroutine() >= goroutines+reloads/2; try++ {
		if try == 1_000_000 {
			t.Fatalf("%d goroutines before the reloads, %d after them", goroutines, runtime.NumGoroutine())
		}
		runtime.Gosched()
	}
	t.Logf("%d calls in %d reloads", calls.Load(), reloads)
}

// configuration is the n-th one.
func configuration(n int) string {
	n %= kinds
	account, shows, kind := "EVEN", "coda_resolve_url", "even"
	if n%2 == 1 {
		account, shows, kind = "ODD", "coda_get_doc", "odd"
	}
	return fmt.Sprintf(`
issuers: [{url: "$ISSUER", claims: {roles: /roles/of_%[1]d}, required_claims: {kind: %[4]s}}]
access:
  - {when: {roles: [role_%[1]d]}, allow: [coda_whoami, %[3]s]}
  - {when: {roles: [nobody_%[1]d]}, allow: [coda_find_docs]}
coda: {base_url: "$CODA", token: "${env:%[2]s}", budgets: {read: 100000/6s}}
limits: {per_person: {calls: 0}}
`, n, account, shows, kind)
}

// everyRole has the role that each configuration wants, where it looks for it.
func everyRole() map[string]any {
	roles := make(map[string]any)
	for n := range kinds {
		roles[fmt.Sprintf("of_%d", n)] = []string{fmt.Sprintf("role_%d", n)}
	}
	return roles
}

// questions are what the clients ask in turn. answers says what is wrong with an answer, where one of the
// configurations from first to last was to give it.
var questions = []struct {
	message  string
	evenOnly bool
	answers  func(status int, body string, first, last int) error
}{
	{message: toolMessage("coda_whoami"), answers: func(status int, body string, first, last int) error {
		// Whoever mixes principal and policy is refused here.
		return oneOf(status, body, first, last, func(n int) bool {
			return status == 200 && strings.Contains(body, []string{"as Ada", "as Lin"}[n%2]) &&
				!strings.Contains(body, `"isError":true`)
		})
	}},
	{message: toolMessage("coda_find_docs"), answers: func(status int, body string, first, last int) error {
		return oneOf(status, body, first, last, func(n int) bool {
			return status == 200 && strings.Contains(body, fmt.Sprintf("nobody_%d", n%kinds))
		})
	}},
	{message: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`,
		answers: func(status int, body string, first, last int) error {
			return oneOf(status, body, first, last, func(n int) bool {
				even, odd := strings.Contains(body, `"coda_resolve_url"`), strings.Contains(body, `"coda_get_doc"`)
				return status == 200 && even == (n%2 == 0) && odd == (n%2 == 1)
			})
		}},
	{message: toolMessage("coda_whoami"), evenOnly: true,
		answers: func(status int, body string, first, last int) error {
			return oneOf(status, body, first, last, func(n int) bool {
				return n%2 == 1 && status == 401 || n%2 == 0 && status == 200 && strings.Contains(body, "as Ada")
			})
		}},
}

func oneOf(status int, body string, first, last int, is func(n int) bool) error {
	for n := first; n <= last; n++ {
		if is(n) {
			return nil
		}
	}
	return fmt.Errorf("none of the configurations %d to %d answers %d %.600s", first, last, status, body)
}

func toolMessage(tool string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `","arguments":{}}}`
}

// A list of what is revoked and the time before which nothing counts are in force five seconds after the file was
// written, for tokens that were verified and kept, too. Nobody has to ask for it.
func TestRevokedWithinFiveSeconds(t *testing.T) {
	for name, change := range map[string]string{
		"subject":    "revoked: [{subject: ada}]\nissuers: [{url: $ISSUER}]",
		"token":      "revoked: [{token_id: one}]\nissuers: [{url: $ISSUER}]",
		"not_before": "issuers: [{url: $ISSUER, not_before: 2099-01-01T00:00:00Z}]",
	} {
		t.Run(name, func(t *testing.T) {
			const rest = "\ncoda: {token: \"${env:EVEN}\"}\n"
			w := newReloading(t, "issuers: [{url: $ISSUER}]"+rest)
			token := w.issuer.Token(resource, map[string]any{"sub": "ada", "jti": "one"})
			ask := func() int {
				r := httptest.NewRequest(http.MethodPost, resource, strings.NewReader(questions[2].message))
				r.Header = headers(token)
				rec := httptest.NewRecorder()
				w.Server.ServeHTTP(rec, r)
				return rec.Code
			}
			for range 2 {
				if status := ask(); status != http.StatusOK {
					t.Fatalf("the token is refused before anything happened: %d", status)
				}
			}
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				go w.Watch(ctx)
				time.Sleep(10 * time.Second)
				w.write(t, change+rest)
				time.Sleep(5 * time.Second)
				synctest.Wait()
				stop()
			})
			if last := w.Server.LastReload(); last.Error != "" {
				t.Error(last.Error)
			}
			if status := ask(); status != http.StatusUnauthorized {
				t.Errorf("five seconds later the token is answered with %d", status)
			}
		})
	}
}

const resource = "https://mcp.example.com/mcp"

// reloading is a gateway that is at its first configuration, with an issuer and a workspace.
type reloading struct {
	*Reloader
	issuer *tokentest.Issuer
	coda   string
}

func newReloading(t *testing.T, first ...string) *reloading {
	t.Helper()
	workspace := httptest.NewServer(codatest.NewServer(codatest.Options{}))
	t.Cleanup(workspace.Close)
	w := &reloading{issuer: tokentest.NewIssuer(t, tokentest.Options{Algorithms: []string{"ES256"}}),
		coda: workspace.URL + "/apis/v1"}
	tokens := map[string]string{"EVEN": codatest.DemoToken, "ODD": codatest.DemoTokenLin}
	w.Reloader = &Reloader{
		Path: filepath.Join(t.TempDir(), "gateway.yaml"),
		Options: ConfigOptions(func(name string) (string, bool) {
			token, ok := tokens[name]
			return token, ok
		}),
		Builder: &Builder{Log: zerolog.Nop(), Agent: "test/1", Version: "1"},
		Log:     zerolog.Nop(),
	}
	w.write(t, slices.Concat(first, []string{configuration(0)})[0])
	cfg, _, err := w.Load()
	if err != nil {
		t.Fatal(err)
	}
	site, err := w.Builder.Site(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.Server = Server(cfg, site, zerolog.Nop(), nil)
	return w
}

// write puts another file in the place of the one that is, which nobody can read half.
func (w *reloading) write(t *testing.T, text string) {
	t.Helper()
	text = strings.NewReplacer("$ISSUER", w.issuer.URL, "$CODA", w.coda).Replace(text)
	next := w.Path + ".next"
	if err := os.WriteFile(next, []byte("public_url: "+resource+"\nlisten: 127.0.0.1:0\nadmin: {listen: \"\"}\n"+text),
		0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, w.Path); err != nil {
		t.Fatal(err)
	}
}

// run serves until the test ends, and returns where.
func (w *reloading) run(t *testing.T) (endpoint string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	if err := w.Server.Listen(ctx); err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + w.Server.Addr().String() + "/mcp"
}
