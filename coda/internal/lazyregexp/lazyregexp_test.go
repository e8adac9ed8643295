package lazyregexp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestRegexp(t *testing.T) {
	r := New(`^(\d+)-(\d+)$`)
	if !r.MatchString("1-22") || r.MatchString("1-") {
		t.Error("matches are not regexp's")
	}
	if got := r.FindStringSubmatch("1-22"); len(got) != 3 || got[2] != "22" {
		t.Errorf("parts: %q", got)
	}
	if got := New(`\d`).ReplaceAllString("a1b2", "-"); got != "a-b-" {
		t.Errorf("replaced: %q", got)
	}
	if got := New(`\d`).FindAllStringIndex("a1b2", -1); len(got) != 2 || got[1][0] != 3 {
		t.Errorf("found at %v", got)
	}
}

// A mistake in an expression must not wait for the first person who needs it: all that the client names compile.
func TestAllExpressionsCompile(t *testing.T) {
	found := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("../..", path), nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.SelectorExpr); !ok || name.Sel.Name != "New" {
				return true
			} else if pkg, ok := name.X.(*ast.Ident); !ok || pkg.Name != "lazyregexp" {
				return true
			}
			text, ok := call.Args[0].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: an expression is no literal, so that this test cannot read it", path)
				return true
			}
			expression, err := strconv.Unquote(text.Value)
			if err == nil {
				_, err = regexp.Compile(expression)
			}
			if err != nil {
				t.Errorf("%s: %s: %v", path, text.Value, err)
			}
			found++
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 30 {
		t.Errorf("only %d expressions were found", found)
	}
}
