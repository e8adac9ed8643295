package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/bestviable/coda-gateway/gateway/access"
)

// The defaults as they are documented, as typed values.
func TestDefaults(t *testing.T) {
	t.Parallel()
	cfg, warnings, err := Load("testdata/valid-smallest.yaml", testOptions())
	if err != nil || len(warnings) != 0 {
		t.Fatal(err, warnings)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"listen", cfg.Listen, "127.0.0.1:8080"},
		{"admin", cfg.AdminListen, "127.0.0.1:9090"},
		{"tls", cfg.TLS == nil, true},
		{"proxies", fmt.Sprint(cfg.TrustedProxies), "[127.0.0.0/8 ::1/128]"},
		{"grace", cfg.ShutdownGrace, 10 * time.Second},
		{"level", cfg.Log.Level, zerolog.InfoLevel},
		{"format", cfg.Log.Format, "auto"},
		{"name", cfg.Resource.Name, "Coda"},
		{"redirect", cfg.DiscoveryRedirect, false},
		{"strict", cfg.StrictVersions, false},
		{"token", cfg.Coda.Token.Reveal(), "token-of-a-file"},
		{"base", cfg.Coda.BaseURL, "https://coda.io/apis/v1"},
		{"read", cfg.Coda.Budgets.Read, Rate{100, 6 * time.Second}},
		{"write", cfg.Coda.Budgets.Write, Rate{10, 6 * time.Second}},
		{"content", cfg.Coda.Budgets.Content, Rate{3, 10 * time.Second}},
		{"list", cfg.Coda.Budgets.ListDocs, Rate{4, 6 * time.Second}},
		{"analytics", cfg.Coda.Budgets.Analytics, Rate{100, 6 * time.Second}},
		{"supported", fmt.Sprint(cfg.Access.Supported), "[coda:read coda:write]"},
		{"grants", len(cfg.Access.Grants), 3},
		{"tools", len(cfg.Access.Tools), 4},
		{"issuers known to access", fmt.Sprint(cfg.Access.Issuers), "[https://id.example.com/realms/company]"},
		{"resource", cfg.Token().Resource, "https://mcp.example.com/mcp"},
		{"preset", fmt.Sprint(cfg.Issuers[0].Claims.Roles), "[/realm_access/roles]"},
		{"introspection", cfg.Issuers[0].Introspection == nil, true},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, not %v", c.what, c.got, c.want)
		}
	}
	if _, err := access.Compile(cfg.Access); err != nil {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	if _, _, err := Load(filepath.Join(t.TempDir(), "none.yaml"), testOptions()); !errors.Is(err, fs.ErrNotExist) ||
		!strings.HasPrefix(err.Error(), "read the configuration: ") {
		t.Error(err)
	}
	if _, _, err := Load(t.TempDir(), testOptions()); err == nil {
		t.Error("a directory is accepted")
	}
	huge := filepath.Join(t.TempDir(), "huge.yaml")
	if err := os.WriteFile(huge, []byte(strings.Repeat("#", maxFile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var problems *Problems
	_, _, err := Load(huge, testOptions())
	if !errors.As(err, &problems) || err.Error() != huge+":1:1: the file is larger than 1 MiB; is this the "+
		"configuration?" {
		t.Error(err)
	}
	var one Problem
	if !errors.As(err, &one) || one.File != huge || one.Line != 1 || one.Column != 1 || one.Path != "" {
		t.Errorf("%#v", one)
	}
}

// No problem and no warning may show what stands where a secret belongs, in whatever way the file is broken.
func TestProblemsHideSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"coda: " + hidden,
		"coda: {token: [" + hidden + "]}",
		"coda: {token: {a: " + hidden + "}}",
		"coda: {token: *" + hidden + "}",
		"coda: {token: !" + hidden + " x}",
		"coda: {token: !!int " + hidden + "}",
		"coda: {token: \"" + hidden + "\\q\"}",
		"coda: {token: \"" + hidden + " ${nope}\"}",
		"coda: {token: \"" + hidden + " with blanks\"}",
		"coda: {token: '" + hidden,
		"coda:\n  token:\n  - " + hidden,
		"coda:\n  token: |\n    " + hidden + "\n    more",
		"coda:\n  token: " + hidden + ": x",
		"coda:\n  token: @" + hidden,
		"coda:\n\ttoken: " + hidden,
		"coda: {base_url: \"https://u:" + hidden + "@coda.io/v1\"}",
		"coda: {base_url: \"https://u:" + hidden + "@coda.io:port/v1\"}",
		"issuers: [{introspection: " + hidden + "}]",
		"issuers: [{introspection: {client_id: x, private_key: " + hidden + ", auth: private_key_jwt}}]",
		"issuers: [{introspection: {client_id: x, client_secret: [" + hidden + "]}}]",
		"issuers: [{introspection: {client_id: x, private_key: " + hidden + ", client_secret: " + hidden + "}}]",
	} {
		_, warnings, err := Parse("hidden.yaml", []byte(text), testOptions())
		if err == nil {
			t.Errorf("%s: accepted", text)
			continue
		}
		if out := err.Error() + warningText(warnings); strings.Contains(out, hidden) {
			t.Errorf("%s:\n%s", text, out)
		}
	}
}

// Rates, durations and listeners in the forms that people write.
func TestForms(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Rate{
		"100/6s": {100, 6 * time.Second}, "1/s": {1, time.Second}, "3/m": {3, time.Minute},
		"10/1h30m": {10, 90 * time.Minute}, "5/500ms": {5, 500 * time.Millisecond},
	} {
		var r Rate
		if err := r.UnmarshalText([]byte(raw)); err != nil || r != want {
			t.Errorf("%s is %v, %v", raw, r, err)
		}
		var again Rate
		if err := again.UnmarshalText([]byte(r.String())); err != nil || again != r {
			t.Errorf("%s prints as %s", raw, r)
		}
	}
	for _, raw := range []string{"", "/", "1/", "/s", "-1/s", "+1/s", "1.5/s", "1/0s", "1/-1s", "1/25h", "0/s",
		"1000001/s", "99999999999999999999/s", "1/s/s", "1 / s", "1/xs"} {
		var r Rate
		if err := r.UnmarshalText([]byte(raw)); err == nil {
			t.Errorf("the rate %q is accepted as %v", raw, r)
		}
	}
	for _, raw := range []string{"127.0.0.1:0", ":8080", "[::]:8080", "localhost:65535", "unix:/run/x.sock"} {
		var l listenAddress
		if err := l.UnmarshalText([]byte(raw)); err != nil || string(l) != raw {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, raw := range []string{"8080", "localhost", "::1:80", "a:b", "a:65536", "a:-1", "unix:", "unix:x",
		"unix:/a/../b", "unix:/" + strings.Repeat("a", 107), "http://x:80", "a b:80"} {
		var l listenAddress
		if err := l.UnmarshalText([]byte(raw)); err == nil {
			t.Errorf("the listener %q is accepted", raw)
		}
	}
}

// Past the limits a file is refused in bounded time, with a bounded number of problems.
func TestBounds(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, "key%d: 1\n", i)
	}
	_, _, err := Parse("many.yaml", []byte(many.String()), testOptions())
	var problems *Problems
	if !errors.As(err, &problems) || len(problems.List) != maxProblems+1 {
		t.Errorf("%d problems", len(problems.List))
	}
	if last := problems.List[len(problems.List)-1].Message; last != "more than 200 problems; mend these first, the "+
		"rest is not listed" {
		t.Error(last)
	}
	for name, text := range map[string]string{
		"deep flow":  strings.Repeat("[", 300_000),
		"deep block": strings.Repeat("- ", 300_000),
		"wide":       "access: [" + strings.Repeat("a,", 300_000) + "]",
		"long":       "resource: {name: " + strings.Repeat("a", 100_000) + "}",
		"long key":   strings.Repeat("a", 1000) + ": 1",
	} {
		if _, _, err := Parse(name, []byte(text), testOptions()); err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(err.Error()) > 100_000 {
			t.Errorf("%s: %d bytes of problems", name, len(err.Error()))
		}
	}
}
