package mcptools

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bestviable/coda-gateway/mcptools/kit"
)

func TestCatalogueTexts(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^coda_[a-z_]{1,59}$`)
	groups := []string{kit.GroupRead, kit.GroupWrite, kit.GroupDestructive, kit.GroupEffects, kit.GroupAdmin}
	all := specs()
	for i, s := range all {
		if !name.MatchString(s.Name) {
			t.Errorf("%s: not a name that every client takes", s.Name)
		}
		if i > 0 && all[i-1].Name >= s.Name {
			t.Errorf("%s: not in order, or twice", s.Name)
		}
		if s.Title == "" || !slices.Contains(groups, s.Group) {
			t.Errorf("%s: title %q, group %q", s.Name, s.Title, s.Group)
		}
		for _, text := range append(texts(t, s), s.Description) {
			if strings.ContainsAny(text, "<>&\n") {
				t.Errorf("%s: %q holds a character that JSON would blow up", s.Name, text)
			}
		}
		if n := strings.Count(s.Description, ". "); n < 1 {
			t.Errorf("%s: the description says only what the tool does, not when to use it", s.Name)
		}
	}
}

// texts are the descriptions of a tool's arguments.
func texts(t *testing.T, s kit.Spec) []string {
	var schema jsonschema.Schema
	if err := json.Unmarshal(s.Tool(nil).InputSchema.(json.RawMessage), &schema); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, p := range schema.Properties {
		all = append(all, p.Description)
	}
	return all
}

// mostOutputBytes is what the schema of a structured half may take of the list.
const mostOutputBytes = 300

func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, s := range specs() {
		tool := s.Tool(nil)
		out, _ := tool.OutputSchema.(json.RawMessage)
		if (len(out) > 0) != s.Changes() || len(out) > mostOutputBytes {
			t.Errorf("%s changes something: %t, and its output schema has %d bytes: %s", s.Name, s.Changes(), len(out), out)
		}
		for _, raw := range []any{tool.InputSchema, tool.OutputSchema} {
			if raw == nil {
				continue // tools that only read have no structured half
			}
			var schema jsonschema.Schema
			if err := json.Unmarshal(raw.(json.RawMessage), &schema); err != nil {
				t.Fatalf("%s: %v", s.Name, err)
			}
			if _, err := schema.Resolve(nil); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			checkDraft(t, s.Name, raw.(json.RawMessage))
			if schema.Type != "object" {
				t.Errorf("%s: schema is of type %q", s.Name, schema.Type)
			}
			for property, p := range schema.Properties {
				if p.Types != nil || p.AnyOf != nil || p.OneOf != nil || p.AllOf != nil {
					t.Errorf("%s: %s is a union, which some clients cannot read", s.Name, property)
				}
			}
		}
		a := tool.Annotations
		if a.ReadOnlyHint != (s.Group == kit.GroupRead || s.LooksOnly) || a.DestructiveHint == nil ||
			a.OpenWorldHint == nil || a.ReadOnlyHint && *a.DestructiveHint {
			t.Errorf("%s: annotations %+v do not fit the group %s", s.Name, a, s.Group)
		}
	}
}

// checkDraft holds a schema against the meta-schema of draft 2020-12.
func checkDraft(t *testing.T, name string, raw []byte) {
	t.Helper()
	document, err := validator.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := validator.NewCompiler()
	compiler.DefaultDraft(validator.Draft2020)
	if err := compiler.AddResource("mem:///schema.json", document); err != nil {
		t.Fatal(err)
	}
	if _, err := compiler.Compile("mem:///schema.json"); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// Wherever a tool is spoken of, there is one; and what the core says speaks of the core alone, because nothing else is
// sure to be there.
func TestToolsThatAreSpokenOf(t *testing.T) {
	t.Parallel()
	sets := make(map[string]string)
	for _, s := range specs() {
		sets[s.Name] = s.Set
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := filepath.Glob("*/*.go")
	if err != nil || len(rooms) == 0 {
		t.Fatalf("no rooms: %v", err)
	}
	files = append(files, rooms...)
	spoken := regexp.MustCompile(`coda_[a-z_]+[a-z]`)
	for _, file := range append(files, "instructions.md") {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		optional := filepath.Dir(file) == "sets"
		for _, name := range spoken.FindAllString(string(raw), -1) {
			set, ok := sets[name]
			if !ok {
				t.Errorf("%s speaks of %s, which there is not", file, name)
			} else if set != "" && !optional {
				t.Errorf("%s speaks of %s, which is only there with the set %s", file, name, set)
			}
		}
	}
}

func TestUnknownSet(t *testing.T) {
	t.Parallel()
	_, err := selected([]string{"no-such-set"})
	if err == nil || !strings.Contains(err.Error(), `no tool set "no-such-set"`) {
		t.Errorf("got %v", err)
	}
}
