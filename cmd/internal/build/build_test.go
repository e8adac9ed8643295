package build

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/access"
)

func settings(t *testing.T, extra string) *config.Config {
	t.Helper()
	opts := ConfigOptions(func(string) (string, bool) { return "coda-token", true })
	cfg, _, err := config.Parse("gateway.yaml",
		[]byte("public_url: https://mcp.example.com/mcp\nissuers: [{url: https://id.example.com}]\n"+extra), opts)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Every combination that a configuration can ask for can be built, with each optional set alone and all together.
func TestSite(t *testing.T) {
	t.Parallel()
	sets := ConfigOptions(nil).ToolSets
	if len(sets) == 0 {
		t.Fatal("there are no optional tool sets")
	}
	all := ""
	cases := []string{""}
	for set, tools := range sets {
		if len(tools) == 0 {
			t.Errorf("the set %s is empty", set)
		}
		all += set + ", "
		cases = append(cases, set)
	}
	for _, names := range append(cases, all) {
		cfg := settings(t, `coda: {token: "${env:T}", tool_sets: [`+names+"]}\n")
		if _, err := (&Builder{Log: zerolog.Nop(), Agent: "test/1", Version: "1"}).Site(cfg); err != nil {
			t.Errorf("tool sets [%s]: %v", names, err)
		}
	}
}

// The scopes that the tool list tells are those that the access rules want.
func TestGroupScopes(t *testing.T) {
	t.Parallel()
	cfg := settings(t, `coda: {token: "${env:T}"}`)
	policy, err := access.Compile(cfg.Access)
	if err != nil {
		t.Fatal(err)
	}
	scopes := groupScopes(policy, cfg)
	for group, want := range map[string]string{"read": "coda:read", "write": "coda:write", "destructive": "coda:write",
		"effects": "coda:write"} {
		if got := scopes[group]; len(got) != 1 || got[0] != want {
			t.Errorf("%s wants %v, want %s", group, got, want)
		}
	}
}

func TestConsentKeys(t *testing.T) {
	t.Parallel()
	var b, other Builder
	derived := func(b *Builder, keys ...string) [][]byte {
		t.Helper()
		var secrets []config.Secret
		for _, k := range keys {
			secrets = append(secrets, config.NewSecret(strings.Repeat(k, 32)))
		}
		found, err := b.signingKeys(secrets, "consent")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	key := func(b *Builder, keys ...string) []byte { return derived(b, keys...)[0] }
	random := key(&b)
	if len(random) != 32 || !bytes.Equal(random, key(&b)) || bytes.Equal(random, key(&other)) {
		t.Errorf("without keys: %x", random)
	}
	a := derived(&b, "1", "2")
	if !bytes.Equal(a[0], key(&other, "1")) || !bytes.Equal(a[1], key(&other, "2")) || bytes.Equal(a[0], a[1]) {
		t.Error("replicas that rotate keys do not understand each other")
	}
	if len(a) != 3 || !bytes.Equal(a[2], random) {
		t.Error("what was asked before there were keys is not understood")
	}
	if none := derived(&b); len(none) != 1 || !bytes.Equal(none[0], random) {
		t.Error("the random key is another one after keys came and went")
	}
}
