package housecheck

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bestviable/coda-gateway/config"
)

// TestBounds holds the table of bounds of gateway/README.md to the code and to the configuration's defaults.
func TestBounds(t *testing.T) {
	text, err := os.ReadFile("../../../gateway/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "<!-- bounds: ")
	table, _, ended := strings.Cut(table, "<!-- end of bounds -->")
	if !found || !ended {
		t.Fatal("gateway/README.md has no table of bounds")
	}
	schema, err := config.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	known := &bounds{folders: map[string]map[string]ast.Expr{}}
	if err := json.Unmarshal(schema, &known.schema); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| What ") {
			continue
		}
		rows++
		said := quantities(cells[1])
		var real []int64
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			values, err := known.of(m[1])
			if err != nil {
				t.Errorf("%s: %v", m[1], err)
			}
			real = append(real, values...)
		}
		if len(real) == 0 || !slices.Equal(said, real) {
			t.Errorf("%s is said to be%s, which is %d; %s says %d", strings.TrimSpace(cells[0]), cells[1], said,
				strings.TrimSpace(cells[2]), real)
		}
	}
	if rows < 50 {
		t.Errorf("the table has %d bounds", rows)
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

// quantity is a number with or without a unit: as people write it, and as the configuration does.
var quantity = regexp.MustCompile(`([0-9][0-9,]*) ?(KiB|MiB|ms|min|m|s|h)?\b`)

var units = map[string]int64{
	"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "ms": 1e6, "s": 1e9, "m": 60e9, "min": 60e9, "h": 3600e9,
}

func quantities(text string) (all []int64) {
	for _, m := range quantity.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
		if err == nil {
			all = append(all, n*units[m[2]])
		}
	}
	return all
}

// bounds finds out what a bound is.
type bounds struct {
	schema  schemaNode
	folders map[string]map[string]ast.Expr
}

type schemaNode struct {
	Properties map[string]schemaNode
	Default    any
}

// of is the value of a constant, such as gateway/site smallBody, or of a key's default, such as runtime.bodies.
func (b *bounds) of(name string) ([]int64, error) {
	if folder, constant, is := strings.Cut(name, " "); is {
		n, err := b.constant(folder, constant)
		return []int64{n}, err
	}
	node := b.schema
	for key := range strings.SplitSeq(name, ".") {
		next, ok := node.Properties[key]
		if !ok {
			return nil, fmt.Errorf("the configuration has no key %s", key)
		}
		node = next
	}
	return quantities(fmt.Sprint(node.Default)), nil
}

func (b *bounds) constant(folder, name string) (int64, error) {
	known := b.folders[folder]
	if known == nil {
		known = map[string]ast.Expr{}
		files, err := filepath.Glob("../../../" + folder + "/*.go")
		if err != nil {
			return 0, err
		}
		for _, file := range files {
			if err := constants(file, known); err != nil {
				return 0, err
			}
		}
		b.folders[folder] = known
	}
	v, err := valueOf(known[name], known)
	if err != nil {
		return 0, err
	}
	n, exact := constant.Int64Val(constant.ToInt(v))
	if !exact {
		return 0, fmt.Errorf("%s is no whole number: %s", name, v)
	}
	return n, nil
}

// constants adds those of a file.
func constants(file string, to map[string]ast.Expr) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return err
	}
	for _, d := range parsed.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					to[name.Name] = spec.Values[i]
				}
			}
		}
	}
	return nil
}

var times = map[string]int64{"Millisecond": 1e6, "Second": 1e9, "Minute": 60e9, "Hour": 3600e9}

func valueOf(e ast.Expr, known map[string]ast.Expr) (constant.Value, error) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return constant.MakeFromLiteral(e.Value, e.Kind, 0), nil
	case *ast.ParenExpr:
		return valueOf(e.X, known)
	case *ast.Ident:
		return valueOf(known[e.Name], known)
	case *ast.SelectorExpr:
		if n, ok := times[e.Sel.Name]; ok {
			return constant.MakeInt64(n), nil
		}
	case *ast.BinaryExpr:
		x, err := valueOf(e.X, known)
		if err != nil {
			return nil, err
		}
		y, err := valueOf(e.Y, known)
		if err != nil {
			return nil, err
		}
		if e.Op == token.SHL {
			n, _ := constant.Uint64Val(y)
			return constant.Shift(x, e.Op, uint(n)), nil
		}
		return constant.BinaryOp(x, e.Op, y), nil
	}
	return nil, fmt.Errorf("no constant of that name, or one that is not understood here: %T", e)
}
