package rowset

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	roadmap  = codatest.DemoRoadmap
	features = "grid-Features01"
)

// somebody is a directory of the demo's people and of two who share a first name.
var somebody = PeopleList{
	{Name: "Ada Lovelace", Email: "ada@example.com"}, {Name: "Grace Hopper", Email: "grace@example.com"},
	{Name: "Noor Haddad", Email: "noor@example.com"}, {Name: "Lin Tanaka", Email: "lin@example.com"},
	{Name: "Lin Moreau", Email: "lin.m@example.com"},
}

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func simulated(t testing.TB, opts codatest.Options) (*codatest.Server, *Engine) {
	t.Helper()
	srv := codatest.New(t, opts)
	return srv, engineOf(t, srv)
}

func engineOf(t testing.TB, srv *codatest.Server) *Engine {
	t.Helper()
	rates := coda.DefaultRates()
	for b := range rates {
		rates[b] = coda.Rate{}
	}
	c, err := coda.New(coda.Config{
		BaseURL: srv.URL(), HTTPClient: srv.Client(), Account: "account",
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: codatest.DemoToken}),
		Budget:      coda.NewMemoryBudget(coda.MemoryBudgetConfig{Rates: rates}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &Engine{Source: c, People: somebody, Now: func() time.Time { return noon }}
}

// demoSchema is that of the demo's features, which have a column of nearly each type, and an engine that needs no
// server for people.
func demoSchema(t testing.TB) *coda.Schema {
	t.Helper()
	srv := codatest.NewServer(codatest.Options{InMemory: true})
	if err := srv.Start(""); err != nil {
		t.Fatal(err)
	}
	defer srv.Close() // at once, since fuzzing ends without cleaning up
	schema, err := engineOf(t, srv).Source.Schema(context.Background(), roadmap, features)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func decode(t testing.TB, text string) Filter {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var f Filter
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

func namesOf(rows []*coda.Row) []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return names
}
