package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// mutant is one change at one place.
type mutant struct {
	id int
	// pkg is the import path; file is relative to the present folder, line is where it stands there.
	pkg, file string
	line      int
	// function is where it is; was and is are the text before and after.
	function, was, is string
	fate              fate
}

// key names a mutant for as long as its function is the same.
func (m *mutant) key() string {
	return fmt.Sprintf("%s: `%s` → `%s`", m.place(), m.was, m.is)
}

// place is the function where it is.
func (m *mutant) place() string { return m.file + " " + m.function }

func (m *mutant) String() string { return fmt.Sprintf("%s (line %d)", m.key(), m.line) }

// source is a package with its choices in place.
type source struct {
	path, dir, name string
	// files are the changed texts by their places.
	files map[string]string
}

// swaps are what operators are changed into.
var swaps = map[token.Token][]token.Token{
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LSS: {token.GEQ, token.LEQ}, token.LEQ: {token.GTR, token.LSS},
	token.GTR: {token.LEQ, token.GEQ}, token.GEQ: {token.LSS, token.GTR},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL},
	token.REM: {token.MUL},
	token.AND: {token.OR}, token.OR: {token.AND}, token.AND_NOT: {token.AND},
	token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.INC: {token.DEC}, token.DEC: {token.INC},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN},
	token.OR_ASSIGN: {token.AND_ASSIGN}, token.AND_ASSIGN: {token.OR_ASSIGN},
}

// load reads packages and finds their mutants.
func load(patterns []string, only *regexp.Regexp) ([]*source, []*mutant, error) {
	const mode = packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes |
		packages.NeedTypesInfo | packages.NeedImports
	pkgs, err := packages.Load(&packages.Config{Mode: mode}, patterns...)
	if err != nil {
		return nil, nil, err
	}
	here, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	var sources []*source
	var mutants []*mutant
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, nil, p.Errors[0]
		}
		s := &source{path: p.PkgPath, dir: p.Dir, name: p.Name, files: map[string]string{}}
		sources = append(sources, s)
		for n, file := range p.Syntax {
			full := p.GoFiles[n]
			name, err := filepath.Rel(here, full)
			if err != nil {
				return nil, nil, err
			}
			if !only.MatchString(name) {
				continue
			}
			text, err := os.ReadFile(full)
			if err != nil {
				return nil, nil, err
			}
			f := &finder{pkg: p, file: name, text: string(text), next: len(mutants)}
			f.walk(file)
			mutants = append(mutants, f.found...)
			if len(f.found) > 0 {
				s.files[full] = f.apply(0, len(text))
			}
		}
	}
	return sources, mutants, nil
}

// finder finds the mutants of a file.
type finder struct {
	pkg        *packages.Package
	file, text string
	next       int
	function   string
	found      []*mutant
	edits      []edit
}

// edit is a place with a choice. render gets the text of the place with all choices within.
type edit struct {
	begin, end int
	render     func(inner string) string
}

func (f *finder) offset(p token.Pos) int { return f.pkg.Fset.Position(p).Offset }

func (f *finder) at(n ast.Node) string { return f.text[f.offset(n.Pos()):f.offset(n.End())] }

func (f *finder) walk(file *ast.File) {
	for _, decl := range file.Decls {
		f.function = "at the top"
		if fn, ok := decl.(*ast.FuncDecl); ok {
			f.function = fn.Name.Name
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				f.binary(n)
			case *ast.UnaryExpr:
				f.unary(n)
			case *ast.BlockStmt:
				f.statements(n.List)
			case *ast.CaseClause:
				f.statements(n.Body)
			}
			return true
		})
	}
}

// choose adds one mutant for each text that a place may have instead.
func (f *finder) choose(n ast.Node, others []string, render func(id int, other string) string,
	whole func(choices, inner string) string) {
	begin := f.next
	for _, other := range others {
		f.found = append(f.found, &mutant{id: f.next, pkg: f.pkg.PkgPath, file: f.file, function: f.function,
			line: f.pkg.Fset.Position(n.Pos()).Line, was: oneLine(f.at(n)), is: oneLine(other)})
		f.next++
	}
	f.edits = append(f.edits, edit{f.offset(n.Pos()), f.offset(n.End()), func(inner string) string {
		choices := ""
		for i, other := range others {
			choices += render(begin+i, other)
		}
		return whole(choices, inner)
	}})
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// expression makes a call of a function out of an expression, which gives one of the values.
func (f *finder) expression(n ast.Expr, others []string) {
	tv := f.pkg.TypesInfo.Types[n]
	if tv.Type == nil || tv.Value != nil { // what is constant may stand where no call may
		return
	}
	typ := types.TypeString(types.Default(tv.Type), func(p *types.Package) string {
		if p == f.pkg.Types {
			return ""
		}
		return p.Name()
	})
	f.choose(n, others, func(id int, other string) string {
		return fmt.Sprintf("if mutated(%d) { return %s }; ", id, other)
	}, func(choices, inner string) string {
		return "func() " + typ + " { " + choices + "return " + inner + " }()"
	})
}

func (f *finder) binary(n *ast.BinaryExpr) {
	if basic, ok := f.pkg.TypesInfo.TypeOf(n).Underlying().(*types.Basic); ok && basic.Info()&types.IsString != 0 {
		return // text is only ever added
	}
	operator := f.offset(n.OpPos)
	var others []string
	for _, op := range swaps[n.Op] {
		others = append(others, f.text[f.offset(n.Pos()):operator]+op.String()+
			f.text[operator+len(n.Op.String()):f.offset(n.End())])
	}
	if len(others) > 0 {
		f.expression(n, others)
	}
}

func (f *finder) unary(n *ast.UnaryExpr) {
	if n.Op == token.NOT || n.Op == token.SUB {
		f.expression(n, []string{f.at(n.X)})
	}
}

// statements finds what counts up and down.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		var operator token.Token
		var at token.Pos
		switch s := s.(type) {
		case *ast.IncDecStmt:
			operator, at = s.Tok, s.TokPos
		case *ast.AssignStmt:
			if t := f.pkg.TypesInfo.TypeOf(s.Lhs[0]); t == nil || types.Identical(t.Underlying(), types.Typ[types.String]) {
				continue
			}
			operator, at = s.Tok, s.TokPos
		default:
			continue
		}
		var others []string
		for _, op := range swaps[operator] {
			others = append(others, f.text[f.offset(s.Pos()):f.offset(at)]+op.String()+
				f.text[f.offset(at)+len(operator.String()):f.offset(s.End())])
		}
		if len(others) == 0 {
			continue
		}
		f.choose(s, others, func(id int, other string) string {
			return fmt.Sprintf("if mutated(%d) { %s } else ", id, other)
		}, func(choices, inner string) string { return choices + "{ " + inner + " }" })
	}
}

// apply is the text from begin to end with all choices in place.
func (f *finder) apply(begin, end int) string {
	var inside []edit
	for _, e := range f.edits {
		if e.begin >= begin && e.end <= end && (e.begin != begin || e.end != end) {
			inside = append(inside, e)
		}
	}
	// Outer places first: the inner ones are theirs.
	slices.SortStableFunc(inside, func(a, b edit) int { return cmp.Or(a.begin-b.begin, b.end-a.end) })
	var out strings.Builder
	for _, e := range inside {
		if e.begin < begin {
			continue
		}
		out.WriteString(f.text[begin:e.begin])
		out.WriteString(e.render(f.apply(e.begin, e.end)))
		begin = e.end
	}
	out.WriteString(f.text[begin:end])
	return out.String()
}
