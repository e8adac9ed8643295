package config

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// The limits of one file, whatever its aliases repeat.
const (
	maxNodes    = 100_000
	maxProblems = 200
	maxText     = 4096
	maxKey      = 256
)

// decoder walks the nodes of a YAML document along the types of [file]. It goes on after a problem, so that all are
// found at once, and remembers where each key stands for the checks that follow.
type decoder struct {
	name     string
	opts     Options
	problems []Problem
	warnings []Problem
	places   map[string]place
	budget   int
	// spent: the walk was given up, so what it left is not worth checking.
	spent bool
}

type place struct{ line, column int }

func (d *decoder) add(line, column int, path, message string) {
	switch {
	case len(d.problems) < maxProblems:
		d.problems = append(d.problems, Problem{File: d.name, Line: line, Column: column, Path: path, Message: message})
	case len(d.problems) == maxProblems:
		d.spent = true
		d.problems = append(d.problems, Problem{File: d.name, Line: line, Column: column,
			Message: fmt.Sprintf("more than %d problems; the rest is not listed", maxProblems)})
	}
}

// problem reports at the place of path, or of the nearest key above it that the file has.
func (d *decoder) problem(path, format string, args ...any) {
	at := d.place(path)
	d.add(at.line, at.column, path, fmt.Sprintf(format, args...))
}

func (d *decoder) warn(path, format string, args ...any) {
	if len(d.warnings) == maxProblems {
		return
	}
	at := d.place(path)
	d.warnings = append(d.warnings, Problem{File: d.name, Line: at.line, Column: at.column, Path: path, Message: fmt.Sprintf(format, args...)})
}

func (d *decoder) place(path string) place {
	for path != "" {
		if at, ok := d.places[path]; ok {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return place{1, 1}
}

// has tells whether the file itself names the key.
func (d *decoder) has(path string) bool { _, ok := d.places[path]; return ok }

// clean tells whether path and all below it are free of problems.
func (d *decoder) clean(paths ...string) bool {
	return !slices.ContainsFunc(d.problems, func(p Problem) bool {
		return slices.ContainsFunc(paths, func(path string) bool {
			rest, under := strings.CutPrefix(p.Path, path)
			return under && (rest == "" || rest[0] == '.' || rest[0] == '[')
		})
	})
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func item(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// at is a problem with a node itself.
func (d *decoder) at(n *yaml.Node, path, format string, args ...any) bool {
	d.add(n.Line, n.Column, path, fmt.Sprintf(format, args...))
	return false
}

// follow gives the node behind aliases, or nil where the document asks for too much or for something not supported.
func (d *decoder) follow(path string, n *yaml.Node) *yaml.Node {
	if d.budget--; d.budget < 0 {
		if !d.spent {
			d.spent = true
			d.at(n, path, "the file repeats too much through aliases (*name); write out what is needed")
		}
		return nil
	}
	target := n
	if n.Kind == yaml.AliasNode {
		target = n.Alias
	}
	if target.Style&yaml.TaggedStyle != 0 && target.Tag != "!!str" {
		// The tag is not shown: it may be a secret that begins with an exclamation mark.
		d.at(n, path, "a tag (!name) is not supported; write the plain value, in quotes where it begins with !")
		return nil
	}
	return target
}

func isNull(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// kindOf names what a node is without showing it, because it may be a secret in the wrong place.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	case "!!null":
		return "empty"
	}
	return "text"
}

// into decodes a node. It reports whether v now holds a good value.
func (d *decoder) into(path string, n *yaml.Node, v reflect.Value, f field) bool {
	if v.Kind() == reflect.Pointer {
		fresh := reflect.New(v.Type().Elem())
		if fresh.Elem().Kind() == reflect.Struct {
			setDefaults(fresh.Elem())
		}
		if !d.into(path, n, fresh.Elem(), f) {
			return false
		}
		v.Set(fresh)
		return true
	}
	target := d.follow(path, n)
	if target == nil {
		return false
	}
	switch value := v.Addr().Interface().(type) {
	case *claimValue:
		return d.claimValue(path, target, value)
	case *secretText:
		return d.secretText(path, target, value)
	case encoding.TextUnmarshaler:
		return d.text(path, target, value, f)
	}
	switch v.Kind() {
	case reflect.Struct:
		return d.mapping(path, target, v)
	case reflect.Slice:
		return d.list(path, n, target, v, f)
	case reflect.Map:
		return d.table(path, target, v, f)
	case reflect.Bool:
		if target.Kind != yaml.ScalarNode || target.Tag != "!!bool" {
			return d.at(n, path, "is %s; write true or false, without quotes", kindOf(target))
		}
		v.SetBool(strings.EqualFold(target.Value, "true"))
		return true
	case reflect.String:
		text, ok := d.scalar(path, target, f)
		if ok {
			v.SetString(text)
		}
		return ok
	}
	panic("config: no rule for " + v.Type().String())
}

// mapping decodes a mapping with fixed keys.
func (d *decoder) mapping(path string, n *yaml.Node, v reflect.Value) bool {
	fields := fieldsOf(v.Type())
	if n.Kind != yaml.MappingNode {
		return d.at(n, path, "is %s; write a mapping with the keys %s", kindOf(n), strings.Join(names(fields), ", "))
	}
	before := len(d.problems)
	seen := map[string]bool{}
	for key, value := range d.pairs(path, n) {
		name := key.Value
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == name })
		if i < 0 {
			if near := closest(name, names(fields)); near != "" {
				d.at(key, join(path, shorten(name)), "unknown key; did you mean %s?", near)
			} else {
				d.at(key, join(path, shorten(name)), "unknown key; known here: %s", strings.Join(names(fields), ", "))
			}
			continue
		}
		if isNull(value) {
			continue
		}
		seen[name] = true
		below := join(path, name)
		d.places[below] = place{value.Line, value.Column}
		d.into(below, value, v.Field(fields[i].index), fields[i])
	}
	for _, f := range fields {
		if f.required && !seen[f.key] && !d.spent {
			d.add(n.Line, n.Column, join(path, f.key), "is missing; write "+f.key+": "+f.example)
		}
	}
	return len(d.problems) == before
}

// pairs yields the keys and values of a mapping, leaving out those keys that are none or come again.
func (d *decoder) pairs(path string, n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		lines := map[string]int{}
		for i := 0; i+1 < len(n.Content) && !d.spent; i += 2 {
			key := d.follow(path, n.Content[i])
			if key == nil {
				continue
			}
			switch {
			case key.Tag == "!!merge":
				d.at(n.Content[i], path, "merge keys (<<) are not supported; write the keys out")
				continue
			case key.Kind != yaml.ScalarNode || key.Tag != "!!str":
				d.at(n.Content[i], path, "a key is %s; keys are text, put it in quotes", kindOf(key))
				continue
			case len(key.Value) > maxKey || strings.ContainsFunc(key.Value, unicode.IsControl):
				d.at(n.Content[i], path, "a key is longer than %d bytes or holds a control character", maxKey)
				continue
			}
			if line, again := lines[key.Value]; again {
				d.at(n.Content[i], join(path, shorten(key.Value)), "is here a second time (first on line %d); keep one", line)
				continue
			}
			lines[key.Value] = n.Content[i].Line
			// The key's own place, also where an alias stands for it.
			here := *key
			here.Line, here.Column = n.Content[i].Line, n.Content[i].Column
			if !yield(&here, n.Content[i+1]) {
				return
			}
		}
	}
}

func shorten(key string) string {
	if runes := []rune(key); len(runes) > longestQuote {
		return string(runes[:longestQuote]) + "…"
	}
	return key
}

// table decodes a mapping whose keys are data.
func (d *decoder) table(path string, n *yaml.Node, v reflect.Value, f field) bool {
	if n.Kind != yaml.MappingNode {
		return d.at(n, path, "is %s; write a mapping, as in %s", kindOf(n), f.example)
	}
	before := len(d.problems)
	made := reflect.MakeMap(v.Type())
	for key, value := range d.pairs(path, n) {
		below := join(path, key.Value)
		d.places[below] = place{key.Line, key.Column}
		if isNull(value) {
			d.at(key, below, "has no value; write one or remove the key")
			continue
		}
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		good := true
		if text, ok := k.Addr().Interface().(encoding.TextUnmarshaler); ok {
			if err := text.UnmarshalText([]byte(key.Value)); err != nil {
				good = d.at(key, below, "%s", err)
			}
		} else {
			k.SetString(key.Value)
		}
		if d.into(below, value, e, field{example: f.example, single: f.single}) && good {
			made.SetMapIndex(k, e)
		}
	}
	v.Set(made)
	return len(d.problems) == before
}

// list decodes a list, or a single value where the field takes one.
func (d *decoder) list(path string, n, target *yaml.Node, v reflect.Value, f field) bool {
	single := f.single || v.Type() == reflect.TypeFor[claimValues]()
	items := target.Content
	if target.Kind != yaml.SequenceNode {
		if !single || target.Kind != yaml.ScalarNode {
			what := "a list"
			if single {
				what = "a value or a list"
			}
			return d.at(n, path, "is %s; write %s, as in %s", kindOf(target), what, f.example)
		}
		items = []*yaml.Node{target}
	}
	before := len(d.problems)
	made := reflect.MakeSlice(v.Type(), 0, 0)
	for i, value := range items {
		if d.spent {
			return false
		}
		below := item(path, i)
		d.places[below] = place{value.Line, value.Column}
		if isNull(value) {
			d.at(value, below, "is empty; write a value or remove the item")
			continue
		}
		e := reflect.New(v.Type().Elem()).Elem()
		if e.Kind() == reflect.Struct {
			setDefaults(e)
		}
		d.into(below, value, e, field{example: f.example})
		made = reflect.Append(made, e) // also a bad one, so that the others keep their numbers
	}
	v.Set(made)
	return len(d.problems) == before
}

// text decodes a scalar that has a grammar of its own.
func (d *decoder) text(path string, n *yaml.Node, v encoding.TextUnmarshaler, f field) bool {
	var text string
	if _, loose := v.(anyScalar); loose && n.Kind == yaml.ScalarNode && n.Tag != "!!str" {
		text = n.Value
	} else {
		var ok bool
		if text, ok = d.scalar(path, n, f); !ok {
			return false
		}
	}
	if text == "" && f.emptyOK {
		reflect.ValueOf(v).Elem().SetZero() // a default may stand there
		return true
	}
	if err := v.UnmarshalText([]byte(text)); err != nil {
		at := d.places[path]
		if at == (place{}) {
			at = place{n.Line, n.Column}
		}
		d.add(at.line, at.column, path, err.Error())
		return false
	}
	return true
}

// scalar gives the text of a node that must be text.
func (d *decoder) scalar(path string, n *yaml.Node, f field) (string, bool) {
	example := f.example
	if f.secret {
		example = "${file:/run/secrets/name}"
	}
	switch {
	case n.Kind != yaml.ScalarNode:
		return "", d.at(n, path, "is %s; write text, as in %s", kindOf(n), example)
	case n.Tag != "!!str" && f.secret:
		return "", d.at(n, path, "is %s; write text, as in %s", kindOf(n), example)
	case n.Tag != "!!str":
		return "", d.at(n, path, `is %s; put it in quotes: "%s"`, kindOf(n), shorten(n.Value))
	case f.secret:
		return n.Value, true
	case n.Value == "" && !f.emptyOK:
		return "", d.at(n, path, "is empty; write a value, as in %s, or remove it", example)
	case len(n.Value) > maxText:
		return "", d.at(n, path, "is longer than %d bytes", maxText)
	case strings.ContainsFunc(n.Value, unicode.IsControl):
		return "", d.at(n, path, "holds a line break or another control character; write it on one line")
	case strings.Contains(n.Value, "${"):
		return "", d.at(n, path, "${…} stands only for secrets (coda.token, introspection.client_secret, introspection.private_key); write the value itself")
	}
	return n.Value, true
}

func (d *decoder) secretText(path string, n *yaml.Node, v *secretText) bool {
	text, ok := d.scalar(path, n, field{secret: true})
	if ok {
		*v = secretText(text)
	}
	return ok
}
