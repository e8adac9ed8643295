package mcptools

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/bestviable/coda-gateway/coda/codatest"
	"github.com/bestviable/coda-gateway/mcptools/kit"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestGolden makes the call of each file in testdata/golden against the demo workspace and compares what came of it:
// the result in both forms, the requests that Coda got, what the person was asked and what progress was told. The first
// lines of a file say what it shows; lines with a colon are options:
//
//	token: read-only | roadmap | features | write-only | lin   which of the demo's tokens the server uses
//	sets: sharing folders                          optional tool sets
//	answer: yes | no | cancel                      how the person answers; without it the client cannot ask
//	manners: realistic                             Coda as slow and stale as the real one
//	client: legacy                                 a client of an earlier revision
//	confirm: yes                                   the call is made again with the confirm that it asked for
//	first: coda_tool {…}                           a call that is made before, and all of it applied
//	then: doc table row {…}                        what somebody else writes into a row behind that
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/golden/*/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	shown := make(map[string]bool)
	for _, file := range files {
		shown[filepath.Base(filepath.Dir(file))] = true
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "testdata/golden/"), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { golden(t, file, archive) })
		})
	}
	for _, s := range specs() {
		if !shown[strings.TrimPrefix(s.Name, "coda_")] {
			t.Errorf("%s has no golden file", s.Name)
		}
	}
}

func golden(t *testing.T, file string, archive *txtar.Archive) {
	o, err := goldenOptions(string(archive.Comment))
	if err != nil {
		t.Fatal(err)
	}
	tool := "coda_" + filepath.Base(filepath.Dir(file))
	w := newWorld(t, o)
	for _, first := range o.first {
		w.said(first[0], first[1])
	}
	if m := o.meddling; m != nil {
		var values map[string]any
		if err := json.Unmarshal([]byte(m[3]), &values); err != nil {
			t.Fatal(err)
		}
		w.coda.Doc(m[0]).Table(m[1]).SetCells(m[2], values)
	}
	w.coda.ResetRequests()
	arguments := section(archive, "arguments")
	call := w.call
	if o.confirm {
		call = func(tool string, arguments any) *mcp.CallToolResult { return w.agreed(tool, arguments) }
	}
	result := call(tool, arguments)
	synctest.Wait() // for notifications that come behind the result
	if !result.IsError {
		checkHalves(t, tool, result)
	}
	got := &txtar.Archive{Comment: archive.Comment, Files: []txtar.File{{Name: "arguments", Data: []byte(arguments)}}}
	add := func(name, text string) {
		if text != "" {
			got.Files = append(got.Files, txtar.File{Name: name, Data: []byte(strings.TrimRight(text, "\n") + "\n")})
		}
	}
	add("requests", w.requests())
	w.mu.Lock()
	add("asked", strings.Join(w.asked, "\n"))
	add("progress", strings.Join(w.progress, "\n"))
	w.mu.Unlock()
	if result.IsError {
		add("error", textOf(result))
	} else {
		add("text", textOf(result))
		if result.StructuredContent != nil {
			raw, err := json.MarshalIndent(result.StructuredContent, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			add("structured", strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(raw)))
		}
	}
	formatted := unmarked(txtar.Format(got))
	if *update {
		if err := os.WriteFile(file, formatted, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := txtar.Format(archive); !bytes.Equal(formatted, want) {
		t.Errorf("the exchange has changed (write it anew with -update):\n%s",
			firstDifference(string(formatted), string(want)))
	}
}

// batchID is that of a batch and changeID that of a change, which are others each time.
var (
	batchID  = regexp.MustCompile(`(batch"?(?:=|: ?))"b[a-z2-7]{10}"`)
	changeID = regexp.MustCompile(`\bch-[a-z2-7]{10}\b(\.\d)*`)
)

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

var goldenTokens = map[string]string{
	"read-only": codatest.DemoTokenReadOnly, "write-only": codatest.DemoTokenWriteOnly,
	"roadmap":  codatest.DemoTokenRoadmap,
	"features": codatest.DemoTokenFeatures, "lin": codatest.DemoTokenLin,
}

func goldenOptions(comment string) (worldOptions, error) {
	var o worldOptions
	for line := range strings.Lines(comment) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		switch name {
		case "token":
			if o.token = goldenTokens[value]; o.token == "" {
				return o, fmt.Errorf("there is no token %q", value)
			}
		case "sets":
			o.sets = strings.Fields(value)
		case "answer":
			o.reply = replies[value]
		case "confirm":
			o.confirm = value == "yes"
		case "manners":
			realistic := codatest.Realistic()
			o.behavior = &realistic
		case "first":
			tool, arguments, _ := strings.Cut(value, " ")
			o.first = append(o.first, [2]string{tool, arguments})
		case "then":
			o.meddling = strings.SplitN(value, " ", 4)
		case "client":
			o.legacy = value == "legacy"
			o.reply = replies["yes"]
		default:
			return o, fmt.Errorf("there is no option %q", name)
		}
	}
	return o, nil
}

var replies = map[string]func(string) *mcp.ElicitResult{
	"yes": func(string) *mcp.ElicitResult {
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": true}}
	},
	"no": func(string) *mcp.ElicitResult {
		return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"confirm": false}}
	},
	"cancel": func(string) *mcp.ElicitResult { return &mcp.ElicitResult{Action: "cancel"} },
}

// checkHalves holds the two halves of an answer against each other: a tool that reads has the text alone; of one that
// writes the text follows from the structured half, and all that the structured half holds stands in the text.
func checkHalves(t testing.TB, tool string, result *mcp.CallToolResult) {
	t.Helper()
	s := specs()[slices.IndexFunc(specs(), func(s kit.Spec) bool { return s.Name == tool })]
	schema, writes := s.Tool(nil).OutputSchema.(json.RawMessage)
	if !writes || result.NeedsInput() {
		if result.StructuredContent != nil {
			t.Errorf("a structured half where there is nothing to tell: %v", result.StructuredContent)
		}
		return
	}
	if len(schema) > 120 {
		t.Errorf("the output schema has %d bytes: %s", len(schema), schema)
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	text, err := s.Say(raw)
	if err != nil {
		t.Fatal(err)
	}
	text = string(unmarked([]byte(text)))
	if got := string(unmarked([]byte(textOf(result)))); strings.TrimSpace(got) != strings.TrimSpace(text) {
		t.Errorf("the text does not follow from the structured half:\n%s", firstDifference(got, text))
	}
	checkOutput(t, schema, raw)
	var half map[string]any
	if err := json.Unmarshal(raw, &half); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.Output {
		if value, ok := half[f.Name]; ok && kindOf(value) != f.Kind {
			t.Errorf("%s is %T, which its output does not say", f.Name, value)
		}
	}
	effect, _ := half["effect"].(map[string]any)
	if one := slices.Collect(maps.Values(effect)); slices.Equal(one, []any{1.0}) {
		delete(half, "effect") // of one thing the text says what became of it
	}
	lower := strings.ToLower(textOf(result)) // with the same marks as the other half
	scalars(half, func(v any) {
		escaped, err := kit.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		forms := []string{fmt.Sprint(v), strings.Trim(string(escaped), `"`)}
		if n, ok := v.(float64); ok {
			forms = append(forms, kit.Thousands(int(n)))
		}
		for _, form := range forms {
			if strings.Contains(lower, strings.ToLower(form)) {
				return
			}
		}
		t.Errorf("the text does not tell %v, which the structured half does", v)
	})
}

// kindOf is the kind of a JSON value; a list of lists has none.
func kindOf(v any) any {
	switch v := v.(type) {
	case string:
		return kit.KindString
	case float64:
		return kit.KindInteger
	case bool:
		return kit.KindBoolean
	case map[string]any:
		return kit.KindObject
	case []any:
		switch v[0].(type) {
		case string:
			return kit.KindStrings
		case map[string]any:
			return kit.KindObjects
		}
	}
	return nil
}

var marks = regexp.MustCompile(`(</?coda-content) [a-z0-9]{8}>`)

// unmarked takes out what is another in each answer: the word in the marks, and the ids of changes and batches.
func unmarked(text []byte) []byte {
	text = batchID.ReplaceAll(text, []byte(`$1"b…"`))
	return changeID.ReplaceAll(marks.ReplaceAll(text, []byte("$1>")), []byte("ch-…"))
}

// plain is the text of an answer with marks that are the same in each.
func plain(result *mcp.CallToolResult) string { return string(unmarked([]byte(textOf(result)))) }

// scalars visits all texts, numbers and booleans in a value.
func scalars(v any, visit func(any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			scalars(item, visit)
		}
	case []any:
		for _, item := range v {
			scalars(item, visit)
		}
	case nil:
	default:
		visit(v)
	}
}

// checkOutput holds a structured half against the tool's own output schema.
func checkOutput(t testing.TB, schema, half json.RawMessage) {
	t.Helper()
	var parsed jsonschema.Schema
	if err := json.Unmarshal(schema, &parsed); err != nil {
		t.Fatal(err)
	}
	resolved, err := parsed.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal(half, &value); err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(value); err != nil {
		t.Errorf("the answer does not fit the output schema: %v", err)
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			end := min(i+12, len(g))
			wend := min(i+12, len(w))
			return fmt.Sprintf("line %d\n--- got\n%s\n--- want\n%s", i+1, strings.Join(g[i:end], "\n"),
				strings.Join(w[min(i, wend):wend], "\n"))
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
