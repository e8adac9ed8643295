package config

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	providers "github.com/bestviable/coda-gateway/gateway/provider"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// README.md is written from the tags of the file's types: go test ./config -run Reference -update.
func TestReference(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	fmt.Fprintf(&b, referenceIntro, strings.Join(secretKeys("", reflect.TypeFor[File]()), ", "), guards())
	section(&b, "", reflect.TypeFor[File](), "Every file has public_url, issuers and coda; the rest is optional.")
	b.WriteString(presetTable(t))
	golden(t, "README.md", b.String())
}

const referenceIntro = `# gateway.yaml

One YAML file, read strictly: an unknown key, a wrong type, a bad URL or a duplicate key is an error that names the
line, the column and what to write instead. All problems are reported at once. A key that is absent or has no value gets
its default.

` + "`coda-gateway check --config gateway.yaml`" + ` validates the file and prints what is in effect.
` + "`coda-gateway schema`" + ` prints the JSON Schema for editors.

**Secrets** (%s) are written as
` + "`${env:NAME}`" + ` or ` + "`${file:/absolute/path}`" +
	`; a trailing line break is removed. A missing or empty secret is an error. A secret file
that every user can read, or a secret written in the configuration itself, is a warning. Nothing else in the file is
expanded.

**URLs** must be https; http is allowed only for loopback hosts (localhost, 127.0.0.0/8, ::1).

**Changes** to the file, its secrets and its certificates take effect within seconds, or immediately on SIGHUP. If the new
file is invalid, the previous configuration stays in force; the log and ` + "`/readyz`" + ` say why. A file that loses a key that
restricts access may have been saved only in part, so it waits for SIGHUP. This applies to: %s.

The smallest file:

` + "```yaml" + `
public_url: https://mcp.example.com/mcp
issuers:
  - url: https://id.example.com/realms/company
    provider: keycloak
coda:
  token: ${file:/run/secrets/coda-token}
` + "```" + `
`

// guards are the keys that keep something closed, the longest list of them that has one name.
func guards() string {
	var list []string
	eachLoss("", reflect.TypeFor[File](), func(pattern string, l looseness) {
		section, _, _ := strings.Cut(pattern, "[")
		if name := "`" + section + "`"; l != free && section != "issuers" && section != "access" {
			list = append(list, name)
		}
	})
	return "an issuer or a requirement for its tokens, `access` or a condition of a grant, " +
		strings.Join(slices.Compact(list), ", ")
}

// secretKeys are the keys that hold secrets.
func secretKeys(path string, t reflect.Type) []string {
	var list []string
	for _, f := range fieldsOf(t) {
		typ, at := f.typ, join(path, f.key)
		if typ.Kind() == reflect.Slice {
			typ, at = typ.Elem(), at+"[]"
		}
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if f.secret {
			list = append(list, "`"+at+"`")
		} else if isSection(typ) {
			list = append(list, secretKeys(at, typ)...)
		}
	}
	return list
}

// section writes the keys of one mapping, then the mappings below it.
func section(b *bytes.Buffer, path string, t reflect.Type, doc string) {
	title := "`" + path + "`"
	if path == "" {
		title = "Top level"
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| Key | Form | Default | Meaning |\n|---|---|---|---|\n", title, doc)
	type below struct {
		path string
		typ  reflect.Type
		doc  string
	}
	var later []below
	for _, f := range fieldsOf(t) {
		typ, suffix := f.typ, ""
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.Slice && isSection(typ.Elem()) {
			typ, suffix = typ.Elem(), "[]"
		}
		form := formOf(typ, f)
		if isSection(typ) {
			at := join(path, f.key) + suffix
			later = append(later, below{at, typ, f.doc})
			form = "see below"
			if suffix != "" {
				form = "list, see below"
			}
		}
		byDefault := "–"
		switch {
		case f.required:
			byDefault = "**required**"
		case f.def == fromPreset:
			node := presetDefault(f.key)
			byDefault = "by preset; generic: `" + flow(node) + "`"
		case f.def != "":
			byDefault = "`" + flow(parseDefault(f)) + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.key, form, byDefault, strings.ReplaceAll(f.doc, "|", `\|`))
	}
	for _, s := range later {
		section(b, s.path, s.typ, s.doc)
	}
}

func formOf(t reflect.Type, f field) string {
	zero := reflect.Zero(t).Interface()
	if e, ok := zero.(enum); ok {
		return strings.Join(e.values(), ", ")
	}
	form := ""
	switch {
	case f.secret && t.Kind() == reflect.Slice:
		form = "list of secrets"
	case f.secret:
		form = "secret"
	case t.Kind() == reflect.Bool:
		form = "boolean"
	case t.Kind() == reflect.Slice && f.single:
		form = "text or list"
	case t.Kind() == reflect.Slice:
		form = "list"
	case t.Kind() == reflect.Map:
		form = "mapping"
	default:
		form = "text"
	}
	return form + ", as in `" + f.example + "`"
}

// flow writes a value on one line.
func flow(n *yaml.Node) string {
	var set func(n *yaml.Node)
	set = func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			n.Style = yaml.FlowStyle
		}
		for _, c := range n.Content {
			set(c)
		}
	}
	set(n)
	text, err := yaml.Marshal(n)
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(text))
}

// presetTable says what each preset changes.
func presetTable(t *testing.T) string {
	t.Helper()
	rows := func(name string) map[string]string {
		issuer, err := token.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		f := issuerAsFile(issuer)
		out := map[string]string{}
		for prefix, part := range map[string]reflect.Value{"": reflect.ValueOf(f), "claims.": reflect.ValueOf(f.Claims)} {
			for _, key := range fieldsOf(part.Type()) {
				if key.def == fromPreset {
					out[prefix+key.key] = flow(encode(part.Field(key.index)))
				}
			}
		}
		return out
	}
	var b strings.Builder
	b.WriteString("\n## Presets\n\nWhat `provider` changes against generic. The effective values are in the output of " +
		"`coda-gateway check`.\n\n| Provider | Key | Value |\n|---|---|---|\n")
	generic := rows("generic")
	keys := append(names(fieldsOf(reflect.TypeFor[issuerFile]())), names(fieldsOf(reflect.TypeFor[claimsFile]()))...)
	for _, name := range providers.Names()[1:] {
		changed := false
		its := rows(name)
		for i, key := range keys {
			if i >= reflect.TypeFor[issuerFile]().NumField() {
				key = "claims." + key
			}
			if its[key] != generic[key] {
				fmt.Fprintf(&b, "| %s | `%s` | `%s` |\n", name, key, its[key])
				changed = true
			}
		}
		if !changed {
			fmt.Fprintf(&b, "| %s | – | as generic |\n", name)
		}
	}
	return b.String()
}

// The smallest file that the reference shows is the one that is tested.
func TestReferenceExampleWorks(t *testing.T) {
	t.Parallel()
	_, after, _ := strings.Cut(referenceIntro, "```yaml\n")
	example, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("no example")
	}
	if _, warnings, err := Parse("README.md", []byte(example), testOptions()); err != nil || len(warnings) > 0 {
		t.Errorf("%v %v", warnings, err)
	}
}

// What the problems tell to write must be right itself.
func TestExamplesDecode(t *testing.T) {
	t.Parallel()
	var walk func(path string, typ reflect.Type)
	walk = func(path string, typ reflect.Type) {
		for _, f := range fieldsOf(typ) {
			below := f.typ
			if below.Kind() == reflect.Pointer || below.Kind() == reflect.Slice {
				below = below.Elem()
			}
			at := join(path, f.key)
			if isSection(below) {
				walk(at, below)
			}
			if f.example == "" {
				if !isSection(below) {
					t.Errorf("%s has no example", at)
				}
				continue
			}
			f.def = f.example
			d := &decoder{places: map[string]place{}, budget: maxNodes}
			d.into(at, parseDefault(f), reflect.New(f.typ).Elem(), f)
			for _, p := range d.problems {
				t.Errorf("the example of %s: %v", at, p)
			}
		}
	}
	walk("", reflect.TypeFor[File]())
}
