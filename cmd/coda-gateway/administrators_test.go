package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// administrators are the mistakes that people make in their first night with the gateway, and where each is replayed:
// the script, and what it looks at. Every place that can know of a mistake says what it is and what to do about it. A
// world is one of the doctor's museum, which sees the same from outside.
var administrators = []struct {
	mistake, script string
	// looks are what the script must use: check, --online, log, readyz, token, doctor, attempts.
	looks []string
	world string
}{
	{"wrong realm", "wrong-realm", []string{"--online", "log", "readyz"}, "realm-wrong"},
	{"issuer with a trailing slash", "slash", []string{"--online", "log", "readyz"}, "issuer-slash-too-many"},
	{"audience mapper missing", "no-audience", []string{"log", "token", "attempts"}, "token-no-audience"},
	{"scopes not assigned to the client", "registration", []string{"--online"}, "scopes-not-assigned"},
	{"registration blocked by the provider's policy", "registration", []string{"--online"},
		"registration-trusted-hosts"},
	{"wrong redirect or client id", "wrong-redirect", []string{"doctor", "attempts"}, "redirect-unknown"},
	{"scopes not assigned to the client", "scopes-not-assigned", []string{"--online"}, "scopes-not-assigned"},
	{"registration blocked by the provider's policy", "registration-blocked", []string{"--online"},
		"registration-trusted-hosts"},
	{"provider announces http behind its proxy", "http-behind-proxy", []string{"--online", "log", "readyz"},
		"issuer-http"},
	{"private certificate authority", "private-authority", []string{"--online", "log", "readyz"},
		"provider-private-authority"},
	{"public_url without /mcp", "public-url", []string{"--online", "log", "token"}, "resource-path"},
	{"proxy strips the path or changes Host", "proxy", []string{"log"}, "mcp-not-found"},
	{"proxy passes only /mcp", "proxy-online", []string{"--online"}, "only-mcp"},
	{"wrong, expired or revoked Coda token", "coda-token", []string{"--online", "log", "readyz"}, "coda-token"},
	{"Coda down", "coda-away", []string{"log", "readyz"}, "coda-down"},
	{"Coda 429", "coda-limited", []string{"log", "readyz"}, "coda-limited"},
	{"document gone", "doc-gone", []string{"log"}, ""},
	{"log on a full disk, reader of the pipe gone", "log-lost", []string{"readyz"}, ""},
	{"person without any tool", "no-tools", []string{"log", "token"}, "no-tools"},
	{"coda:admin granted but not in scopes.supported", "scope-unsupported", []string{"check"}, ""},
	{"$CODA_TOKEN as the secret", "literal-secret", []string{"check"}, ""},
	{"a stock Keycloak", "encryption-key", []string{"--online"}, ""},
	{"the usual GET, and metadata that is not here", "usual-requests", []string{"log"}, ""},
}

// Each mistake is replayed, at each place that can know of it; and no script is left out of the table.
func TestAdministrators(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, a := range administrators {
		name := "testdata/script/administrator-" + a.script + ".txtar"
		listed[name] = true
		data, err := os.ReadFile(name)
		if err != nil {
			t.Errorf("%s: %v", a.mistake, err)
			continue
		}
		for _, look := range a.looks {
			uses := map[string]string{"check": "coda-gateway check ", "--online": " --online", "log": "\nlog ",
				"readyz": "/readyz\n", "token": "coda-gateway token ", "doctor": "coda-gateway doctor ",
				"attempts": "coda-gateway attempts "}[look]
			if uses == "" || !strings.Contains(string(data), uses) {
				t.Errorf("%s does not look at %s", name, look)
			}
		}
		if a.world == "" {
			continue
		}
		if _, err := os.Stat("../../gateway/handshake/walk/testdata/museum/" + a.world + ".txtar"); err != nil {
			t.Errorf("%s: %v", a.mistake, err)
		}
	}
	all, err := filepath.Glob("testdata/script/administrator-*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if !listed[filepath.ToSlash(name)] {
			t.Errorf("%s is in no row of administrators", name)
		}
	}
}
