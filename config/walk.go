package config

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

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
	case *storeAddress:
		return d.secretText(path, target, (*secretText)(value))
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
			if plain := strings.TrimSpace(name); plain != name {
				d.at(key, join(path, shorten(plain)), "there are unusual spaces around this key, such as a pasted no-break "+
					"space; type the line again")
			} else if meant := nearest(name, names(fields)); meant != "" {
				d.at(key, join(path, shorten(name)), "unknown key; did you mean %s?", meant)
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
				d.at(n.Content[i], path, "a key is %s, but keys are text; put it in quotes", kindOf(key))
				continue
			case len(key.Value) > maxKey || strings.ContainsFunc(key.Value, unicode.IsControl):
				d.at(n.Content[i], path, "a key is longer than %d bytes or contains a control character; shorten or retype "+
					"it", maxKey)
				continue
			}
			if line, again := lines[key.Value]; again {
				d.at(n.Content[i], join(path, shorten(key.Value)), "appears twice (first on line %d); keep one", line)
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
		e := reflect.New(v.Type().Elem()).Elem()
		if e.Kind() == reflect.Struct {
			setDefaults(e)
		}
		if isNull(value) {
			d.at(value, below, "is empty; write a value or remove the item")
		} else {
			d.into(below, value, e, field{example: f.example})
		}
		made = reflect.Append(made, e) // also a bad one, so that the others keep their numbers
	}
	v.Set(made)
	return len(d.problems) == before
}
