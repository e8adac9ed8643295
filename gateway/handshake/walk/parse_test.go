package walk

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseChallenges(t *testing.T) {
	t.Parallel()
	const backslash = "a value has a backslash in it, which VS Code does not treat as an escape"
	const blanks = "parameters are separated by blanks where commas belong"
	for in, want := range map[string]string{
		`Bearer resource_metadata="https://a/x", scope="a b"`: `Bearer[https://a/x|a,b]`,
		`Bearer scope=a,resource_metadata=https://a/x`:        `Bearer[https://a/x|a]`,
		`bearer realm="x"`:                  `bearer[|]`,
		`Bearer`:                            `Bearer[|]`,
		`Basic realm="x", Bearer scope="a"`: `Basic[|] Bearer[|a]`,
		`Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gDTAL==, Bearer a="b"`: `Negotiate[|] Bearer[|]`,
		`Negotiate, Bearer error="invalid_token" , scope="a"`:        `Negotiate[|] Bearer[|a]`,
		`Bearer realm="x" scope="a"`:                                 `Bearer[|a] ` + blanks,
		`Bearer realm="x"	scope=a`:                                   `Bearer[|a] ` + blanks,
		`Bearer scope="a" Basic realm="x"`:                           `Bearer[|a] Basic[|] ` + blanks,
		`Bearer scope="a" , realm="x"`:                               `Bearer[|a]`,
		`Bearer scope="a" `:                                          `Bearer[|a]`,
		``:                                                           ``,
		`Bearer scope="a`:                                            `Bearer[|] a quote is not closed`,
		`Bearer scope="a\"b"`:                                        `Bearer[|a"b] ` + backslash,
		`Bearer scope="a", scope="b"`:                                `Bearer[|a] scope is there twice`,
		`Bearer scope=`:                                              `Bearer[|]`,
		`"quoted"`:                                                   ` "\"quoted\"" is where a scheme or a parameter should begin`,
	} {
		list, err := parseChallenges([]string{in})
		var parts []string
		for _, c := range list {
			parts = append(parts, fmt.Sprintf("%s[%s|%s]", c.Scheme, c.Metadata, strings.Join(c.Scopes, ",")))
		}
		got := strings.Join(parts, " ")
		if err != nil {
			got += " " + err.Error()
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

func FuzzParseChallenges(f *testing.F) {
	for _, s := range []string{`Bearer resource_metadata="https://a/x", scope="a b"`, `Negotiate YII==, Basic realm="x"`,
		`Bearer scope="a`, `,,=,`, `Bearer a=b c=d`} {
		f.Add(s, "Basic")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		list, _ := parseChallenges([]string{a, b})
		if len(list) > len(a)+len(b) {
			t.Fatalf("%q, %q: %d challenges", a, b, len(list))
		}
		for _, c := range list {
			if c.Scheme == "" || strings.ContainsAny(c.Scheme, " ,=\"") {
				t.Fatalf("%q, %q: the scheme %q", a, b, c.Scheme)
			}
		}
	})
}

// A host with letters beyond ASCII is looked up as name servers know it; everything else stays as it was typed.
func TestInASCII(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://bücher.example/mcp":            "https://xn--bcher-kva.example/mcp",
		"https://BÜCHER.example:8443/mcp?a=%20": "https://xn--bcher-kva.example:8443/mcp?a=%20",
		"https://mcp.example.com/mcp":           "https://mcp.example.com/mcp",
		"https://my_host.example/mcp":           "https://my_host.example/mcp",
		"https://[2001:db8::1]:8443/mcp":        "https://[2001:db8::1]:8443/mcp",
		"http://[fe80::1%25eth0]/mcp":           "http://[fe80::1%25eth0]/mcp",
		"https://MCP.example.com/mcp":           "https://MCP.example.com/mcp",
		"http://127.0.0.1:8080/mcp":             "http://127.0.0.1:8080/mcp", "://": "://",
	} {
		if got := InASCII(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
