package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every key is told here, so that whoever adds one sees what its loss means: a watched change that loses a key which
// opens something waits for SIGHUP.
func TestEveryKeyIsClassified(t *testing.T) {
	t.Parallel()
	said := map[looseness]string{"": "every value lost opens", whole: "the key lost opens", free: "nothing opens"}
	var b strings.Builder
	eachLoss("", reflect.TypeFor[File](), func(pattern string, l looseness) {
		if said[l] == "" {
			t.Errorf("%s: lost:%q is neither %s nor %s", pattern, l, free, whole)
		}
		fmt.Fprintf(&b, "%-42s %s\n", pattern, said[l])
	})
	golden(t, "testdata/lost.txt", b.String())
}

// lossesByKey are the keys with what their loss means.
func lossesByKey() map[string]looseness {
	kinds := map[string]looseness{}
	eachLoss("", reflect.TypeFor[File](), func(pattern string, l looseness) { kinds[pattern] = l })
	return kinds
}

const lostHead = `
public_url: https://mcp.example.com/mcp
coda: {token: "${env:CODA_TOKEN}"}
`

func TestLost(t *testing.T) {
	t.Parallel()
	const issuer = "issuers: [{url: https://id.example.com%s}]\n"
	with := func(keys string) string { return fmt.Sprintf(issuer, ", "+keys) }
	plain := fmt.Sprintf(issuer, "")
	const (
		typed   = "{url: https://a.example.com, token_type: at+jwt}"
		untyped = "{url: https://a.example.com}"
		other   = "{url: https://id.example.com}"
	)
	several := func(issuers ...string) string { return "issuers: [" + strings.Join(issuers, ", ") + "]\n" }
	grants := func(grants ...string) string { return plain + "access: [{" + strings.Join(grants, "}, {") + "}]\n" }
	lent := func(whens ...string) string {
		text := "issuers: [{url: https://id.example.com}]\n"
		coda := "coda:\n  credentials:\n"
		for _, w := range whens {
			coda += "    - {when: {" + w + "}, token: \"${env:CODA_TOKEN}\"}\n"
		}
		return text + coda
	}
	for name, c := range map[string]struct {
		before, next string
		want         []string
	}{
		"nothing":          {plain, plain, nil},
		"a key that opens": {plain + "read_only: true\n", plain, []string{"read_only"}},
		"said otherwise":   {plain + "read_only: true\n", plain + "read_only: false\n", nil},
		"the default":      {plain + "read_only: false\n", plain, nil},
		"a free key":       {plain + "log: {level: debug}\n", plain, nil},
		"a cut-off": {with("not_before: 2026-01-31T00:00:00Z"), plain,
			[]string{"issuers[0].not_before"}},
		"a later cut-off": {with("not_before: 2026-01-31T00:00:00Z"), with("not_before: 2026-02-28T00:00:00Z"),
			nil},
		"audiences":   {with("audiences: [a]"), plain, []string{"issuers[0].audiences"}},
		"an audience": {with("audiences: [a, b]"), with("audiences: [b]"), nil},
		"clients":     {with("client_ids: [a]"), plain, []string{"issuers[0].client_ids"}},
		"any client": {with("client_ids: [a]"), with("client_ids: []"),
			[]string{"issuers[0].client_ids"}},
		"a client":        {with("client_ids: [a, b]"), with("client_ids: [a]"), nil},
		"algorithms":      {with("algorithms: [ES256]"), plain, []string{"issuers[0].algorithms"}},
		"type":            {with("token_type: at+jwt"), plain, []string{"issuers[0].token_type"}},
		"provider":        {with("provider: keycloak"), plain, []string{"issuers[0].provider"}},
		"required claims": {with("required_claims: {a: 1}"), plain, []string{"issuers[0].required_claims"}},
		"a required claim": {with("required_claims: {a: 1, b: 2}"), with("required_claims: {a: 1}"),
			[]string{"an entry of issuers[0].required_claims"}},
		"always asked": {with("introspection: {client_id: a, client_secret: b, always: true}"), plain,
			[]string{"issuers[0].introspection.always"}},
		"asked":     {with("introspection: {client_id: a, client_secret: b}"), plain, nil},
		"an issuer": {several(untyped, other), plain, []string{"the issuer https://a.example.com"}},
		"moved":     {several(typed, other), several(other, typed), nil},
		"moved and lost": {several(typed, other), several(other, untyped),
			[]string{"issuers[1].token_type"}},
		"revoked": {plain + "revoked: [{subject: a}]\n", plain, []string{"an entry of revoked"}},
		"one more revoked": {plain + "revoked: [{subject: a}]\n", plain + "revoked: [{subject: b}, {subject: a}]\n",
			nil},
		"one less revoked": {plain + "revoked: [{subject: a}, {subject: b}]\n", plain + "revoked: [{subject: b}]\n",
			[]string{"an entry of revoked"}},
		"access": {grants("when: {roles: [a]}, allow: [read]"), plain, []string{"access"}},
		"a grant": {grants("when: {roles: [a]}, allow: [read]", "when: {roles: [b]}, allow: [write]"),
			grants("when: {roles: [b]}, allow: [write]"), nil},
		"a new grant": {grants("when: {roles: [a], scopes: [coda:read]}, allow: [read]"),
			grants("when: {roles: [a], scopes: [coda:read]}, allow: [read]", "when: {scopes: [coda:read]}, allow: [read]"), nil},
		"a condition": {grants("allow: [read], when: {scopes: [coda:read], groups: [/a]}"),
			grants("allow: [read], when: {scopes: [coda:read]}"), []string{"access[0].when.groups"}},
		"a needed scope": {grants("allow: [read], when: {scopes: [coda:read, coda:write]}"),
			grants("allow: [read], when: {scopes: [coda:read]}"), []string{"an entry of access[0].when.scopes"}},
		"a group": {grants("allow: [read], when: {groups: [/a, /b]}"),
			grants("allow: [read], when: {groups: [/a]}"), nil},
		"another condition": {grants("allow: [read], when: {groups: [/a]}"),
			grants("allow: [read], when: {roles: [a]}"), nil},
		"a credential": {lent("groups: [/a]", ""), lent(""), []string{"an entry of coda.credentials"}},
		"whom it is for": {lent("groups: [/a], roles: [b]"), lent("groups: [/a]"),
			[]string{"coda.credentials[0].when.roles"}},
		"another group":      {lent("groups: [/a]"), lent("groups: [/b]"), nil},
		"one more group":     {lent("groups: [/a]"), lent("groups: [/a, /b]"), nil},
		"one more borrower":  {lent("groups: [/a]"), lent("roles: [b]", "groups: [/a]"), nil},
		"borrowers in order": {lent("groups: [/a]", "roles: [b]"), lent("roles: [b]", "groups: [/a]"), nil},
		"implied":            {plain + "scopes: {implies: {}}\n", plain, []string{"scopes.implies"}},
		"strictness": {plain + "compatibility: {version_mismatch: strict}\n", plain,
			[]string{"compatibility.version_mismatch"}},
	} {
		head := func(text string) string {
			if strings.Contains(text, "coda:\n") {
				return "public_url: https://mcp.example.com/mcp\n" + text
			}
			return lostHead + text
		}
		before, next := parseGood(t, head(c.before)), parseGood(t, head(c.next))
		if got := Lost(before, next); !slices.Equal(got, c.want) {
			t.Errorf("%s: lost %q, want %q", name, got, c.want)
		}
	}
}

func parseGood(t *testing.T, text string) *Config {
	t.Helper()
	cfg, _, err := Parse("gateway.yaml", []byte(text), testOptions())
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return cfg
}

// Each key of a file that has all of them is taken away by itself, and so is each entry of each list: what opens is
// found, and nothing else.
func TestLostByKey(t *testing.T) {
	t.Parallel()
	text := everything(t)
	before, kinds := parseGood(t, text), lossesByKey()
	// opens tells whether a key that is taken away with all below it opens anything.
	var opens func(n *yaml.Node, pattern string) bool
	opens = func(n *yaml.Node, pattern string) bool {
		for _, p := range []string{pattern, pattern + "[]"} {
			if kind, known := kinds[p]; known {
				return kind != free
			}
		}
		for i, child := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode && opens(child, pattern+"[]"),
				n.Kind == yaml.MappingNode && i%2 == 1 && opens(child, join(pattern, n.Content[i-1].Value)):
				return true
			}
		}
		return false
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	tried, keys, every := 0, 0, 1
	if testing.Short() {
		every = 10
	}
	without(doc.Content[0], "", func(gone, in *yaml.Node, pattern string) {
		if keys++; keys%every != 0 {
			return
		}
		left, err := yaml.Marshal(doc.Content[0])
		if err != nil {
			t.Fatal(err)
		}
		next, _, err := Parse("gateway.yaml", left, testOptions())
		if err != nil {
			return // it is refused, whoever asks
		}
		tried++
		list := in.Kind == yaml.SequenceNode
		want := !list && opens(gone, pattern)
		for p, kind := range kinds {
			entry, below := strings.CutPrefix(pattern, p)
			switch {
			case below && list && entry == "":
				want = kind == "" || kind == whole && len(in.Content) == 0
			case below && entry != "" && entry[0] == '.': // an entry of a map whose keys are data
				want = kind == ""
			case list && pattern == "coda.credentials":
				want = true // others decide for whom it was for
			case list && p == pattern+"[]":
				want = kind == ""
			}
		}
		if got := Lost(before, next); (len(got) > 0) != want {
			t.Errorf("without %s (of a list: %v): lost %q, want any: %v", pattern, list, got, want)
		}
	})
	if tried*every < 60 {
		t.Errorf("only %d keys and entries could be taken away by themselves", tried)
	}
}

var indices = regexp.MustCompile(`\[\d+\]`)

// without calls try with each key and each entry of a list taken away in turn: what is gone, of what, and where.
func without(n *yaml.Node, pattern string, try func(gone, in *yaml.Node, pattern string)) {
	all, step := n.Content, 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	for i := 0; i < len(all); i += step {
		here, below := pattern, pattern+"[]"
		if step == 2 {
			here = join(pattern, all[i].Value)
			below = here
		}
		gone := all[i+step-1]
		n.Content = slices.Concat(all[:i], all[i+step:])
		try(gone, n, here)
		n.Content = all
		without(gone, below, try)
	}
}

// leaves are the values of a configuration by their paths.
func leaves(cfg *Config) map[string]string {
	out := map[string]string{}
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		for i, child := range n.Content {
			switch {
			case n.Kind == yaml.SequenceNode:
				walk(child, item(path, i))
			case i%2 == 1:
				walk(child, join(path, n.Content[i-1].Value))
			}
		}
		if len(n.Content) == 0 {
			out[path] = n.Value
		}
	}
	walk(encode(reflect.ValueOf(cfg.File)), "")
	return out
}

func isFree(pattern string) bool {
	for p, kind := range lossesByKey() {
		if rest, below := strings.CutPrefix(pattern, p); below && kind == free && (rest == "" || strings.ContainsAny(rest[:1],
			".[")) {
			return true
		}
	}
	return false
}

// Whatever a file is cut off after: it is refused, or something is lost, or it opens nothing.
func TestLostByCutting(t *testing.T) {
	t.Parallel()
	waits, places, every := 0, 0, 1
	if testing.Short() {
		every = 10
	}
	for _, last := range []string{"issuers", "access", "revoked", "compatibility"} {
		text := rearranged(t, everything(t), last)
		before := parseGood(t, text)
		was := leaves(before)
		for end := range len(text) {
			if text[end] != '\n' && end%41 != 0 {
				continue
			}
			if places++; places%every != 0 {
				continue
			}
			next, _, err := Parse("gateway.yaml", []byte(text[:end]), testOptions())
			if err != nil {
				continue
			}
			if len(Lost(before, next)) > 0 {
				waits++
				continue
			}
			is := leaves(next)
			for path, value := range was {
				grant := strings.HasPrefix(path, "access[") && strings.HasPrefix(path, item("access", len(next.Access.Grants)))
				if value == redacted || value == "false" { // an issuer that is not asked at all
					continue
				}
				if is[path] != value && !grant && !isFree(indices.ReplaceAllString(path, "[]")) {
					t.Errorf("cut off after %s\n%s is %q instead of %q, and nothing is lost", text[max(0, end-60):end], path,
						is[path], value)
				}
			}
		}
	}
	if waits*every < 100 {
		t.Errorf("only %d of the cut files lose anything", waits)
	}
}

// rearranged has what is required first, so that much can be cut off, one key last, and each value on lines of its own.
func rearranged(t *testing.T, text, last string) string {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	rank := func(key string) int {
		if key == last {
			return 2
		}
		return 1 - len(regexp.MustCompile("^(public_url|coda|issuers|scopes|url|allow)$").FindString(key))
	}
	var sort func(n *yaml.Node)
	sort = func(n *yaml.Node) {
		n.Style &^= yaml.FlowStyle
		for _, child := range n.Content {
			sort(child)
		}
		if n.Kind != yaml.MappingNode {
			return
		}
		var pairs [][]*yaml.Node
		for pair := range slices.Chunk(n.Content, 2) {
			pairs = append(pairs, pair)
		}
		slices.SortStableFunc(pairs, func(a, b []*yaml.Node) int { return rank(a[0].Value) - rank(b[0].Value) })
		n.Content = slices.Concat(pairs...)
	}
	sort(doc.Content[0])
	out, err := yaml.Marshal(doc.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
