package mcptools

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/txtar"
)

// Every argument of every tool is used in some golden exchange, scenario or test, so that none can be dead.
func TestEveryArgumentIsUsed(t *testing.T) {
	t.Parallel()
	used := usedArguments(t)
	for _, s := range specs() {
		var schema jsonschema.Schema
		if err := json.Unmarshal(s.Tool(nil).InputSchema.(json.RawMessage), &schema); err != nil {
			t.Fatal(err)
		}
		for name := range schema.Properties {
			if !strings.Contains(used[s.Name], `"`+name+`"`) {
				t.Errorf("no test uses the argument %s of %s", name, s.Name)
			}
		}
	}
}

// usedArguments gathers by tool what it is called with.
func usedArguments(t *testing.T) map[string]string {
	used := make(map[string]string)
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	golden, err := filepath.Glob("testdata/golden/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, golden...) {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if m := callSection.FindStringSubmatch(f.Name); m != nil {
				used[m[2]] += string(f.Data)
			} else if f.Name == "arguments" {
				used["coda_"+filepath.Base(filepath.Dir(file))] += string(f.Data)
			}
		}
	}
	tests, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := regexp.MustCompile(`"(coda_[a-z_]+)"[,:]\s*([^\n]*)`)
	additions := regexp.MustCompile(`arguments\["[a-z_]+"\]`)
	for _, file := range tests {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		added := strings.Join(additions.FindAllString(string(raw), -1), "\n")
		for _, m := range calls.FindAllStringSubmatch(string(raw), -1) {
			used[m[1]] += m[2] + added
		}
	}
	return used
}
