package pages

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.yaml.in/yaml/v3"

	"github.com/bestviable/coda-gateway/cmd/internal/build"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/site"
	"github.com/bestviable/coda-gateway/gateway/token"
	"github.com/bestviable/coda-gateway/gateway/token/tokentest"
)

// m is a JSON object.
type m = map[string]any

// standin is a provider as it shows itself to clients and to the gateway.
type standin struct {
	row string
	// page is the provider's name, file the number of the file on its page, issuer that of its entry there.
	page         string
	file, issuer int
	// signIn is where clients are sent; empty = nobody signs in there.
	signIn string
	// documents by URL, and nothing elsewhere.
	documents map[string]m
	// jwks is the URL of the key set; bend changes each key in it.
	jwks string
	bend func(m)
	// header and claims of a token that may read and write; reader are the changes of one that may only read.
	header, claims, reader m
	// asks are the scopes of the first challenge, step those of the one for writing; empty = words, and said is in
	// them.
	asks, step, said string
	// write is the tool that the reader may not call.
	write string
	traps []trap
}

// trap is a token as somebody would have it by mistake.
type trap struct {
	name           string
	header, claims m
	// raw is sent as it is.
	raw string
	// stranger signs: nobody publishes the key.
	stranger bool
	// clients are the only ones that the configuration accepts, url is its issuer, where it is about these.
	clients []string
	url     string
	// reason and a part of what is said to do; no reason = it is accepted.
	reason token.Reason
	cure   string
}

// running is the gateway with the page's file, and a stand-in.
type running struct {
	*standin
	t    *testing.T
	site *site.Site
	cfg  *config.Config

	mu        sync.Mutex
	signing   *tokentest.Key
	published []*tokentest.Key
}

// signers are the keys of all stand-ins: making them is what takes long.
var signers = sync.OnceValue(func() []*tokentest.Key {
	var out []*tokentest.Key
	for range 3 {
		k, err := tokentest.NewKey("RS256")
		if err != nil {
			panic(err)
		}
		out = append(out, k)
	}
	return out
})

func start(t *testing.T, s *standin) *running {
	t.Helper()
	r := &running{standin: s, t: t, signing: signers()[0], published: signers()[:1]}
	for at, doc := range s.documents {
		theWorld.answer(at, func() any { return doc })
	}
	theWorld.answer(s.jwks, r.keySet)
	r.cfg = r.configure()
	builder := &build.Builder{Log: zerolog.Nop(), Agent: "coda-gateway/test", Version: "test"}
	var err error
	if r.site, err = builder.Site(r.cfg); err != nil {
		t.Fatal(err)
	}
	r.site.Start(t.Context())
	t.Cleanup(r.site.Retire)
	return r
}

func (r *running) keySet() any {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := []any{}
	for _, k := range r.published {
		text, err := json.Marshal(k.JWK())
		if err != nil {
			panic(err)
		}
		var jwk m
		if err := json.Unmarshal(text, &jwk); err != nil {
			panic(err)
		}
		if r.bend != nil {
			r.bend(jwk)
		}
		keys = append(keys, jwk)
	}
	return m{"keys": keys}
}

// configure takes the file of the page as it is, but for the authority of the stand-ins and the simulated Coda.
// changes are keys of the issuer that are written otherwise.
func (r *running) configure(changes ...m) *config.Config {
	r.t.Helper()
	blocks := Blocks(read(r.t, deploy+r.page+"/README.md"))
	if len(blocks) <= r.file {
		r.t.Fatalf("the page has %d files", len(blocks))
	}
	var file m
	if err := yaml.Unmarshal([]byte(blocks[r.file]), &file); err != nil {
		r.t.Fatal(err)
	}
	for _, issuer := range file["issuers"].([]any) {
		issuer.(m)["ca_file"] = "/etc/company-ca.pem"
	}
	for _, c := range changes {
		own := file["issuers"].([]any)[r.issuer].(m)
		for key, value := range c {
			if more, isList := value.([]any); isList { // what is to be added is added
				before, _ := own[key].([]any)
				value = append(slices.Clone(before), more...)
			}
			own[key] = value
		}
	}
	file["coda"].(m)["base_url"] = theWorld.coda.URL + "/apis/v1"
	file["coda"].(m)["budgets"] = m{"read": "1000/1s", "write": "1000/1s", "content": "1000/1s", "list_docs": "1000/1s"}
	text, err := yaml.Marshal(file)
	if err != nil {
		r.t.Fatal(err)
	}
	opts := build.ConfigOptions(func(string) (string, bool) { return "", false })
	opts.ReadFile = func(path string) ([]byte, fs.FileMode, error) {
		switch path {
		case "/run/secrets/coda-token":
			return []byte(codatest.DemoToken), 0o600, nil
		case "/etc/company-ca.pem":
			return theWorld.pem, 0o644, nil
		}
		return nil, 0, os.ErrNotExist
	}
	cfg, warnings, err := config.Parse("gateway.yaml", text, opts)
	if err != nil || len(warnings) > 0 && changes == nil {
		r.t.Fatalf("%v %v", warnings, err)
	}
	return cfg
}

// mint makes a token with changes over the good claims; nil removes one.
func (r *running) mint(header m, changes ...m) string {
	now := time.Now().Unix()
	all := m{"iat": now, "nbf": now, "exp": now + 3600}
	for _, c := range append([]m{r.claims}, changes...) {
		maps.Copy(all, c)
	}
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	head := m{"typ": nil}
	maps.Copy(head, r.header)
	maps.Copy(head, header)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.signing.Mint(head, all)
}

func (r *running) minted(x trap) string {
	if x.raw != "" {
		return x.raw
	}
	if !x.stranger {
		return r.mint(x.header, x.claims)
	}
	before := r.signing
	r.signing = signers()[2]
	defer func() { r.signing = before }()
	return r.mint(x.header, x.claims)
}

// call calls a tool.
func (r *running) call(bearer, tool string, arguments m) *http.Response {
	r.t.Helper()
	body, err := json.Marshal(m{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": m{"name": tool, "arguments": arguments}})
	if err != nil {
		r.t.Fatal(err)
	}
	q := httptest.NewRequestWithContext(r.t.Context(), http.MethodPost, PublicURL, strings.NewReader(string(body)))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Accept", "application/json, text/event-stream")
	q.Header.Set("MCP-Protocol-Version", "2025-11-25")
	if bearer != "" {
		q.Header.Set("Authorization", "Bearer "+bearer)
	}
	w := httptest.NewRecorder()
	r.site.ServeHTTP(w, q)
	return w.Result()
}

// works tells whether a tool answered, with what it said.
func works(t *testing.T, res *http.Response) (string, bool) {
	t.Helper()
	var answer struct {
		Result struct {
			IsError bool
			Content []struct{ Text string }
		}
		Error any
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return fmt.Sprintf("%s: %v", res.Status, err), false
	}
	text := fmt.Sprint(res.Status, answer.Error)
	for _, c := range answer.Result.Content {
		text += " " + c.Text
	}
	return text, res.StatusCode == http.StatusOK && answer.Error == nil && !answer.Result.IsError
}

// challenge is the scope and the metadata of a challenge.
func challenge(res *http.Response) (scope, metadata string) {
	header := res.Header.Get("WWW-Authenticate")
	member := func(name string) string {
		_, after, _ := strings.Cut(header, name+`="`)
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	return member("scope"), member("resource_metadata")
}

// TestWholeWay goes it with every provider, and writes what came of it into deploy/README.md.
func TestWholeWay(t *testing.T) {
	rows := standins()
	table := make([]string, len(rows))
	t.Run("providers", func(t *testing.T) {
		for i, s := range rows {
			t.Run(s.row, func(t *testing.T) {
				t.Parallel()
				table[i] = start(t, s).wholeWay()
			})
		}
	})
	var b strings.Builder
	b.WriteString("| Provider | Challenge | Metadata | Token | Step-up | Rotation | Wrong audience | Cures |\n" +
		"|---|---|---|---|---|---|---|---|\n")
	b.WriteString(strings.Join(table, ""))
	google, err := provider.Find("google")
	if err == nil || google == nil {
		t.Fatal("Google can be an issuer")
	}
	b.WriteString("| Google | – | – | opaque | – | – | – | refused by `check`, which suggests federation |\n")
	t.Log("\n" + b.String())
	if t.Failed() {
		return
	}
	const part = "the whole way"
	from, to := fmt.Sprintf(begin, part), fmt.Sprintf(end, part)
	index := read(t, deploy+"README.md")
	before, rest, found := strings.Cut(index, from)
	_, after, closed := strings.Cut(rest, to)
	if !found || !closed {
		t.Fatal("deploy/README.md has no place for the table")
	}
	same(t, deploy+"README.md", before+from+"\n"+b.String()+"\n"+to+after)
	for _, name := range provider.Names()[1:] {
		if !slices.ContainsFunc(rows, func(s *standin) bool { return s.page == name }) {
			t.Errorf("%s has no stand-in", name)
		}
	}
}

func (r *running) wholeWay() string {
	cells := []string{r.row, r.challenged(), r.metadata(), r.accepted(), r.stepsUp(), r.rotates(), r.wrongAudience(),
		r.cures()}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

func (r *running) challenged() string {
	res := r.call("", "coda_find_docs", m{})
	scope, metadata := challenge(res)
	if res.StatusCode != http.StatusUnauthorized || scope != r.asks || metadata == "" {
		r.t.Errorf("challenge: %d, scope %q, metadata %q; want 401 and %q", res.StatusCode, scope, metadata, r.asks)
	}
	if r.signIn == "" {
		return "not for its tokens"
	}
	scopes := strings.Fields(scope)
	for i, s := range scopes {
		if cut := strings.LastIndexByte(s, '/'); cut >= 0 {
			s = "…" + s[cut:]
		}
		scopes[i] = "`" + s + "`"
	}
	return strings.Join(scopes, " ")
}

// metadata follows the challenge as clients do: the protected resource, then the first authorization server.
func (r *running) metadata() string {
	_, at := challenge(r.call("", "coda_find_docs", m{}))
	w := httptest.NewRecorder()
	r.site.ServeHTTP(w, httptest.NewRequestWithContext(r.t.Context(), http.MethodGet, at, nil))
	var prm struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &prm); err != nil || prm.Resource != PublicURL {
		r.t.Fatalf("metadata: %v, %s", err, w.Body)
	}
	if r.signIn == "" {
		if slices.Contains(prm.Servers, r.cfg.Issuers[r.issuer].URL) {
			r.t.Errorf("people are sent to %s", r.cfg.Issuers[r.issuer].URL)
		}
		return "nobody signs in"
	}
	if len(prm.Servers) == 0 || prm.Servers[0] != r.signIn {
		r.t.Errorf("people are sent to %v, want %s", prm.Servers, r.signIn)
		return ""
	}
	u, err := url.Parse(r.signIn)
	if err != nil {
		r.t.Fatal(err)
	}
	path := strings.TrimSuffix(u.Path, "/")
	var doc m
	for _, at := range []string{
		"https://" + u.Host + "/.well-known/oauth-authorization-server" + path,
		"https://" + u.Host + "/.well-known/openid-configuration" + path,
		strings.TrimSuffix(r.signIn, "/") + "/.well-known/openid-configuration",
	} {
		if doc == nil {
			doc = theWorld.get(r.t, at)
		}
	}
	if doc == nil {
		r.t.Error("clients find no document")
		return ""
	}
	var notes []string
	if doc["issuer"] != r.signIn {
		notes = append(notes, "names another issuer")
	}
	if doc["code_challenge_methods_supported"] == nil {
		notes = append(notes, "no S256")
	}
	if doc["registration_endpoint"] == nil && doc["client_id_metadata_document_supported"] != true {
		notes = append(notes, "clients registered by hand")
	}
	return cmp.Or(strings.Join(notes, ", "), "✓")
}

func (r *running) accepted() string {
	if text, ok := works(r.t, r.call(r.mint(nil), "coda_find_docs", m{})); !ok {
		r.t.Errorf("a good token: %s", text)
	}
	return "✓"
}

// stepsUp: who may only read is told what is missing, and has it afterwards.
func (r *running) stepsUp() string {
	tool := cmp.Or(r.write, "coda_create_doc")
	arguments := m{"title": "Made by " + r.row}
	reader := r.mint(nil, r.reader)
	if text, ok := works(r.t, r.call(reader, "coda_find_docs", m{})); !ok {
		r.t.Errorf("reading: %s", text)
	}
	res := r.call(reader, tool, arguments)
	if r.step == "" {
		text, ok := works(r.t, res)
		if ok || res.StatusCode != http.StatusOK || !strings.Contains(text, r.said) {
			r.t.Errorf("without the right: %s; want words with %q", text, r.said)
		}
		if r.write == "" {
			r.writes(tool, arguments)
		}
		return "explained"
	}
	scope, _ := challenge(res)
	if res.StatusCode != http.StatusForbidden || scope != r.step {
		r.t.Errorf("step-up: %d, scope %q; want 403 and %q", res.StatusCode, scope, r.step)
	}
	r.writes(tool, arguments)
	return "✓"
}

func (r *running) writes(tool string, arguments m) {
	r.t.Helper()
	if text, ok := works(r.t, r.call(r.mint(nil), tool, arguments)); !ok {
		r.t.Errorf("with the right: %s", text)
	}
}

// rotates: a token with the new key is good at once, and one with the old key stays so.
func (r *running) rotates() string {
	old := r.mint(nil)
	r.mu.Lock()
	r.signing, r.published = signers()[1], signers()[:2]
	r.mu.Unlock()
	for _, bearer := range []string{r.mint(nil), old} {
		if text, ok := works(r.t, r.call(bearer, "coda_find_docs", m{})); !ok {
			r.t.Errorf("after a rotation: %s", text)
		}
	}
	return "✓"
}

func (r *running) wrongAudience() string {
	res := r.call(r.mint(nil, m{"aud": "https://somebody-else.example.com/api"}), "coda_find_docs", m{})
	if res.StatusCode != http.StatusUnauthorized ||
		!strings.Contains(res.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		r.t.Errorf("a token for somebody else: %d, %s", res.StatusCode, res.Header.Get("WWW-Authenticate"))
	}
	return "401"
}

// cures tries every mistake, and holds that every cure of the provider is said for one of them.
func (r *running) cures() string {
	var hints []string
	good := 0
	for _, x := range r.traps {
		bearer := r.minted(x)
		if x.clients == nil && x.url == "" {
			if text, ok := works(r.t, r.call(bearer, "coda_find_docs", m{})); ok != (x.reason == "") {
				r.t.Errorf("%s: %s", x.name, text)
			}
		}
		e := r.verifier(x).Explain(r.t.Context(), bearer)
		if x.reason == "" {
			if e.Principal == nil {
				r.t.Errorf("%s: refused, %+v", x.name, e.Steps)
			}
			continue
		}
		i := slices.IndexFunc(e.Steps, func(s token.Step) bool { return s.Reason == x.reason })
		if i < 0 || e.Principal != nil {
			r.t.Errorf("%s: not %s, but %+v", x.name, x.reason, e.Steps)
			continue
		}
		if !strings.Contains(e.Steps[i].Hint, x.cure) || x.cure == "" {
			r.t.Errorf("%s: %q says nothing of %q", x.name, e.Steps[i].Hint, x.cure)
		}
		r.mend(x, bearer, e.Steps[i].Hint)
		hints, good = append(hints, e.Steps[i].Hint), good+1
	}
	p, err := provider.Find(r.page)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.file == 0 {
		r.everyCure(p, hints)
	}
	return fmt.Sprintf("%d", good)
}

// verifier is one with the page's file, but for what a mistake is about.
func (r *running) verifier(x trap) *token.Verifier {
	cfg := r.cfg.Token()
	cfg.Issuers = slices.Clone(cfg.Issuers)
	i := &cfg.Issuers[r.issuer]
	if x.clients != nil {
		i.ClientIDs = x.clients
	}
	i.URL = cmp.Or(x.url, i.URL)
	v, err := token.New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// everyCure: a cure that no mistake brings up is one that nobody has tried.
func (r *running) everyCure(p *provider.Provider, hints []string) {
	for _, c := range p.Cures {
		if c.Reason == "groups_overage" || c.Reason == "tenant" {
			continue // no verdict about a token, and one that takes several tenants
		}
		start, _, _ := strings.Cut(strings.ReplaceAll(c.Text, "<public_url>", PublicURL), "<")
		if len(start) > 30 {
			start = start[:30]
		}
		if !slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(h, start) }) {
			r.t.Errorf("no mistake shows the cure of %s: %s", c.Reason, c.Text)
		}
	}
}
