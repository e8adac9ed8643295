package call

import (
	"bytes"
	"context"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write generated files anew")

func TestTheFirstWordCounts(t *testing.T) {
	t.Parallel()
	c := &Call{Time: time.Now()}
	if From(With(t.Context(), c)) != c || From(context.Background()) != nil {
		t.Error("From finds another call")
	}
	c.End(Denied, "role_missing", "first")
	c.End(OK, "", "second")
	c.Decided("role_missing", "")
	for _, doc := range []string{"a", "b", "a", ""} {
		c.CodaRequest(Request{Doc: doc})
	}
	c.Finish(200, 5)
	c.End(Panic, "", "late")
	c.CodaRequest(Request{Doc: "late"})
	c.Finish(500, 0)
	if c.Outcome != Denied || c.Reason != "role_missing" || c.Detail != "first" || c.Status != 200 || c.Bytes != 5 {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.Docs, []string{"a", "b"}) || c.CodaRequests != 4 {
		t.Errorf("%d requests about %v", c.CodaRequests, c.Docs)
	}
}

// A call remembers so many documents and no more, whatever a tool walks through.
func TestDocsAreBounded(t *testing.T) {
	t.Parallel()
	c := &Call{}
	for i := range 3 * MaxDocs {
		c.CodaRequest(Request{Doc: strconv.Itoa(i)})
	}
	if len(c.Docs) != MaxDocs || c.CodaRequests != 3*MaxDocs {
		t.Errorf("%d documents of %d requests", len(c.Docs), c.CodaRequests)
	}
}

// What grants that are not in force would have decided of documents is told of all of them, and comes before what they
// say of the tool alone.
func TestDryRunsAreToldWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		told [][2]string
		want string
	}{
		{nil, ""},
		{[][2]string{{"", "deny"}}, "deny"},
		{[][2]string{{"", "allow by access[1], in its docs alone"}, {"d", "deny"}}, "deny"},
		{[][2]string{{"", "deny"}, {"d", "allow by access[1]"}, {"e", "deny"}, {"d", "allow by access[1]"}, {"", "deny"},
			{"f", ""}}, "allow by access[1]; deny"},
	} {
		c := &Call{}
		for _, told := range test.told {
			c.WouldDecide(told[0], told[1])
		}
		if c.DryRun != test.want {
			t.Errorf("%q: %q, want %q", test.told, c.DryRun, test.want)
		}
	}
	c := &Call{}
	for i := range 1000 {
		c.WouldDecide("d", strconv.Itoa(i))
	}
	if len(c.DryRun) > maxDryRun+10 {
		t.Errorf("%d bytes", len(c.DryRun))
	}
}

// A tool's error has the last fault of Coda for its reason; one that Coda answered well after has none.
func TestAToolErrorNamesTheFault(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		faults []Reason
		want   Reason
	}{{nil, ""}, {[]Reason{"", CodaRateLimited}, CodaRateLimited}, {[]Reason{CodaRateLimited, ""}, ""}} {
		c := &Call{}
		for _, f := range test.faults {
			c.CodaRequest(Request{Doc: "d", Fault: f})
		}
		c.ToolFailed()
		if c.Outcome != ToolError || c.Reason != test.want {
			t.Errorf("%v: %s %q", test.faults, c.Outcome, c.Reason)
		}
	}
}

// Methods are searched by halves; what the protocol does not have, and what begins like one of them, is not known.
func TestKnownMethods(t *testing.T) {
	t.Parallel()
	if !slices.IsSorted(methods) {
		t.Error("the methods are not sorted")
	}
	for name, want := range map[string]bool{"tools/call": true, "initialize": true, "": false, "tools/calls": false} {
		if own, known := KnownMethod(name); known != want || known != (own == name && name != "") {
			t.Errorf("%q: %q, %v", name, own, known)
		}
	}
}

// A reason that one error code has names it, and each code is that of its reason.
func TestRPCCodes(t *testing.T) {
	t.Parallel()
	for _, r := range Reasons() {
		if code := RPCCode(r.Reason); code != 0 && OfRPC(code) != r.Reason {
			t.Errorf("%s has the code %d, which is %s", r.Reason, code, OfRPC(code))
		}
	}
	if RPCCode(MethodNotFound) != -32601 || RPCCode(OtherError) != 0 || RPCCode(LimitPerson) != 0 {
		t.Error("a code is lost or made up")
	}
}

func TestAnswersNobodyExplained(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]Outcome{0: Aborted, 200: OK, 307: OK, 404: BadRequest, 500: BadRequest} {
		c := &Call{}
		if c.Finish(status, 0); c.Outcome != want {
			t.Errorf("%d: %s, want %s", status, c.Outcome, want)
		}
	}
}

// Every constant of the kind has its line in the list, and no line stands twice: what is not explained must not get
// into a log.
func TestTheListsAreComplete(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, o := range Outcomes() {
		listed = append(listed, "Outcome "+string(o.Outcome))
		if o.Status == "" || o.Meaning == "" || o.Do == "" || o.Alert == "" {
			t.Errorf("outcome %s is not explained", o.Outcome)
		}
	}
	for _, r := range Reasons() {
		listed = append(listed, "Reason "+string(r.Reason))
		if len(r.Of) == 0 || r.Meaning == "" || r.Do == "" {
			t.Errorf("reason %s is not explained", r.Reason)
		}
	}
	slices.Sort(listed)
	if compact := slices.Compact(slices.Clone(listed)); len(compact) != len(listed) {
		t.Errorf("something is listed twice in %v", listed)
	}
	var declared []string
	for _, dir := range []struct{ path, prefix string }{{".", ""}, {"../token", "Reason"}, {"../access", "Code"}} {
		for name, constant := range constants(t, dir.path) {
			switch {
			case constant.kind == "Reason", constant.kind == "Outcome" && dir.path == ".":
				declared = append(declared, constant.kind+" "+constant.value)
			case dir.prefix == "Code" && strings.HasPrefix(name, "Code"):
				declared = append(declared, "Reason "+constant.value)
			}
		}
	}
	slices.Sort(declared)
	declared = slices.Compact(declared)
	for _, d := range declared {
		if !slices.Contains(listed, d) {
			t.Errorf("%q has no line in Outcomes or Reasons of gateway/call; add one that says what it means and what to do",
				d)
		}
	}
	for _, l := range listed {
		if !slices.Contains(declared, l) {
			t.Errorf("%q is listed and declared nowhere", l)
		}
	}
}

type constant struct{ kind, value string }

// constants reads the string constants of a package from its source.
func constants(t *testing.T, dir string) map[string]constant {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	found := map[string]constant{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST {
				continue
			}
			for _, spec := range gen.Specs {
				v := spec.(*ast.ValueSpec)
				kind, _ := v.Type.(*ast.Ident)
				for i, name := range v.Names {
					if i >= len(v.Values) {
						continue
					}
					literal, ok := v.Values[i].(*ast.BasicLit)
					if !ok || literal.Kind != token.STRING {
						continue
					}
					value, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					c := constant{value: value}
					if kind != nil {
						c.kind = kind.Name
					}
					found[name.Name] = c
				}
			}
		}
	}
	return found
}

const (
	tableBegin = "<!-- outcomes: written by go test ./gateway/call -run TestTable -update -->\n"
	tableEnd   = "<!-- end of outcomes -->"
)

// The README of the gateway shows the lists as they are.
func TestTable(t *testing.T) {
	t.Parallel()
	const file = "../README.md"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), tableBegin)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		t.Fatalf("%s has no place for the tables: put the line %q and the line %q where they belong", file,
			strings.TrimSpace(tableBegin), tableEnd)
	}
	var tables bytes.Buffer
	if err := WriteTables(&tables); err != nil {
		t.Fatal(err)
	}
	want := before + tableBegin + "\n" + tables.String() + tableEnd + after
	if string(raw) == want {
		return
	}
	if !*update {
		t.Fatalf("the tables of outcomes and reasons in %s are not current; write them anew with -update", file)
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
