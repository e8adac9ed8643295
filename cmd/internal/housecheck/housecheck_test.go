package housecheck

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHouse holds the real source against all rules.
func TestHouse(t *testing.T) {
	s, err := Read(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Go) < 100 || len(s.Markdown) < 5 {
		t.Fatalf("read %d Go files and %d documents: this is not the whole source", len(s.Go), len(s.Markdown))
	}
	for _, f := range s.Check() {
		t.Error(f)
	}
}

// TestRules shows each rule finding something, and leaving what is right alone.
func TestRules(t *testing.T) {
	long := strings.Repeat("\t_ = 0\n", maxFunction)
	tests := map[string]struct {
		files map[string]string
		want  []string
	}{
		"a good package": {map[string]string{"coda/a.go": "// Package coda is it.\npackage coda\n\nimport " +
			"\"net/http\"\n\nvar _ http.Handler\n"}, nil},
		"imports that run up": {map[string]string{
			"coda/a.go": "// Package coda is it.\npackage coda\n\nimport _ " +
				"\"github.com/modelcontextprotocol/go-sdk/mcp\"\n",
			"coda/x/a.go":            "// Package x is it.\npackage x\n\nimport _ \"" + module + "/mcptools\"\n",
			"coda/y/a.go":            "// Package y is it.\npackage y\n\nimport _ \"" + module + "/coda/x\"\n",
			"gateway/admit/a.go":     "// Package admit is it.\npackage admit\n\nimport _ \"" + module + "/config\"\n",
			"gateway/site/a.go":      "// Package site is it.\npackage site\n\nimport _ \"" + module + "/gateway/edge\"\n",
			"gateway/site/a_test.go": "package site\n\nimport _ \"" + module + "/config\"\n",
			"mcptools/a.go": "// Package mcptools is it.\npackage mcptools\n\nimport (\n\t_ \"net/http\"\n\t_ " +
				"\"net/http/httptest\"\n\t_ \"net/url\"\n)\n",
			"cmd/a/main.go":   "// Command a is it.\npackage main\n\nimport _ \"" + module + "/config\"\n",
			"deploy/e2e/a.go": "// Command e2e is it.\npackage main\n\nimport _ \"" + module + "/config\"\n",
		}, []string{
			"coda/a.go:4: coda must not import github.com/modelcontextprotocol/go-sdk/mcp: the Coda client knows nothing of MCP",
			"coda/x/a.go:4: coda must not import mcptools: the Coda client is a library that stands on nothing of ours",
			"deploy/e2e/a.go:4: deploy must not import config: what puts parts of the gateway together lives in cmd",
			"gateway/admit/a.go:4: gateway must not import config: the gateway serves any tools with any configuration; cmd " +
				"puts them together",
			"mcptools/a.go:5: mcptools must not import net/http: tools know nothing of HTTP",
			"mcptools/a.go:6: mcptools must not import net/http/httptest: tools know nothing of HTTP",
		}},
		"a room that is none": {map[string]string{"internal/x/a.go": "// Package x is it.\npackage x\n", "NOTES.txt": "",
			".ci/run": ""}, []string{
			"NOTES.txt: does not belong into the top folder: put it into the room that it is about",
			"internal: does not belong into the top folder: put it into the room that it is about",
		}},
		"a name that says nothing": {map[string]string{"coda/util/a.go": "// Package util is it.\npackage util\n"}, []string{
			`coda/util/a.go: "util" says nothing: name the package after what it holds`,
		}},
		"no package comment": {map[string]string{"coda/a.go": "package coda\n", "coda/b.go": "package coda\n",
			"cmd/x/a_test.go": "package x\n"}, []string{
			"coda/a.go: the package has no comment: say above one of its package clauses what it is for",
		}},
		"a long file": {map[string]string{
			"coda/a.go":      "// Package coda is it.\npackage coda\n" + strings.Repeat("\n", maxFile-2),
			"coda/b.go":      "// Package coda is it.\npackage coda\n" + strings.Repeat("\n", maxFile-1),
			"coda/b_test.go": "package coda\n" + strings.Repeat("\n", maxFile),
		}, []string{"coda/b.go: 501 lines, at most 500: split it by what its parts are about"}},
		"a long function": {map[string]string{
			"coda/a.go": "// Package coda is it.\npackage coda\n\nfunc a() {\n" + long +
				"}\n\n// b does.\n// Long because it is a table.\nfunc b() {\n" + long + "}\n",
		}, []string{"coda/a.go:4: a has 82 lines, at most 80: split it, or say why not in its comment, in a line that " +
			"begins with \"Long because \""}},
		"a wide line": {map[string]string{
			"coda/a.go": "// Package coda is it.\npackage coda\n\n// " + strings.Repeat("ä", maxLine-3) + "\n// " +
				strings.Repeat("ä", maxLine-2) + "\n\nvar _ = `" + strings.Repeat("x", maxLine) + "`\n",
		}, []string{"coda/a.go:5: 121 characters, at most 120: break the line"}},
		"links": {map[string]string{
			"README.md": "# Top\n[a](coda/README.md) [b](coda/NONE.md) [c](#top) [d](#bottom) " +
				"[e](https://x.example/y)\n```\n[f](no)\n```\n",
			"coda/README.md": "## What it `does`, and why\n[up](../README.md#top) [here](#what-it-does-and-why) " +
				"[no](../README.md#what)\n",
		}, []string{
			"README.md:2: links to #bottom, but README.md has no such heading",
			"README.md:2: links to coda/NONE.md, which does not exist",
			"coda/README.md:2: links to ../README.md#what, but README.md has no such heading",
		}},
		"paths in the guide": {map[string]string{
			".github/CONTRIBUTING.md": "See `coda/a.go`, `coda/NAME.go`, `coda/testdata/*.txt`, `task x` and\n" +
				"`coda/b.go`, `gateway/NAME/README.md`.\n",
			"coda/a.go": "// Package coda is it.\npackage coda\n", "coda/testdata/a.txt": "",
		}, []string{
			".github/CONTRIBUTING.md:2: coda/b.go is no file; name the one that it became",
			".github/CONTRIBUTING.md:2: gateway/NAME/README.md is no file; name the one that it became",
		}},
		"a second door": {map[string]string{
			"gateway/admit/a.go": "// Package admit asks.\npackage admit\n\nvar _ = p.Decide(nil)\n",
			"gateway/site/a.go":  "// Package site asks too.\npackage site\n\nvar _ = p.Decide(nil)\n",
		}, []string{"gateway/site/a.go:4: only gateway/admit asks the policy; have it decide"}},
		"test data and downloads": {map[string]string{"coda/testdata/a.go": "no Go at all",
			"deploy/e2e/node_modules/x/README.md": "[a](b)"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for file, text := range test.files {
				tree[file] = &fstest.MapFile{Data: []byte(text)}
			}
			s, err := Read(tree)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range s.Check() {
				got = append(got, f.String())
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}
