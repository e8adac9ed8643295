package build

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/coda"
	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/lend"
)

// TestReloadRemembers: another token of the account and other budgets leave what was learnt, and what is used of the
// budgets; another Coda does not.
func TestReloadRemembers(t *testing.T) {
	t.Parallel()
	workspace := httptest.NewServer(codatest.NewServer(codatest.Options{
		Behavior: codatest.Behavior{SnapshotEvery: time.Hour}}))
	defer workspace.Close()
	b := &Builder{Log: zerolog.Nop(), Agent: "test/1", Version: "1"}
	reload := func(url, token, budgets string) *coda.Client {
		t.Helper()
		text := "public_url: https://mcp.example.com/mcp\nissuers: [{url: https://id.example.com}]\ncoda: {base_url: " + url +
			"/apis/v1, token: \"${env:T}\", budgets: {" + budgets + "}}\n"
		cfg, _, err := config.Parse("gateway.yaml", []byte(text),
			ConfigOptions(func(string) (string, bool) { return token, true }))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Site(cfg); err != nil {
			t.Fatal(err)
		}
		client, err := b.before.lending.client(lend.Credential{Token: token, Rule: lend.Default})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	ctx := t.Context()
	add := func(c *coda.Client, title string) error {
		_, err := c.CreateDoc(ctx, coda.DocCreate{Title: title})
		return err
	}
	first := reload(workspace.URL, codatest.DemoToken, "write: 2/1h")
	shared := b.before.shared
	if _, err := first.CreatePage(ctx, "dRoadmap01", coda.PageCreate{Name: "Fresh plan"}); err != nil {
		t.Fatal(err)
	}
	if err := add(first, "First plan"); err != nil {
		t.Fatal(err)
	}
	if same := reload(workspace.URL, codatest.DemoToken, "write: 3/1h"); same != first {
		t.Error("other budgets make another client")
	}
	second := reload(workspace.URL, codatest.DemoTokenAdaSecond, "write: 2/1h")
	if second == first || b.before.shared != shared {
		t.Error("another token makes no client that shares what the first one had")
	}
	if found, err := second.ResolvePage(ctx, "dRoadmap01", "Fresh plan"); err != nil || found.ID == "" {
		t.Errorf("what was made a moment ago is forgotten: %+v, %v", found, err)
	}
	if err := add(second, "Second plan"); err != nil {
		t.Error(err)
	}
	if err := add(second, "Third plan"); !errors.Is(err, coda.ErrRateLimited) {
		t.Errorf("a third write in an hour of two: %v", err)
	}
	reload("http://127.0.0.1:1", codatest.DemoToken, "")
	if b.before.shared == shared {
		t.Error("another Coda has the memory of the first one")
	}
}
